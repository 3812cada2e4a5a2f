import { Deque, type Millis } from '../../core/index.js'
import { RangeSet } from '../range-set.js'
import type { OutgoingMessage } from './outgoing-stream.js'

/**
 * One DATA chunk on its way.
 *
 *   inFlight ──SACK──▶ acked          lost ──retransmitted──▶ inFlight
 *      └─three later packets acked, or T3-rtx──▶ lost         any ──policy──▶ abandoned
 */
export interface OutstandingChunk {
  readonly tsn: number
  readonly message: OutgoingMessage
  readonly offset: number
  readonly length: number
  state: 'inFlight' | 'acked' | 'lost' | 'abandoned'
  retransmissions: number
  sentAt: Millis
  /** The number of the packet that carried it first: packets are lost, not chunks. */
  readonly packetNumber: number
}

export interface AckSummary {
  /** Acknowledged now, and not before. */
  ackedBytes: number
  cumulativeAdvanced: boolean
  /** When a chunk that was sent once, and is acknowledged now, was sent; `undefined` when there is none to measure. */
  measurableSentAt: Millis | undefined
  lossFound: boolean
}

/**
 * How many later packets have to arrive before one is taken for lost. RFC 9260 §7.2.4 waits for three SACKs that miss a
 * chunk, each caused by a later packet; counted by packets it is the same, even when SACKs are lost or stand for many.
 */
const REORDERING_PACKETS = 3

/** What was sent and is not acknowledged, by TSN. Each SACK costs what is new in it. */
export class OutstandingData {
  readonly #chunks = new Deque<OutstandingChunk>()
  readonly #acked = new RangeSet()
  readonly #lost = new Deque<OutstandingChunk>()
  readonly #onAcked: (from: number, to: number) => void
  readonly #onLost: (chunk: OutstandingChunk) => void
  #cumulative = 0
  #highestAckedPacket = -1
  /** Chunks below this TSN have been judged by fast retransmit: it happens once to each (RFC 9260 §7.2.4). */
  #judgedBelow = 1
  #flightBytes = 0
  /** RFC 3758 §3.5: all up to here is acknowledged or abandoned. */
  #advancedPeerAckPoint = 0
  #messages = 0
  #summary: AckSummary = emptySummary()

