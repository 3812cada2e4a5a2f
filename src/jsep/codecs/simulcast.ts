/** `a=simulcast` and `a=rid` (RFC 8853, RFC 8851). We write no restrictions and no alternatives (RFC 9429 §5.2.1). */
import type { MediaDescription, Rid, Simulcast, SimulcastRid } from '../../sdp/index.js'
import type { SimulcastStream } from '../media-types.js'
import { parseRidRestrictions } from './rid-restrictions.js'

export interface SimulcastAttributes {
  readonly rids?: readonly Rid[]
  readonly simulcast?: Simulcast
}

/** The streams that the author of a section wants to send and to receive. */
export interface SimulcastView {
  readonly send: readonly SimulcastStream[]
  readonly receive: readonly SimulcastStream[]
}

const NO_SIMULCAST: SimulcastView = { send: [], receive: [] }

/**
 * First alternatives alone, each id once, and only those that an `a=rid` of the same direction defines (RFC 8853 §5.1);
 * ids that RTP cannot carry (RFC 8852 §3.3: letters and digits, at most 255) are left out.
 */
export function simulcastOf({ attributes }: MediaDescription): SimulcastView {
  const { rids, simulcast } = attributes
  if (rids === undefined || simulcast === undefined) return NO_SIMULCAST
  const streamsOf = (direction: 'send' | 'recv'): SimulcastStream[] => {
    const usable = rids.filter((rid) => rid.direction === direction && isUnderstood(rid))
    const defined = new Set(usable.map(({ id }) => id))
    const firsts = (simulcast[direction] ?? []).flatMap((alternatives) => alternatives.slice(0, 1))
    const seen = new Set<string>()
    return firsts.filter(({ id }) => isRid(id) && defined.has(id) && !seen.has(id) && seen.add(id)).map(streamOf)
  }
  return { send: streamsOf('send'), receive: streamsOf('recv') }
}

function streamOf({ id, paused }: SimulcastRid): SimulcastStream {
  return { rid: id, paused }
}

/** RFC 8851 §6.2: a line with restrictions that we do not know is as good as none. */
function isUnderstood({ restrictions }: Rid): boolean {
  return restrictions === undefined || parseRidRestrictions(restrictions) !== undefined
}

/** Whether a rid can be sent in a header extension (RFC 8852 §3.3); W3C addTransceiver asks it, too. */
export function isRid(rid: string): boolean {
  return /^[A-Za-z0-9]{1,255}$/.test(rid)
}

/** An offer to send more than one stream; with one or none it says nothing of simulcast (W3C createOffer). */
export function offeredSimulcast(sendRids: readonly string[]): SimulcastAttributes {
  return sendRids.length > 1 ? attributesOf(sendRids.map(unpaused), []) : {}
}

export interface SimulcastAnswerer {
  /** Of [[SendEncodings]], in their order; empty where the answer does not send. */
  readonly sendRids: readonly string[]
  /** Whether we take a simulcast that is offered to us, and the answer receives. */
  readonly receives: boolean
}

/**
 * What of an offered simulcast an answer accepts: streams that the peer asks for and we have, in the peer's order (RFC
 * 8853 §5.3.2), and those that it wants to send.
 */
export function answeredSimulcast(
  offered: MediaDescription,
  { sendRids, receives }: SimulcastAnswerer,
): SimulcastAttributes {
  const view = simulcastOf(offered)
  // W3C createAnswer: rids that no encoding of the sender has are left out. Who starts paused is the sender's affair.
  const send = view.receive.filter(({ rid }) => sendRids.includes(rid)).map(({ rid }) => unpaused(rid))
  return attributesOf(send, receives ? view.send : [])
}

/** Of what we said that we send, what the peer's description takes (RFC 8853 §5.3.3), in our order. */
export function acceptedSimulcast(local: MediaDescription, remote: MediaDescription): readonly SimulcastStream[] {
  const taken = new Map(simulcastOf(remote).receive.map((stream) => [stream.rid, stream]))
  return simulcastOf(local).send.flatMap(({ rid }) => taken.get(rid) ?? [])
}

function unpaused(rid: string): SimulcastStream {
  return { rid, paused: false }
}

function attributesOf(send: readonly SimulcastStream[], receive: readonly SimulcastStream[]): SimulcastAttributes {
  if (send.length === 0 && receive.length === 0) return {}
  const listOf = (streams: readonly SimulcastStream[]) => streams.map(({ rid, paused }) => [{ id: rid, paused }])
  return {
    rids: [
      ...send.map(({ rid }): Rid => ({ id: rid, direction: 'send' })),
      ...receive.map(({ rid }): Rid => ({ id: rid, direction: 'recv' })),
    ],
    simulcast: {
      ...(send.length > 0 && { send: listOf(send) }),
      ...(receive.length > 0 && { recv: listOf(receive) }),
    },
  }
}
