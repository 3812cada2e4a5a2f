/** A peer as far as its negotiation goes: credentials that are its own, every result asserted. */
import { expect } from 'vitest'
import { parseSdp } from '../sdp/index.js'
import type { Created } from './types.js'
import type { DescribeInputs, DescriptionType, JsepError, JsepResult, JsepState, Plan } from './index.js'
import { applyLocal, applyRemote, createAnswer, createOffer, initialState, planOf } from './index.js'

export function valueOf<T>(result: JsepResult<T>): T {
  if (!result.ok) throw new Error(`${result.error.kind}: ${result.error.message}`)
  return result.value
}

export function errorOf(result: JsepResult<unknown>): JsepError | undefined {
  return result.ok ? undefined : result.error
}

/** What is applied is not read from the text again: it must be what the text says. */
export function saysWhatIsApplied(created: Created | undefined): void {
  const parsed = parseSdp(created!.sdp)
  expect(parsed.ok).toBe(true)
  if (!parsed.ok) return
  const media = parsed.value.media.map((section) => ({ ...section, line: undefined }))
  expect(created!.session).toEqual({ ...parsed.value, media })
}

export class TestPeer {
  state: JsepState
  inputs: DescribeInputs
  /** Counts ICE restarts: credentials carry it. */
  generation = 1
  readonly askedFor: string[] = []

  constructor(name: 'a' | 'b', inputs: Partial<DescribeInputs> = {}) {
    this.state = initialState(name === 'a' ? '1001' : '2002')
    const digest = Array<string>(32)
      .fill(name === 'a' ? 'AA' : 'BB')
      .join(':')
    this.inputs = {
      wantsData: true,
      transceivers: [],
      cname: `${name}-cname`,
      bundlePolicy: 'balanced',
      maxMessageSizeBytes: 262144,
      transportOf: (mid) => {
        this.askedFor.push(mid)
        return {
          usernameFragment: `${name}${this.generation}/${mid.replaceAll(/[^A-Za-z0-9]/g, '')}frag`,
          password: `${name}${this.generation}`.padEnd(24, 'p'),
          fingerprints: [{ algorithm: 'sha-256', value: digest }],
        }
      },
      ...inputs,
    }
  }

  createOffer(): string {
    const { state, sdp } = valueOf(createOffer(this.state, this.inputs))
    saysWhatIsApplied(state.lastOffer)
    this.state = state
    return sdp
  }

  createAnswer(): string {
    const { state, sdp } = valueOf(createAnswer(this.state, this.inputs))
    saysWhatIsApplied(state.lastAnswer)
    this.state = state
    return sdp
  }

  local(type: DescriptionType, sdp = ''): Plan {
    const { state, plan } = valueOf(applyLocal(this.state, type, sdp))
    this.state = state
    return plan
  }

  remote(type: DescriptionType, sdp = ''): Plan {
    const { state, plan } = valueOf(applyRemote(this.state, type, sdp))
    this.state = state
    return plan
  }

  /** Why the peer would not take this. Nothing changes. */
  refusal(side: 'local' | 'remote', type: DescriptionType, sdp = ''): JsepError | undefined {
    const apply = side === 'local' ? applyLocal : applyRemote
    return errorOf(apply(this.state, type, sdp))
  }

  offer(): string {
    const sdp = this.createOffer()
    this.local('offer', sdp)
    return sdp
  }

  answer(): string {
    const sdp = this.createAnswer()
    this.local('answer', sdp)
    return sdp
  }

  get plan(): Plan {
    return planOf(this.state)
  }
}

/** One whole exchange; what was said. */
export function negotiate(offerer: TestPeer, answerer: TestPeer): { offer: string; answer: string } {
  const offer = offerer.offer()
  answerer.remote('offer', offer)
  const answer = answerer.answer()
  offerer.remote('answer', answer)
  return { offer, answer }
}

export function attribute(sdp: string, name: string): string[] {
  return [...sdp.matchAll(new RegExp(`^a=${name}:(.*)\r$`, 'gm'))].map((match) => match[1]!)
}

export function sessionVersion(sdp: string): number {
  return Number(/^o=\S+ \S+ (\d+)/m.exec(sdp)?.[1])
}
