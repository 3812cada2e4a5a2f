import type { Millis } from '../../core/index.js'
import type { SctpCounters } from '../counters.js'
import type { CongestionControl } from './congestion-control.js'
import { Cubic } from './cubic.js'
import { FlightLimit } from './flight-limit.js'
import { LossEpisode } from './loss-episode.js'
import { type AckSummary, OutstandingData, type OutstandingChunk } from './outstanding-data.js'
import { Pacer, type PaceInputs } from './pacer.js'
import { ReorderingWindow } from './reordering-window.js'
import { RoundTripCheck } from './round-trip-check.js'
import type { RetransmissionTimeout } from './rto.js'

export interface FlightControlOptions {
  /** PMDCS: what a full packet carries of chunks. */
  readonly packetBytes: number
  readonly rto: RetransmissionTimeout
  readonly counters: SctpCounters
  /** A chunk was found lost: the last chance to abandon it. */
  readonly onLost: (chunk: OutstandingChunk) => void
}

/**
 * How much may be on its way, and when the next packet may follow: what is outstanding, the congestion window, fast recovery
 * (RFC 9260 §7.2.4) and its undoing, and the pace.
 */
export class FlightControl implements PaceInputs {
  readonly outstanding: OutstandingData
  readonly #options: FlightControlOptions
  readonly #congestion: CongestionControl
  readonly #pacer = new Pacer()
  readonly #limit = new FlightLimit()
  readonly #check = new RoundTripCheck()
  readonly #reordering = new ReorderingWindow()
  readonly #episode = new LossEpisode()
  /** Of packets with data, from 1. */
  #newestPacket = 0
  /** The newest packet when the window, and nothing else, held data back. */
  #windowFullAt = -1
  #isHeldBack = false
  /** Fast recovery lasts until this is acknowledged (RFC 9260 §7.2.4); -1 outside. */
  #recoveryExit = -1
  #isSilent = false
  /** There was a reduction since the last one that was undone. */
  #canUndo = false
  #mustFastRetransmit = false

  constructor(options: FlightControlOptions) {
    this.#options = options
    this.#congestion = new Cubic(options.packetBytes)
    this.outstanding = new OutstandingData({
      roundTrips: options.rto,
      reordering: this.#reordering,
      episode: this.#episode,
      onLost: options.onLost,
    })
  }

  get cwndBytes(): number {
    return this.#congestion.cwndBytes
  }

  get isSlowStart(): boolean {
    return this.#congestion.isSlowStart
  }

  get packetBytes(): number {
    return this.#congestion.packetBytes
  }

  set packetBytes(bytes: number) {
    this.#congestion.packetBytes = bytes
  }

  get minRoundTrip(): Millis {
    return this.#options.rto.minRoundTrip
  }

  get smoothedRoundTrip(): Millis | undefined {
    return this.#options.rto.smoothedRoundTrip
  }

  /** When data that the pace holds back may go on. */
  get deadline(): Millis {
    return this.#isHeldBack ? this.#pacer.opensAt : Infinity
  }

  /** T3-rtx expired, and nothing was acknowledged since. */
  get isSilent(): boolean {
    return this.#isSilent
  }

  /** What carries the chunks that are put into the packet being built. */
  get nextPacketNumber(): number {
    return this.#newestPacket + 1
  }

  get hasRoom(): boolean {
    return this.outstanding.flightBytes < this.windowBytes && !this.#exceedsLimit()
  }

  /** What bounds the flight beside {@link FlightLimit}: the congestion window, and less while the round trip is looked at. */
  get windowBytes(): number {
    return Math.min(this.cwndBytes, this.#check.limitBytes(this.packetBytes))
  }

  /** Where {@link hasRoom} says no, a short message may go all the same: it is not to wait for what other streams have in flight. */
  get hasRoomForShort(): boolean {
    const { flightBytes } = this.outstanding
    return flightBytes < this.#congestion.cwndBytes && (this.#pacer.isPaced || flightBytes < this.#limit.bytesForShort)
  }

  #exceedsLimit(): boolean {
    return !this.#pacer.isPaced && this.outstanding.flightBytes >= this.#limit.bytes
  }

  /** A short message came at that time, while other streams had something to send. */
  shortBeside(at: Millis): void {
    this.#limit.shortBeside(at)
  }

  /** RFC 9260 §7.2.4: the first packet of a fast retransmit, and a probe, go whatever window and pace say. */
  get mustRetransmit(): boolean {
    return this.#mustFastRetransmit
  }