  /** @param onLost a chunk was found lost: the last chance to abandon it */
  constructor(onLost: (chunk: OutstandingChunk) => void) {
    this.#onLost = onLost
    this.#onAcked = (from, to) => {
      for (let tsn = from; tsn <= to; tsn++) this.#acknowledge(this.#at(tsn)!)
    }
  }

  get cumulative(): number {
    return this.#cumulative
  }

  get nextTsn(): number {
    return this.#cumulative + this.#chunks.length + 1
  }

  get flightBytes(): number {
    return this.#flightBytes
  }

  get isEmpty(): boolean {
    return this.#chunks.length === 0
  }

  /** Chunks between the cumulative TSN and the newest one. */
  get span(): number {
    return this.#chunks.length
  }

  /** Messages whose first chunk is among them. */
  get messages(): number {
    return this.#messages
  }

  get advancedPeerAckPoint(): number {
    return this.#advancedPeerAckPoint
  }

  push(message: OutgoingMessage, length: number, packetNumber: number, now: Millis): OutstandingChunk {
    const chunk: OutstandingChunk = {
      tsn: this.nextTsn,
      message,
      offset: message.offset,
      length,
      state: 'inFlight',
      retransmissions: 0,
      sentAt: now,
      packetNumber,
    }
    this.#chunks.push(chunk)
    this.#flightBytes += length
    if (message.offset === 0) {
      message.firstTsn = chunk.tsn
      this.#messages++
    }
    message.lastTsn = chunk.tsn
    return chunk
  }

  /** The chunk to retransmit next; stays until {@link retransmitted}. */
  peekLost(): OutstandingChunk | undefined {
    for (;;) {
      const chunk = this.#lost.peek()
      if (chunk === undefined || chunk.state === 'lost') return chunk
      this.#lost.shift() // acknowledged or abandoned in the meantime
    }
  }

  retransmitted(chunk: OutstandingChunk, now: Millis): void {
    this.#lost.shift()
    chunk.state = 'inFlight'
    chunk.retransmissions++
    chunk.sentAt = now
    this.#flightBytes += chunk.length
  }

  /** Takes a SACK whose TSNs are unwrapped and within what was sent. */
  acknowledge(cumulative: number, gapOffsets: readonly number[]): AckSummary {
    const summary = (this.#summary = emptySummary())
    summary.cumulativeAdvanced = cumulative > this.#cumulative
    while (this.#cumulative < cumulative) {
      const chunk = this.#chunks.peek()!
      this.#acknowledge(chunk)
      if (chunk.offset === 0) this.#messages--
      this.#chunks.shift()
      this.#cumulative++
    }
    this.#acked.dropThrough(cumulative)
    const newest = this.nextTsn - 1
    for (let i = 0; i < gapOffsets.length; i += 2) {
      const start = cumulative + gapOffsets[i]!
      const end = Math.min(cumulative + gapOffsets[i + 1]!, newest)
      if (start <= end) this.#acked.add(start, end, this.#onAcked)
    }
    this.#findLost()
    this.advance()
    return summary
  }

  /** RFC 9260 §6.3.3 E3, §7.2.3: all that is in flight is to be sent again. */
  markAllLost(): void {
    // A receiver may go back on its gap blocks (RFC 9260 §6.2.1), though none of WebRTC does. The first chunk can
    // only be acknowledged there and still be here if it did: then nothing beyond it is to be believed.
    const reneged = this.#chunks.peek()?.state === 'acked'
    if (reneged) this.#acked.clear()
    this.#lost.clear()
    for (let i = 0; i < this.#chunks.length; i++) {
      const chunk = this.#chunks.at(i)!
      if (chunk.state === 'inFlight' || (reneged && chunk.state === 'acked')) this.#lose(chunk)
      else if (chunk.state === 'lost') this.#lost.push(chunk)
    }
    this.#judgedBelow = this.nextTsn
    this.advance()
  }

  /** Gives all chunks of a message up (RFC 3758 §3.5 A); `hadRest` when some of it had not been sent. */
  abandon(message: OutgoingMessage, hadRest: boolean, now: Millis): void {
    message.isAbandoned = true
    // If all that was sent has been acknowledged, no FORWARD-TSN could tell the peer to stop waiting for the rest: a
    // TSN that is never sent stands for it.
    if (hadRest) this.push(message, 0, 0, now)
    for (let tsn = Math.max(message.firstTsn, this.#cumulative + 1); tsn <= message.lastTsn; tsn++) {
      const chunk = this.#at(tsn)!
      if (chunk.state === 'inFlight') this.#flightBytes -= chunk.length
      chunk.state = 'abandoned'
    }
  }

  /** RFC 3758 §3.5 C1: moves the point over what was abandoned. */
  advance(): void {
    this.#advancedPeerAckPoint = Math.max(this.#advancedPeerAckPoint, this.#cumulative)
    while (this.#at(this.#advancedPeerAckPoint + 1)?.state === 'abandoned') this.#advancedPeerAckPoint++
  }

  /** The largest SSN of each ordered stream that the advanced point skips, for as many streams as `maxStreams`. */
  skipped(maxStreams: number): { readonly point: number; readonly streams: ReadonlyMap<number, number> } {
    const streams = new Map<number, number>()
    let point = this.#cumulative
    for (; point < this.#advancedPeerAckPoint; point++) {
      const { message } = this.#at(point + 1)!
      if (!message.ordered) continue
      if (streams.size === maxStreams && !streams.has(message.stream.id)) break
      streams.set(message.stream.id, message.ssn)
    }
    return { point, streams }
  }

  #at(tsn: number): OutstandingChunk | undefined {
    return this.#chunks.at(tsn - this.#cumulative - 1)
  }

  #acknowledge(chunk: OutstandingChunk): void {
    if (chunk.state === 'acked' || chunk.state === 'abandoned') return
    if (chunk.state === 'inFlight') this.#flightBytes -= chunk.length
    chunk.state = 'acked'
    this.#summary.ackedBytes += chunk.length
    // RFC 9260 §6.3.1 C5 (Karn): which of two transmissions was acknowledged cannot be told.
    if (chunk.retransmissions > 0) return
    this.#summary.measurableSentAt = chunk.sentAt
    if (chunk.packetNumber > this.#highestAckedPacket) this.#highestAckedPacket = chunk.packetNumber
  }

  #findLost(): void {
    this.#judgedBelow = Math.max(this.#judgedBelow, this.#cumulative + 1)
    const threshold = this.#highestAckedPacket - REORDERING_PACKETS
    for (;;) {
      const chunk = this.#at(this.#judgedBelow)
      if (chunk === undefined || chunk.packetNumber > threshold) return
      this.#judgedBelow++
      if (chunk.state !== 'inFlight') continue
      this.#lose(chunk)
      this.#summary.lossFound = true
    }
  }

  #lose(chunk: OutstandingChunk): void {
    if (chunk.state === 'inFlight') this.#flightBytes -= chunk.length
    chunk.state = 'lost'
    this.#lost.push(chunk)
    this.#onLost(chunk)
  }
}

function emptySummary(): AckSummary {
  return { ackedBytes: 0, cumulativeAdvanced: false, measurableSentAt: undefined, lossFound: false }
}
