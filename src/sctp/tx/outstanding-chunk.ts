import type { Millis } from '../../core/index.js'
import { newOutgoingMessage, newOutgoingStream, type OutgoingMessage } from './outgoing-stream.js'

/**
 * One DATA chunk on its way. What names it does not change while it is: records are used again ({@link spareChunk}).
 *
 *   inFlight ──SACK──▶ acked          lost ──retransmitted──▶ inFlight
 *      └─later packets acked, probe, or T3-rtx──▶ lost        any ──policy──▶ abandoned
 */
export interface OutstandingChunk {
  tsn: number
  message: OutgoingMessage
  offset: number
  length: number
  /** Fragment Sequence Number (RFC 8260 §2.1). */
  fsn: number
  state: 'inFlight' | 'acked' | 'lost' | 'abandoned'
  retransmissions: number
  sentAt: Millis
  /** The number of the packet that carried it last: packets are lost, not chunks. */
  packetNumber: number
  /** T3-rtx took it for lost, and nothing has told since. */
  isTimedOut: boolean
}

/** Of all associations together: what one SACK acknowledges is about as much as is sent upon it. */
const MAX_SPARE = 512

/** What spare records name, so that none keeps a message. */
const NO_MESSAGE = newOutgoingMessage(0, newOutgoingStream(0), {
  streamId: 0,
  ppid: 0,
  data: new Uint8Array(0),
  ordered: false,
})

const spare: OutstandingChunk[] = []

/** The record of a chunk that is sent for the first time, in memory of one that is not needed any more where there is some. */
export function newChunk(
  tsn: number,
  message: OutgoingMessage,
  length: number,
  packetNumber: number,
  sentAt: Millis,
): OutstandingChunk {
  const { offset } = message
  const fsn = message.fragments++
  const chunk = spare.pop()
  if (chunk === undefined) {
    const state = 'inFlight'
    return { tsn, message, offset, length, fsn, state, retransmissions: 0, sentAt, packetNumber, isTimedOut: false }
  }
  chunk.tsn = tsn
  chunk.message = message
  chunk.offset = offset
  chunk.length = length
  chunk.fsn = fsn
  chunk.state = 'inFlight'
  chunk.retransmissions = 0
  chunk.sentAt = sentAt
  chunk.packetNumber = packetNumber
  chunk.isTimedOut = false
  return chunk
}

/** Nothing names the record any more. */
export function spareChunk(chunk: OutstandingChunk): void {
  if (spare.length >= MAX_SPARE) return
  chunk.message = NO_MESSAGE
  spare.push(chunk)
}
