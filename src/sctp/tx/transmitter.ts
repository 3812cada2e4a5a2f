import type { Millis } from '../../core/index.js'
import type { SctpCounters } from '../counters.js'
import {
  DATA_BEGINNING,
  DATA_ENDING,
  DATA_HEADER_LENGTH,
  DATA_IMMEDIATE,
  DATA_UNORDERED,
  putDataHeader,
} from '../packet/chunk/data.js'
import { encodeForwardTsn, FORWARD_TSN_ENTRY_LENGTH, FORWARD_TSN_HEADER_LENGTH } from '../packet/chunk/forward-tsn.js'
import { I_DATA_HEADER_LENGTH, putIDataHeader } from '../packet/chunk/i-data.js'
import { encodeIForwardTsn, I_FORWARD_TSN_ENTRY_LENGTH } from '../packet/chunk/i-forward-tsn.js'
import type { SackChunk } from '../packet/chunk/sack.js'
import type { PacketBuilder } from '../packet/packet-builder.js'
import { TsnSpace } from '../packet/tsn-space.js'
import { violation, type Violation } from '../violation.js'
import { FlightControl } from './flight-control.js'
import { fragmentOf } from './fragment-view.js'
import type { OutgoingMessage } from './outgoing-stream.js'
import type { OutstandingChunk, OutstandingData } from './outstanding-data.js'
import type { RetransmissionTimeout } from './rto.js'
import { type SendQueue, SHORT_MESSAGE_BYTES } from './send-queue.js'

export interface TransmitterOptions {
  readonly initialTsn: number
  readonly peerWindowBytes: number
  /** RFC 3758 was agreed on: without it every message is reliable once it was sent. */
  readonly partialReliability: boolean
  /** RFC 8260 was agreed on: I-DATA instead of DATA. */
  readonly interleaving: boolean
  readonly maxChunkLength: number
  readonly queue: SendQueue
  readonly rto: RetransmissionTimeout
  readonly counters: SctpCounters
}

/** Smaller beginnings of a large message wait for the next packet. */
const MIN_FRAGMENT_BYTES = 512
/** TSNs in flight: a gap block reaches 65,535 from the cumulative one (RFC 9260 §3.3.4). 70 MiB of full chunks. */
const MAX_SPAN = 0xffff
/** Ordered messages in flight: half of the stream sequence numbers, so that they stay unambiguous if all have one stream. */
const MAX_MESSAGES = 0x7fff
/** Below this flight a delayed SACK would stop us: ask for it at once (RFC 9260 §6.1, the I bit). */
const SMALL_FLIGHT_PACKETS = 4

/**
 * The least that a probe waits beyond the round trip: what a busy event loop takes, here or at the peer. A probe for
 * nothing costs one packet.
 */
const MIN_PROBE_MARGIN_MILLIS: Millis = 20

/** The sending half of an association: queued messages in, DATA and FORWARD-TSN out, SACKs and T3-rtx taken into account. */
export class Transmitter {
  readonly #options: TransmitterOptions
  readonly #space: TsnSpace
  readonly #flight: FlightControl
  readonly #outstanding: OutstandingData
  readonly #headerLength: number
  readonly #maxMessages: number
  #now: Millis = 0
  #lastARwnd: number
  #t3Deadline: Millis = Infinity
  /** When silence is to be broken by a probe (RFC 8985 §7). Once, until something new is sent or acknowledged. */
  #probeDeadline: Millis = Infinity
  /** The newest packet asked for its SACK at once. */
  #newestIsPrompt = false
  /** When a packet with new data was built last: those of one burst are built at the same time. */
  #newDataAt: Millis = -Infinity
  /** T3-rtx expired while the peer's window was closed, and it has not opened since. */
  #hasProbedWindow = false
  /** The point that the last FORWARD-TSN told of. */
  #forwardedTo = 0
  #forwardedAt: Millis = 0
  /** When a short message came last beside others, as far as the flight was told. */
  #shortBesideAt: Millis = -Infinity

