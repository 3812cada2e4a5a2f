import { Deque, type Millis } from '../../core/index.js'
import { RangeSet } from '../range-set.js'
import type { LossEpisode } from './loss-episode.js'
import type { OutgoingMessage } from './outgoing-stream.js'
import type { ReorderingWindow } from './reordering-window.js'
import type { RoundTrips } from './rto.js'

/**
 * One DATA chunk on its way.
 *
 *   inFlight ──SACK──▶ acked          lost ──retransmitted──▶ inFlight
 *      └─later packets acked, probe, or T3-rtx──▶ lost        any ──policy──▶ abandoned
 */
export interface OutstandingChunk {
  readonly tsn: number
  readonly message: OutgoingMessage
  readonly offset: number
  readonly length: number
  /** Fragment Sequence Number (RFC 8260 §2.1). */
  readonly fsn: number
  state: 'inFlight' | 'acked' | 'lost' | 'abandoned'
  retransmissions: number
  sentAt: Millis
  /** The number of the packet that carried it last: packets are lost, not chunks. */
  packetNumber: number
  /** T3-rtx took it for lost, and nothing has told since. */
  isTimedOut: boolean
}

/** A SACK with its TSNs unwrapped and within what was sent. */
export interface Acknowledged {
  readonly cumulative: number
  readonly gapOffsets: readonly number[]
  /** TSNs that the peer got more than once. */
  readonly duplicates: readonly number[]
}

export interface AckSummary {
  /** Acknowledged now, and not before. */
  ackedBytes: number
  cumulativeAdvanced: boolean
  /** When the newest packet that is acknowledged now was sent; -Infinity when it does not tell of a round trip. */
  measurableSentAt: Millis
  /** How long ago a chunk that was sent again, and is acknowledged now, was sent last; `undefined` when that is no answer. */
  repairedAfter: Millis | undefined
  /** The chunk that {@link OutstandingData.probe} chose was acknowledged, and nothing else: it was lost before. */
  probeRepaired: boolean
  lossFound: boolean
  /** What T3-rtx took for lost had arrived, or was still on its way. */
  timeoutWasSpurious: boolean
}

/** A chunk that was sent again, with the packet that carried it then. */
interface Resent {
  readonly chunk: OutstandingChunk
  readonly packetNumber: number
}

export interface OutstandingDataOptions {
  readonly roundTrips: RoundTrips
  readonly reordering: ReorderingWindow
  readonly episode: LossEpisode
  /** A chunk was found lost: the last chance to abandon it. */
  readonly onLost: (chunk: OutstandingChunk) => void
}

/** What was sent and is not acknowledged, by TSN. Each SACK costs what is new in it. */
export class OutstandingData {
  readonly #chunks = new Deque<OutstandingChunk>()
  readonly #acked = new RangeSet()
  readonly #lost = new Deque<OutstandingChunk>()
  /** In the order of sending. Those sent once are in the order of their TSNs. */
  readonly #resent = new Deque<Resent>()
  readonly #onAcked: (from: number, to: number) => void
  readonly #options: OutstandingDataOptions
  #cumulative = 0
  #highestAckedPacket = -1
  /** The same before the SACK that is being read. */
  #formerHighestAcked = -1
  /** The same among those that T3-rtx took for lost. */
  #highestTimedOut = -1
  /** When something was sent again after T3-rtx for the first time, and whether that was answered. */
  #retriedAt: Millis = Infinity
  #retryWasAnswered = false
  /** Packets before this one took another path. */
  #firstOfPath = 0
  /** Chunks below this TSN that were sent once have been found lost, or arrived. */
  #judgedBelow = 1
  #lossDeadline: Millis = Infinity
  #probedTsn = -1
  #now: Millis = 0
  #patience: Millis = Infinity
  #flightBytes = 0
  /** RFC 3758 §3.5: all up to here is acknowledged or abandoned. */
  #advancedPeerAckPoint = 0
  #messages = 0
  #summary: AckSummary = emptySummary()

