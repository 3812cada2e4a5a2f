import { onTestFailed } from 'vitest'
import type { JsepError, JsepResult } from '../../../src/jsep/types.js'
import type { OpenChannel } from '../../../src/datachannel/types.js'
import { Endpoint, type EndpointOptions } from './endpoint.js'
import type { Message, TestChannel } from './test-channel.js'
import { VirtualLink, type LinkOptions } from './virtual-link.js'

export const KiB = 1024
export const MiB = 1024 * KiB

export interface PairOptions extends Partial<LinkOptions> {
  readonly alice?: EndpointOptions
  readonly bob?: EndpointOptions
  /** Candidates go across one by one; otherwise in the descriptions, when all are known. */
  readonly trickles?: boolean
}

export interface Pair {
  readonly alice: Endpoint
  readonly bob: Endpoint
  readonly link: VirtualLink
  /** Signalling is ordered: what waits for a description that is still on its way to this endpoint. */
  readonly held: Map<Endpoint, (() => void)[]>
}

/** Two peers on a link, strangers still. Prints its seed when the test fails. */
export function createPair(options: PairOptions = {}): Pair {
  const { alice, bob, trickles = true, ...linkOptions } = options
  const link = new VirtualLink(linkOptions)
  onTestFailed(() => console.log(`the link's options: ${JSON.stringify(link.options)}`))
  const pair: Pair = {
    link,
    alice: new Endpoint('alice', link, alice),
    bob: new Endpoint('bob', link, bob),
    held: new Map(),
  }
  if (trickles) trickle(pair)
  return pair
}

/** Candidates go across between these two from now on. Signalling is reliable and ordered, and takes half a round trip. */
export function trickle({ alice, bob, link, held }: Pair): void {
  const connect = (from: Endpoint, to: Endpoint): void => {
    from.onEvent = (event) => {
      if (event.type !== 'localCandidate') return
      const { text, mid, sectionIndex } = event
      const usernameFragment = event.candidate.usernameFragment ?? null
      const add = (): void => {
        if (to.peer.signalingState === 'closed') return
        // A candidate of a generation that was rolled back or replaced meanwhile is refused, as it is in browsers.
        to.peer.addIceCandidate(to.now, { candidate: text, sdpMid: mid, sdpMLineIndex: sectionIndex, usernameFragment })
      }
      link.after(link.options.rttMillis / 2, () => {
        const queue = held.get(to)
        if (queue === undefined) add()
        else queue.push(add)
      })
    }
  }
  connect(alice, bob)
  connect(bob, alice)
}

/** A description on its way: candidates wait behind it. */
function signal({ link, held }: Pair, to: Endpoint, describe: () => string, apply: (sdp: string) => void): void {
  const queue: (() => void)[] = []
  held.set(to, queue)
  const sdp = describe()
  link.runFor(link.options.rttMillis / 2)
  held.delete(to)
  apply(sdp)
  for (const add of queue) add()
}

/** Offer and answer, `offerer` first. Signalling takes as long as the link. */
export function negotiate(
  pair: Pair,
  offerer: Endpoint,
  answerer: Endpoint,
  options: {
    readonly trickles?: boolean
    readonly iceRestart?: boolean
    readonly munge?: (sdp: string) => string
  } = {},
): void {
  const { munge = (sdp: string) => sdp, trickles, iceRestart = false } = options
  const describeOffer = (): string => {
    refused(offerer.peer.setLocalDescription(offerer.now, 'offer', unwrap(offerer.peer.createOffer({ iceRestart }))))
    return gathered(pair.link, offerer, trickles)
  }
  const describeAnswer = (): string => {
    refused(answerer.peer.setLocalDescription(answerer.now, 'answer', unwrap(answerer.peer.createAnswer())))
    return gathered(pair.link, answerer, trickles)
  }
  signal(pair, answerer, describeOffer, (sdp) => {
    refused(answerer.peer.setRemoteDescription(answerer.now, 'offer', munge(sdp)))
  })
  signal(pair, offerer, describeAnswer, (sdp) => {
    refused(offerer.peer.setRemoteDescription(offerer.now, 'answer', munge(sdp)))
  })
}

function gathered(link: VirtualLink, { peer }: Endpoint, trickles = true): string {
  const text = (): string => (peer.localDescriptions.pending ?? peer.localDescriptions.current)!.sdp
  const first = text()
  if (trickles) return first
  link.runUntil(() => peer.transports.every((transport) => transport.gatheringState === 'complete'))
  return text()
}

export function unwrap<T>(result: JsepResult<T>): T {
  if (!result.ok) throw new Error(`${result.error.kind}: ${result.error.message}`)
  return result.value
}

export function refused(error: JsepError | undefined): void {
  if (error !== undefined) throw new Error(`${error.kind}: ${error.message}`)
}

/** Two peers whose association is up. Setting up is not what most tests are about: it happens on a good link. */
export function connectedPair(options: PairOptions = {}): Pair {
  const pair = createPair({ ...options, lossRatio: 0, duplicateRatio: 0, jitterMillis: 0 })
  const { alice, bob, link } = pair
  const first = alice.open({ label: 'first', negotiated: true, id: 1000 })
  negotiate(pair, alice, bob)
  link.runUntil(() => alice.peer.sctp?.state === 'connected' && bob.peer.sctp?.state === 'connected')
  first.close()
  link.runUntil(() => first.readyState === 'closed')
  alice.channels.clear()
  alice.events.length = 0
  bob.events.length = 0
  const { lossRatio = 0, duplicateRatio = 0, jitterMillis = 0 } = options
  link.options = { ...link.options, lossRatio, duplicateRatio, jitterMillis }
  return pair
}

/** Opens a channel and waits until both sides have it: ours, and theirs. */
export function openChannel(
  { link }: Pair,
  opener: Endpoint,
  other: Endpoint,
  parameters: Partial<OpenChannel> = {},
): [TestChannel, TestChannel] {
  const before = other.incoming.length
  const ours = opener.open(parameters)
  link.runUntil(() => ours.readyState === 'open' && other.incoming.length > before)
  return [ours, other.incoming[before]!]
}

/** Everything that the channel tells from now on. */
export function record(channel: TestChannel): {
  readonly events: readonly string[]
  readonly messages: readonly Message[]
  readonly bytes: Uint8Array
} {
  return {
    events: channel.log,
    messages: channel.messages,
    get bytes() {
      return Buffer.concat(channel.messages.map((message) => Buffer.from(message)))
    },
  }
}

/** `size` bytes that tell block `index` from others, and one position from another. */
export function block(size: number, index: number): Uint8Array {
  const bytes = new Uint8Array(size)
  const words = new Uint32Array(bytes.buffer, 0, size >> 2)
  let state = (index + 1) * 2_654_435_761
  for (let i = 0; i < words.length; i++) words[i] = state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
  return bytes
}

export function blocks(size: number, count: number): Uint8Array {
  return Buffer.concat(Array.from({ length: count }, (_, index) => block(size, index)))
}