  /** Whether the pace allows another packet. */
  isOpen(now: Millis): boolean {
    // An idle sender may use its window at once, at its pace. It does not decay while idle (RFC 9260 §7.2.1 would halve it
    // per RTO): ICE consent watches the path meanwhile, and an interactive sender would pay for every pause.
    if (this.outstanding.flightBytes === 0) this.#pacer.idle(now, this.packetBytes)
    const isOpen = this.#pacer.mayBegin(now, this)
    if (this.#pacer.isPaced) this.#check.sending(now, this.outstanding.flightBytes, this)
    return isOpen
  }

  retransmitted(): void {
    this.#mustFastRetransmit = false
  }

  packetSent(now: Millis, bytes: number): void {
    this.#newestPacket++
    this.#pacer.sent(now, bytes)
  }

  /** No packet was built; `isWaiting` when there is something to send that the peer has room for. */
  nothingSent(isWaiting: boolean, wasOpen: boolean): void {
    const { hasRoom } = this
    this.#isHeldBack = isWaiting && hasRoom && !wasOpen
    if (!this.#isHeldBack) this.#pacer.pause()
    if (!isWaiting || hasRoom) return
    if (this.#exceedsLimit()) this.#limit.heldBack()
    if (this.outstanding.flightBytes >= this.#congestion.cwndBytes) this.#windowFullAt = this.#newestPacket
  }

  /** A SACK was read; `flightBytes` and `newestAcked` are from before. */
  acknowledged(now: Millis, summary: AckSummary, flightBytes: number, newestAcked: number): void {
    const { outstanding } = this
    if (summary.ackedBytes > 0) this.#isSilent = false
    if (this.#recoveryExit >= 0 && outstanding.cumulative >= this.#recoveryExit) this.#endRecovery()
    if (summary.timeoutWasSpurious || this.#episode.isRefuted) this.#undo()
    if (summary.lossFound) this.lossFound()
    else if (summary.probeRepaired) this.#reduce()
    else if (summary.ackedBytes > 0 && this.#recoveryExit < 0) {
      this.#congestion.acknowledged({
        now,
        bytes: summary.ackedBytes,
        flightBytes,
        newestAcked: outstanding.highestAckedPacket,
        newestSent: this.#newestPacket,
        roundTrip: summary.measurableSentAt === -Infinity ? undefined : now - summary.measurableSentAt,
        smoothedRoundTrip: this.smoothedRoundTrip ?? 0,
        isWindowFull: this.#windowFullAt > newestAcked,
      })
    }
    this.#pacer.acknowledged(now, summary.ackedBytes, this.packetBytes)
    this.#check.acknowledged(
      now,
      outstanding.flightBytes,
      this.packetBytes,
      outstanding.highestAckedPacket,
      this.#newestPacket,
    )
    this.#limit.acknowledged(now, summary.ackedBytes, this.smoothedRoundTrip ?? 0)
  }

  lossFound(): void {
    this.#options.counters.fastRetransmits++
    this.#mustFastRetransmit = true
    this.#reduce()
  }

  /** T3-rtx (RFC 9260 §6.3.3 E1 to E3). That the peer's window is closed says nothing of the path. */
  timedOut(isWindowClosed: boolean): void {
    this.#options.rto.backOff()
    this.#canUndo = !isWindowClosed
    if (!isWindowClosed) this.#congestion.timedOut(this.#isSilent)
    this.#isSilent = true
    this.#recoveryExit = -1
    this.#pacer.restart()
    this.#check.restart()
    this.outstanding.markAllLost()
  }

  /** All that is in flight goes again, and that is no sign of congestion. */
  resume(): void {
    this.outstanding.markAllLost()
    this.#mustFastRetransmit = true
  }

  /** Has something sent again that is to be answered at once. False when there is nothing. */
  probe(): boolean {
    if (!this.outstanding.probe()) return false
    this.#mustFastRetransmit = true
    return true
  }

  /** Another path: what was learned of the former one says nothing about it. */
  beginPath(): void {
    this.#options.rto.restart()
    this.#congestion.restart()
    this.#pacer.restart()
    this.#limit.restart()
    this.#check.restart()
    this.#recoveryExit = -1
    this.#isSilent = false
    this.#canUndo = false
    this.outstanding.beginPath(this.nextPacketNumber)
  }

  #reduce(): void {
    if (this.#recoveryExit >= 0) return // once per window
    this.#congestion.lossDetected()
    this.#canUndo = true
    this.#recoveryExit = this.outstanding.nextTsn - 1
  }

  #endRecovery(): void {
    this.#recoveryExit = -1
    this.#reordering.recoveryEnded()
    this.#episode.end()
  }

  /** RFC 9438 §4.9, RFC 4015: as if nothing had been taken for lost. */
  #undo(): void {
    this.#episode.clear()
    this.#options.rto.undoBackOff()
    if (!this.#canUndo) return
    this.#canUndo = false
    this.#options.counters.spuriousRecoveries++
    this.#congestion.undo()
    this.#recoveryExit = -1
  }
}