  constructor(options: TransmitterOptions) {
    this.#options = options
    this.#space = new TsnSpace(options.initialTsn)
    this.#headerLength = options.interleaving ? I_DATA_HEADER_LENGTH : DATA_HEADER_LENGTH
    this.#maxMessages = options.interleaving ? Infinity : MAX_MESSAGES
    this.#lastARwnd = options.peerWindowBytes
    this.#flight = new FlightControl({
      packetBytes: options.maxChunkLength,
      rto: options.rto,
      counters: options.counters,
      onLost: (chunk) => this.#considerAbandoning(chunk),
    })
    this.#outstanding = this.#flight.outstanding
  }

  /** T3-rtx, a probe, the end of the patience with a packet that was overtaken, or the pace. */
  get deadline(): Millis {
    const recovery = Math.min(this.#t3Deadline, this.#probeDeadline, this.#outstanding.lossDeadline)
    return Math.min(recovery, this.#flight.deadline)
  }

  /** Something is to be sent again. */
  get hasLost(): boolean {
    return this.#outstanding.peekLost() !== undefined
  }

  /** All that was sent is acknowledged. */
  get isIdle(): boolean {
    return this.#outstanding.isEmpty
  }

  get lastAssignedTsn(): number {
    return this.#outstanding.nextTsn - 1
  }

  get cumulativeAck(): number {
    return this.#outstanding.cumulative
  }

  get flightBytes(): number {
    return this.#outstanding.flightBytes
  }

  get cwndBytes(): number {
    return this.#flight.cwndBytes
  }

  toWire(tsn: number): number {
    return this.#space.toWire(tsn)
  }

  /** The peer's window is closed: what is in flight only probes it (RFC 9260 §6.1 A). */
  get isProbing(): boolean {
    return this.#lastARwnd < this.#options.maxChunkLength
  }

  /** Takes a SACK. `'progress'` when it acknowledged something new. */
  handleSack(now: Millis, sack: SackChunk): Violation | 'progress' | undefined {
    this.#now = now
    const outstanding = this.#outstanding
    const cumulative = this.#space.fromWire(sack.cumulativeTsnAck, outstanding.cumulative)
    if (cumulative < outstanding.cumulative) return undefined // RFC 9260 §6.2.1 D i: an old one, overtaken
    if (cumulative >= outstanding.nextTsn) return violation('a SACK acknowledged data that was never sent')
    const { rto } = this.#options
    const { flightBytes, highestAckedPacket } = outstanding
    const { gapOffsets, duplicateTsns } = sack
    const duplicates =
      duplicateTsns.length === 0 ? duplicateTsns : duplicateTsns.map((tsn) => this.#space.fromWire(tsn, cumulative))
    const summary = outstanding.acknowledge(now, { cumulative, gapOffsets, duplicates })
    this.#lastARwnd = sack.advertisedWindowBytes
    if (!this.isProbing) this.#windowIsOpen()
    if (summary.measurableSentAt > -Infinity) rto.measured(now, now - summary.measurableSentAt)
    else if (summary.repairedAfter !== undefined) rto.repaired(summary.repairedAfter)
    this.#flight.acknowledged(now, summary, flightBytes, highestAckedPacket)
    // RFC 3758 §3.5 C5: while the peer has not followed it is told again; once per round trip is enough.
    const roundTrip = rto.smoothedRoundTrip ?? rto.millis
    if (now - this.#forwardedAt > 1.25 * roundTrip) this.#forwardedTo = 0
    // RFC 9260 §6.3.2 R2, R3.
    if (outstanding.isEmpty) this.#t3Deadline = Infinity
    else if (summary.cumulativeAdvanced) this.#t3Deadline = now + rto.millis
    if (summary.ackedBytes > 0 || outstanding.isEmpty) this.#armProbe()
    return summary.ackedBytes > 0 || summary.cumulativeAdvanced ? 'progress' : undefined
  }

  /** RFC 9260 §9.2: SHUTDOWN acknowledges like a SACK without gaps. */
  handleCumulativeAck(now: Millis, cumulativeTsnAck: number): Violation | 'progress' | undefined {
    const advertisedWindowBytes = this.#lastARwnd
    return this.handleSack(now, { cumulativeTsnAck, advertisedWindowBytes, gapOffsets: [], duplicateTsns: [] })
  }

  /** True when T3-rtx has expired. */
  handleTimeout(now: Millis): boolean {
    this.#now = now
    if (now >= this.#t3Deadline) {
      this.#expireT3()
      return true
    }
    if (now >= this.#outstanding.lossDeadline && this.#outstanding.findOverdue(now)) this.#flight.lossFound()
    if (now >= this.#probeDeadline) this.#probe()
    return false
  }

  /**
   * ICE sends over another pair; `isOtherNetwork` when more than ports changed. What was sent before may be lost: a packet
   * finds out, or all of it goes again when it should have been acknowledged by now.
   */
  pathChanged(now: Millis, isOtherNetwork: boolean): void {
    this.#now = now
    const isOverdue = now >= this.#t3Deadline || this.#flight.isSilent
    if (isOtherNetwork || isOverdue) this.#flight.beginPath()
    if (this.#outstanding.isEmpty) return
    if (isOverdue) this.#flight.resume()
    else this.#flight.probe()
    this.#t3Deadline = now + this.#options.rto.millis
    this.#probeDeadline = Infinity
    this.#forwardedTo = 0
  }

  /** Whether {@link fill} has something for an empty packet: then a SACK may ride along. */
  canSend(now: Millis): boolean {
    if (this.#flight.mustRetransmit && this.#outstanding.peekLost() !== undefined) return true
    if (this.#hasProbedWindow && this.#outstanding.flightBytes > 0) return false
    return this.#hasRoom(now) && this.#flight.isOpen(now) && this.#isWaiting(now)
  }

  /** Puts a FORWARD-TSN that is due, then what was lost, then new data into the packet. */
  fill(now: Millis, builder: PacketBuilder): void {
    this.#now = now
    const flight = this.#flight
    if (this.#options.queue.shortBesideAt > this.#shortBesideAt) this.#noteShortBeside()
    this.#fillForwardTsn(builder)
    const before = builder.room
    const isOpen = flight.isOpen(now)
    if (isOpen || flight.mustRetransmit) this.#fillLost(builder)
    // RFC 9260 §6.1 C: before new data, everything that is marked for retransmission goes.
    if (isOpen && this.#outstanding.peekLost() === undefined) {
      const lastTsn = this.lastAssignedTsn
      this.#fillNew(builder)
      if (this.lastAssignedTsn > lastTsn) {
        this.#newDataAt = now
        this.#armProbe()
      }
    }
    if (builder.room === before) {
      flight.nothingSent(this.#isWaiting(now), isOpen)
      return
    }
    flight.packetSent(now, before - builder.room)
    if (this.#t3Deadline === Infinity) this.#t3Deadline = now + this.#options.rto.millis
  }

  #hasRoom(now: Millis): boolean {
    if (this.#flight.hasRoom) return true
    if (!this.#flight.hasRoomForShort) return false
    const message = this.#options.queue.next(now)
    return message !== undefined && message.data.length <= SHORT_MESSAGE_BYTES
  }

  #noteShortBeside(): void {
    this.#shortBesideAt = this.#options.queue.shortBesideAt
    this.#flight.shortBeside(this.#shortBesideAt)
  }

  /** What probed the closed window was not taken (RFC 9260 §6.2), and has no reason to wait for T3-rtx, which has backed off. */
  #windowIsOpen(): void {
    if (!this.#hasProbedWindow) return
    this.#hasProbedWindow = false
    this.#flight.resume()
  }

  /** Something is to be sent that the peer has room for. */
  #isWaiting(now: Millis): boolean {
    const outstanding = this.#outstanding
    if (outstanding.peekLost() !== undefined) return true
    const hasWindow = outstanding.flightBytes === 0 || outstanding.flightBytes < this.#lastARwnd
    return hasWindow && outstanding.span < MAX_SPAN && this.#options.queue.next(now) !== undefined
  }

  #expireT3(): void {
    const { rto, counters } = this.#options
    counters.retransmissionTimeouts++
    this.#hasProbedWindow = this.isProbing
    this.#flight.timedOut(this.isProbing)
    this.#forwardedTo = 0 // RFC 3758 §3.5 F: the FORWARD-TSN may be what was lost
    this.#t3Deadline = this.#outstanding.isEmpty ? Infinity : this.#now + rto.millis
    this.#probeDeadline = Infinity
  }

  /**
   * Until when a SACK should have come. Nothing overtakes the end of a burst, so that only T3-rtx would find it lost. A
   * lone packet has no probe, unless it asked for its SACK at once: that may be delayed for as long as T3-rtx waits.
   */
  #armProbe(): void {
    const { smoothedRoundTrip, variation } = this.#options.rto
    const canProbe = smoothedRoundTrip !== undefined && (this.#newestIsPrompt || this.#outstanding.isManyPackets)
    this.#probeDeadline =
      canProbe && !this.#outstanding.isEmpty
        ? this.#now + smoothedRoundTrip + Math.max(4 * variation, MIN_PROBE_MARGIN_MILLIS)
        : Infinity
  }

  #probe(): void {
    this.#probeDeadline = Infinity
    if (!this.#flight.probe()) return
    this.#options.counters.tailProbes++
    this.#t3Deadline = this.#now + this.#options.rto.millis // RFC 8985 §7.3: the answer to the probe is waited for
  }

  #fillForwardTsn(builder: PacketBuilder): void {
    const outstanding = this.#outstanding
    const target = outstanding.advancedPeerAckPoint
    if (target <= outstanding.cumulative || target <= this.#forwardedTo) return
    const room = builder.room - FORWARD_TSN_HEADER_LENGTH
    const { interleaving } = this.#options
    const entryLength = interleaving ? I_FORWARD_TSN_ENTRY_LENGTH : FORWARD_TSN_ENTRY_LENGTH
    if (room < entryLength) return
    const { point, newest } = outstanding.skipped(Math.floor(room / entryLength), interleaving)
    const newCumulativeTsn = this.#space.toWire(point)
    const skipped = newest.map(({ stream, ordered, sequence }) => ({ streamId: stream.id, ordered, sequence }))
    const encode = interleaving ? encodeIForwardTsn : encodeForwardTsn
    builder.append(encode({ newCumulativeTsn, skipped }))
    // What did not fit follows when this is acknowledged.
    this.#forwardedTo = target
    this.#forwardedAt = this.#now
    if (this.#t3Deadline === Infinity) this.#t3Deadline = this.#now + this.#options.rto.millis
  }

  #fillLost(builder: PacketBuilder): void {
    let hasSent = false
    for (;;) {
      const chunk = this.#outstanding.peekLost()
      if (chunk === undefined) break
      if (this.#now >= chunk.message.expiresAt && this.#abandon(chunk.message)) continue
      const length = this.#headerLength + chunk.length
      if (length > builder.room) break
      // RFC 9260 §6.1 A: a closed window is probed by one chunk at a time.
      const isProbeOut = this.#hasProbedWindow && this.#outstanding.flightBytes > 0
      if (isProbeOut || (!this.#flight.mustRetransmit && !this.#flight.hasRoom)) break
      this.#outstanding.retransmitted(chunk, this.#flight.nextPacketNumber, this.#now)
      this.#options.counters.chunksRetransmitted++
      this.#put(builder, chunk, true)
      hasSent = true
      // RFC 9260 §6.3.2: T3-rtx is begun anew when the earliest chunk is sent again.
      if (chunk.tsn === this.#outstanding.cumulative + 1) this.#t3Deadline = this.#now + this.#options.rto.millis
    }
    if (hasSent) this.#flight.retransmitted()
  }

  #fillNew(builder: PacketBuilder): void {
    const { queue, counters } = this.#options
    const outstanding = this.#outstanding
    while (this.#hasRoom(this.#now)) {
      if (outstanding.span >= MAX_SPAN || outstanding.orderedMessages >= this.#maxMessages) return
      if (builder.room <= this.#headerLength) return
      const message = queue.next(this.#now)
      if (message === undefined) return
      if (message.offset > 0 && this.#now >= message.expiresAt && this.#abandon(message)) continue
      const length = this.#fragmentLength(message, builder)
      if (length === 0) return
      // RFC 9260 §6.1 A: a window that is closed is probed by one chunk at a time.
      if (outstanding.flightBytes > 0 && outstanding.flightBytes + length > this.#lastARwnd) return
      const chunk = outstanding.push(message, length, this.#flight.nextPacketNumber, this.#now)
      queue.consume(message, length)
      counters.chunksSent++
      this.#put(builder, chunk, this.#wantsPromptAck(message))
    }
  }

  /** How much of the message goes into the packet; 0 when it had better wait for the next one. */
  #fragmentLength(message: OutgoingMessage, builder: PacketBuilder): number {
    const rest = message.data.length - message.offset
    const room = builder.room - this.#headerLength
    const largest = this.#options.maxChunkLength - this.#headerLength
    if (rest <= Math.min(room, largest)) return rest
    if (rest <= largest || room < Math.min(MIN_FRAGMENT_BYTES, largest)) return 0
    return Math.min(room, builder.fragmentLength - this.#headerLength)
  }

  /** RFC 9260 §6.1 leaves it to the sender when a SACK may not be delayed. */
  #wantsPromptAck(message: OutgoingMessage): boolean {
    // Nothing follows the end of a burst that would show its loss, and a probe can only be early if the SACK is. Lone
    // packets are left alone: a reply usually takes their SACK along.
    const isBurstEnd = this.#options.queue.isEmpty && this.#newDataAt === this.#now
    if (isBurstEnd || isLastBeforeReset(message)) return true
    // When the window is small and full, every SACK counts.
    const { flightBytes } = this.#outstanding
    const isBlocked = flightBytes >= Math.min(this.#flight.windowBytes, this.#lastARwnd)
    return isBlocked && flightBytes <= SMALL_FLIGHT_PACKETS * this.#options.maxChunkLength
  }

  #put(builder: PacketBuilder, chunk: OutstandingChunk, isImmediate: boolean): void {
    const { message, offset, length } = chunk
    const end = offset + length
    let flags = offset === 0 ? DATA_BEGINNING : 0
    if (end === message.data.length) flags |= DATA_ENDING
    if (!message.ordered) flags |= DATA_UNORDERED
    if (isImmediate) flags |= DATA_IMMEDIATE
    this.#newestIsPrompt = isImmediate
    const at = builder.reserve(this.#headerLength + length)
    const { bytes } = builder
    const tsn = this.#space.toWire(chunk.tsn)
    const { stream, sequence, ppid } = message
    if (this.#options.interleaving) {
      putIDataHeader(bytes, at, flags, length, tsn, stream.id, sequence, offset === 0 ? ppid : chunk.fsn)
    } else putDataHeader(bytes, at, flags, length, tsn, stream.id, sequence, ppid)
    const whole = length === message.data.length
    bytes.set(whole ? message.data : fragmentOf(message.data, offset, length), at + this.#headerLength)
  }

  /** RFC 3758 §3.5 A, RFC 7496 §3: is this message still worth sending again? */
  #considerAbandoning(chunk: OutstandingChunk): void {
    const { message } = chunk
    if (chunk.retransmissions >= message.maxRetransmissions || this.#now >= message.expiresAt) this.#abandon(message)
  }

  #abandon(message: OutgoingMessage): boolean {
    if (!this.#options.partialReliability || message.isAbandoned) return false
    this.#options.counters.messagesAbandoned++
    this.#outstanding.abandon(message, this.#options.queue.dropRest(message), this.#now)
    this.#outstanding.advance()
    return true
  }
}

/** The reset waits for the SACK of this one. */
function isLastBeforeReset({ stream, offset, data }: OutgoingMessage): boolean {
  return stream.phase === 'draining' && offset === data.length && stream.messages.length === 0
}
