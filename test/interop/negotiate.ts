/** Signalling between two peers of a test: descriptions and candidates carried by hand, as an application would. */
import { onTestFailed } from 'vitest'
import { sideBySide } from './peer-log.js'
import type { Host, RemotePeer } from './remote-peer.js'
import type { Candidate, Description } from './w3c-subset.js'

export interface Negotiation {
  /** Candidates one by one as they are found, or all inside the descriptions. */
  readonly trickle: boolean
  /** What the road does to a description, for the bad cases. */
  readonly alter?: (description: Description) => Description
}

export interface Pair {
  /** The implementation under test. */
  readonly ours: RemotePeer
  readonly theirs: RemotePeer
  readonly offerer: RemotePeer
  readonly answerer: RemotePeer
}

export type Role = 'offerer' | 'answerer'

/** A connection object on each side. If the test fails, both logs are printed beside each other. */
export async function createPair(ours: Host, theirs: Host, ourRole: Role): Promise<Pair> {
  const left = await ours.connection('ours')
  const right = await theirs.connection('theirs')
  onTestFailed(({ task }) => console.log(`\n${task.name}\n${sideBySide(left.log, right.log)}`))
  const [offerer, answerer] = ourRole === 'offerer' ? [left, right] : [right, left]
  return { ours: left, theirs: right, offerer, answerer }
}

/** Carries candidates in order, from now on, until one side closes or the test is over. */
function carryCandidates(from: RemotePeer, to: RemotePeer): void {
  let carried = 0
  let last = Promise.resolve()
  from.log.listen((event) => {
    if (event.type !== 'icecandidate') return
    const candidate = event.detail?.['candidate'] as Candidate | null
    // An empty candidate ends a generation; some implementations only say null. One end mark is enough.
    if (candidate !== null && candidate.candidate === '') return
    carried++
    last = last
      .then(async () => await to.addCandidate(candidate))
      .catch((error: unknown) => {
        // Candidates that were on their way when a side closed.
        if (to.log.find('call close') !== undefined) return
        to.log.note(`candidate ${carried} was not taken: ${error instanceof Error ? error.message : String(error)}`)
      })
  })
}

export async function negotiate(
  { offerer, answerer }: Pair,
  { trickle, alter = (same) => same }: Negotiation,
): Promise<void> {
  const offer = await offerer.offer(!trickle)
  const answer = await answerer.answer(alter(offer), !trickle)
  if (trickle) carryCandidates(offerer, answerer)
  await offerer.applyAnswer(alter(answer))
  if (trickle) carryCandidates(answerer, offerer)
}

/** RFC 8841 §6: absent is 65536 and zero no limit. Ours is capped by what the browsers take by default. */
export function maxMessageSize(description: Description): number {
  const advertised = /^a=max-message-size:(\d+)/m.exec(description.sdp)?.[1]
  const size = advertised === undefined ? 65_536 : Number(advertised)
  return size === 0 ? 262_144 : Math.min(size, 262_144)
}