  constructor(options: OutstandingDataOptions) {
    this.#options = options
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

  /** The number of the newest packet that is acknowledged. */
  get highestAckedPacket(): number {
    return this.#highestAckedPacket
  }

  get flightBytes(): number {
    return this.#flightBytes
  }

  get isEmpty(): boolean {
    return this.#chunks.length === 0
  }

  /** Whether what is not acknowledged was sent in more than one packet. */
  get isManyPackets(): boolean {
    return this.#chunks.peek()?.packetNumber !== this.#chunks.at(this.#chunks.length - 1)?.packetNumber
  }

  /** Chunks between the cumulative TSN and the newest one. */
  get span(): number {
    return this.#chunks.length
  }

  /** Ordered messages whose first chunk is among them: each takes a stream sequence number. */
  get orderedMessages(): number {
    return this.#messages
  }

  /** When a packet that was overtaken will have been given enough time. */
  get lossDeadline(): Millis {
    return this.#lossDeadline
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
      fsn: message.fragments++,
      state: 'inFlight',
      retransmissions: 0,
      sentAt: now,
      packetNumber,
      isTimedOut: false,
    }
    this.#chunks.push(chunk)
    this.#flightBytes += length
    if (message.offset === 0) {
      message.firstTsn = chunk.tsn
      if (message.ordered) this.#messages++
    }
    message.lastTsn = chunk.tsn
    message.stream.lastTsn = chunk.tsn
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

  retransmitted(chunk: OutstandingChunk, packetNumber: number, now: Millis): void {
    this.#lost.shift()
    chunk.state = 'inFlight'
    chunk.retransmissions++
    chunk.sentAt = now
    chunk.packetNumber = packetNumber
    this.#resent.push({ chunk, packetNumber })
    this.#options.episode.retransmitted(chunk.tsn)
    if (this.#retriedAt === Infinity) this.#retriedAt = now
    this.#flightBytes += chunk.length
  }

  acknowledge(now: Millis, { cumulative, gapOffsets, duplicates }: Acknowledged): AckSummary {
    const summary = (this.#summary = emptySummary())
    this.#now = now
    this.#formerHighestAcked = this.#highestAckedPacket
    const probedLength = this.#at(this.#probedTsn)?.length
    summary.cumulativeAdvanced = cumulative > this.#cumulative
    while (this.#cumulative < cumulative) {
      const chunk = this.#chunks.peek()!
      this.#acknowledge(chunk)
      const { message } = chunk
      if (chunk.offset === 0 && message.ordered) this.#messages--
      this.#chunks.shift()
      this.#cumulative++
      if (message.lastTsn === chunk.tsn && message.release !== undefined) releaseWhole(message)
    }
    this.#acked.dropThrough(cumulative)
    const newest = this.nextTsn - 1
    for (let i = 0; i < gapOffsets.length; i += 2) {
      const start = cumulative + gapOffsets[i]!
      const end = Math.min(cumulative + gapOffsets[i + 1]!, newest)
      if (start <= end) this.#acked.add(start, end, this.#onAcked)
    }
    if (summary.probeRepaired && summary.ackedBytes !== probedLength) summary.probeRepaired = false
    if (duplicates.length > 0) this.#takeDuplicates(duplicates)
    if (summary.timeoutWasSpurious) this.#restoreTimedOut()
    if (this.#mayAnswerRetry()) this.#retryWasAnswered = true
    this.#findLost()
    this.advance()
    return summary
  }

  /** Looks again when {@link lossDeadline} is over. True when something is lost. */
  findOverdue(now: Millis): boolean {
    this.#now = now
    this.#summary = emptySummary()
    this.#findLost()
    this.advance()
    return this.#summary.lossFound
  }

  /**
   * Takes the newest chunk that may be sent again for lost, so that it goes out once more: its SACK tells what is missing
   * before it (RFC 8985 §7.3). False when there is none.
   */
  probe(): boolean {
    if (this.peekLost() !== undefined) return true // it only had no room in the window
    for (let i = this.#chunks.length - 1; i >= 0; i--) {
      const chunk = this.#chunks.at(i)!
      if (chunk.state !== 'inFlight' || chunk.retransmissions >= chunk.message.maxRetransmissions) continue
      this.#flightBytes -= chunk.length
      chunk.state = 'lost'
      this.#lost.push(chunk)
      this.#probedTsn = chunk.tsn
      return true
    }
    return false
  }

  /** RFC 9260 §6.3.3 E3, §7.2.3: all that is in flight is to be sent again. */
  markAllLost(): void {
    // A receiver may go back on its gap blocks (RFC 9260 §6.2.1), though none of WebRTC does. The first chunk can
    // only be acknowledged there and still be here if it did: then nothing beyond it is to be believed.
    const reneged = this.#chunks.peek()?.state === 'acked'
    if (reneged) this.#acked.clear()
    this.#lost.clear()
    this.#options.episode.clear()
    this.#highestTimedOut = this.#highestAckedPacket
    this.#retriedAt = Infinity
    this.#retryWasAnswered = false
    for (let i = 0; i < this.#chunks.length; i++) {
      const chunk = this.#chunks.at(i)!
      if (chunk.state === 'inFlight' || (reneged && chunk.state === 'acked')) {
        chunk.isTimedOut = chunk.retransmissions === 0
        this.#lose(chunk)
      } else if (chunk.state === 'lost') this.#lost.push(chunk)
    }
    this.#judgedBelow = this.nextTsn
    this.#resent.clear()
    this.#lossDeadline = Infinity
    this.#probedTsn = -1
    this.advance()
  }

  /** Another path: what was learned of the order of packets, and of round trips, was about the one before. */
  beginPath(nextPacketNumber: number): void {
    this.#firstOfPath = nextPacketNumber
    this.#options.reordering.restart()
    this.#options.episode.clear()
  }

  /** Gives all chunks of a message up (RFC 3758 §3.5 A); `hadRest` when some of it had not been sent. */
  abandon(message: OutgoingMessage, hadRest: boolean, now: Millis): void {
    message.isAbandoned = true
    // If all that was sent has been acknowledged, no FORWARD-TSN could tell the peer to stop waiting for the rest: a
    // TSN that is never sent stands for it.
    if (hadRest) this.push(message, 0, 0, now)
    for (let tsn = Math.max(message.firstTsn, this.#cumulative + 1); tsn <= message.lastTsn; tsn++) {
      const chunk = this.#at(tsn)!
      if (chunk.message !== message) continue // with interleaving, others are in between
      if (chunk.state === 'inFlight') this.#flightBytes -= chunk.length
      chunk.state = 'abandoned'
    }
  }

  /** RFC 3758 §3.5 C1: moves the point over what was abandoned. */
  advance(): void {
    this.#advancedPeerAckPoint = Math.max(this.#advancedPeerAckPoint, this.#cumulative)
    while (this.#at(this.#advancedPeerAckPoint + 1)?.state === 'abandoned') this.#advancedPeerAckPoint++
  }

  /**
   * How far the peer can be told to skip with at most `maxEntries`, each the newest message of a stream that is skipped; of the
   * ordered ones, or, for I-FORWARD-TSN (RFC 8260 §2.3.1), of the ordered and of the unordered ones.
   */
  skipped(maxEntries: number, withUnordered: boolean): { readonly point: number; readonly newest: OutgoingMessage[] } {
    const newest = new Map<number, OutgoingMessage>()
    let point = this.#cumulative
    for (; point < this.#advancedPeerAckPoint; point++) {
      const { message } = this.#at(point + 1)!
      if (!message.ordered && !withUnordered) continue
      const row = 2 * message.stream.id + (message.ordered ? 0 : 1)
      if (newest.size === maxEntries && !newest.has(row)) break
      newest.set(row, message)
    }
    return { point, newest: [...newest.values()] }
  }

  #at(tsn: number): OutstandingChunk | undefined {
    return this.#chunks.at(tsn - this.#cumulative - 1)
  }

  #acknowledge(chunk: OutstandingChunk): void {
    if (chunk.state === 'acked' || chunk.state === 'abandoned') return
    const summary = this.#summary
    const wasInFlight = chunk.state === 'inFlight'
    if (wasInFlight) this.#flightBytes -= chunk.length
    chunk.state = 'acked'
    summary.ackedBytes += chunk.length
    if (!wasInFlight) this.#options.episode.refuteUnsent()
    if (chunk.retransmissions === 0) {
      if (chunk.isTimedOut) this.#refuteTimeout(chunk.packetNumber)
      else if (this.#wasOvertaken(chunk)) this.#options.reordering.overtaken()
    } else if (!this.#answersLastTransmission(chunk, wasInFlight)) return
    if (chunk.packetNumber <= this.#highestAckedPacket) return
    this.#highestAckedPacket = chunk.packetNumber
    // Only the newest packet tells of the round trip: an older one may have been acknowledged before, in a SACK that was
    // lost, and then its time is that of T3-rtx. Such a measurement would make the next RTO longer still.
    const isMeasurable = wasInFlight && chunk.retransmissions === 0 && chunk.packetNumber >= this.#firstOfPath
    summary.measurableSentAt = isMeasurable ? chunk.sentAt : -Infinity
  }

  #wasOvertaken({ packetNumber }: OutstandingChunk): boolean {
    return packetNumber < this.#formerHighestAcked && packetNumber >= this.#firstOfPath
  }

  /**
   * RFC 9260 §6.3.1 C5 (Karn): which of two transmissions was acknowledged cannot be told. Sooner than any round trip, it
   * was not the last one (RFC 8985 §6.2 step 2).
   */
  #answersLastTransmission(chunk: OutstandingChunk, wasInFlight: boolean): boolean {
    const elapsed = this.#now - chunk.sentAt
    if (elapsed < this.#options.roundTrips.minRoundTrip) {
      this.#options.episode.refute(chunk.tsn)
      if (chunk.isTimedOut) this.#refuteTimeout(-1) // which packet that was is not known any more
      return false
    }
    if (wasInFlight) this.#summary.repairedAfter = Math.min(this.#summary.repairedAfter ?? Infinity, elapsed)
    if (chunk.tsn === this.#probedTsn) this.#summary.probeRepaired = true
    return true
  }

  /** The SACK is late enough to be about what was sent again. */
  #mayAnswerRetry(): boolean {
    return this.#now >= this.#retriedAt + this.#options.roundTrips.minRoundTrip
  }

  /**
   * The first transmission arrived, though T3-rtx took it for lost (RFC 5682 §3.1 step 3 b). But the first answer to what was
   * sent again also tells of what arrived long before, in SACKs that were lost.
   */
  #refuteTimeout(packetNumber: number): void {
    if (this.#mayAnswerRetry() && !this.#retryWasAnswered) return
    this.#summary.timeoutWasSpurious = true
    this.#highestTimedOut = Math.max(this.#highestTimedOut, packetNumber)
  }

  #takeDuplicates(duplicates: readonly number[]): void {
    const { episode, reordering, roundTrips } = this.#options
    for (const tsn of duplicates) {
      if (tsn === this.#probedTsn) this.#summary.probeRepaired = false
      if (episode.refute(tsn)) reordering.widen(this.#now, roundTrips.recentRoundTrip)
    }
  }

  /** T3-rtx was too early: what has not been sent again is still in flight, as it was. */
  #restoreTimedOut(): void {
    this.#lost.clear()
    for (let i = 0; i < this.#chunks.length; i++) {
      const chunk = this.#chunks.at(i)!
      if (chunk.state !== 'lost') continue
      if (chunk.isTimedOut && chunk.retransmissions === 0) {
        chunk.state = 'inFlight'
        this.#flightBytes += chunk.length
      } else this.#lost.push(chunk)
      chunk.isTimedOut = false
    }
    this.#judgedBelow = this.#cumulative + 1
    // Acknowledgements that were taken for those of retransmissions were for what had been sent before.
    this.#highestAckedPacket = this.#highestTimedOut
    this.#options.episode.clear()
  }

  #findLost(): void {
    this.#lossDeadline = Infinity
    this.#patience = this.#options.reordering.patienceMillis(this.#options.roundTrips)
    this.#judgedBelow = Math.max(this.#judgedBelow, this.#cumulative + 1)
    for (;;) {
      const chunk = this.#at(this.#judgedBelow)
      if (chunk === undefined) break
      if (chunk.state === 'inFlight' && chunk.retransmissions === 0 && !this.#isLost(chunk)) break
      this.#judgedBelow++
    }
    for (;;) {
      const resent = this.#resent.peek()
      if (resent === undefined) break
      const { chunk, packetNumber } = resent
      const isCurrent = chunk.state === 'inFlight' && chunk.packetNumber === packetNumber
      if (isCurrent && !this.#isLost(chunk)) break
      this.#resent.shift()
    }
  }

  /** Judges one that is in flight: overtaken by enough packets, or for long enough (RFC 8985 §6.2 step 5). */
  #isLost(chunk: OutstandingChunk): boolean {
    const laterPackets = this.#highestAckedPacket - chunk.packetNumber
    if (laterPackets <= 0) return false
    const deadline = chunk.sentAt + this.#patience
    if (!this.#options.reordering.isEnough(laterPackets) && this.#now < deadline) {
      this.#lossDeadline = Math.min(this.#lossDeadline, deadline)
      return false
    }
    chunk.isTimedOut = false
    this.#lose(chunk)
    this.#summary.lossFound = true
    return true
  }

  #lose(chunk: OutstandingChunk): void {
    if (chunk.state === 'inFlight') this.#flightBytes -= chunk.length
    chunk.state = 'lost'
    this.#lost.push(chunk)
    this.#options.episode.lost()
    this.#options.onLost(chunk)
  }
}

/**
 * The newest chunk of a message left for good. Those before it did too, and none comes back: what has left is acknowledged or abandoned,
 * and only chunks that are here, in flight or lost, are taken for lost or sent again. A gap block would not do (RFC 9260 §6.2.1).
 */
function releaseWhole({ offset, data, isAbandoned, release }: OutgoingMessage): void {
  if (offset === data.length || isAbandoned) release?.(data)
}

function emptySummary(): AckSummary {
  return {
    ackedBytes: 0,
    cumulativeAdvanced: false,
    measurableSentAt: -Infinity,
    repairedAfter: undefined,
    probeRepaired: false,
    lossFound: false,
    timeoutWasSpurious: false,
  }
}
