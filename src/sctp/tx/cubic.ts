import type { Millis } from '../../core/index.js'
import type { Acknowledgement, CongestionControl } from './congestion-control.js'
import { HyStart } from './hystart.js'

/**
 * RFC 9260 §7.2.1 starts with about 4,400 bytes; ten packets, as RFC 6928 found safe for TCP and as browsers send here.
 */
const INITIAL_PACKETS = 10
/** RFC 9260 §7.2.3; RFC 9438 §4.6 would go down to two. */
const MIN_PACKETS = 4
/** RFC 9438 §4.1.2 and §4.6: what is left of a window after loss. */
const BETA = 0.7
/** RFC 9438 §5.1: how steep the curve is, in packets per second³. */
const C = 0.4
/** RFC 9438 §4.3: what makes a flow that keeps 70 % as large, on average, as one that keeps half and adds a packet. */
const ALPHA = (3 * (1 - BETA)) / (1 + BETA)
/** RFC 9438 §4.2: in one round trip the window grows by half at most. */
const MAX_GROWTH = 1.5

/** What a reduction may have to give back (RFC 9438 §4.9). */
interface Snapshot {
  readonly cwndBytes: number
  readonly ssthreshBytes: number
  readonly maxBytes: number
  readonly priorBytes: number
  readonly epoch: Epoch | undefined
  readonly slowStart: HyStart
}

/** One stage of congestion avoidance. */
interface Epoch {
  /** Moves on while the sender has too little to send: such times do not count (RFC 9438 §5.8). */
  begunAt: Millis
  /** When the curve is back where the window was before the loss (K), in seconds. */
  readonly plateauSeconds: number
  readonly plateauBytes: number
  /** What a flow with the congestion control of RFC 5681 would have (W_est). */
  renoBytes: number
}

/** CUBIC (RFC 9438) in bytes, with HyStart++ (RFC 9406) for slow start. */
export class Cubic implements CongestionControl {
  packetBytes: number
  #cwndBytes: number
  #ssthreshBytes = Infinity
  #slowStart = new HyStart()
  /** W_max: the window at the last loss, or less when there is more competition than before. */
  #maxBytes = 0
  /** The window at the last loss (cwnd_prior). */
  #priorBytes = 0
  #epoch: Epoch | undefined
  #ackedAt: Millis = 0
  #beforeReduction: Snapshot | undefined

  /** @param packetBytes PMDCS: what a full packet carries of chunks */
  constructor(packetBytes: number) {
    this.packetBytes = packetBytes
    this.#cwndBytes = INITIAL_PACKETS * packetBytes
  }

  get cwndBytes(): number {
    return this.#cwndBytes
  }

  get isSlowStart(): boolean {
    return this.#cwndBytes < this.#ssthreshBytes
  }

  acknowledged(ack: Acknowledgement): void {
    const sinceLast = ack.now - this.#ackedAt
    this.#ackedAt = ack.now
    if (this.isSlowStart) this.#growFast(ack)
    else this.#growByCurve(ack, ack.isWindowFull ? Math.max(sinceLast - ack.smoothedRoundTrip, 0) : sinceLast)
  }

  lossDetected(): void {
    this.#reduce()
    // RFC 9438 §4.7: whoever lost earlier than last time has new company, and makes room for it.
    const hasLess = this.#priorBytes < this.#maxBytes
    this.#maxBytes = hasLess ? (this.#priorBytes * (1 + BETA)) / 2 : this.#priorBytes
    this.#cwndBytes = this.#ssthreshBytes
  }

  timedOut(isRepeated: boolean): void {
    // RFC 5681 §3.1: ssthresh is that of the first timeout, as long as nothing gets through.
    if (!isRepeated) this.#reduce()
    this.#maxBytes = 0 // RFC 9438 §4.8: the curve begins at its plateau
    this.#cwndBytes = this.packetBytes
  }

  undo(): void {
    const before = this.#beforeReduction
    if (before === undefined) return
    this.#beforeReduction = undefined
    this.#cwndBytes = Math.max(this.#cwndBytes, before.cwndBytes)
    this.#ssthreshBytes = before.ssthreshBytes
    this.#maxBytes = before.maxBytes
    this.#priorBytes = before.priorBytes
    this.#epoch = before.epoch
    this.#slowStart = before.slowStart
  }

  restart(): void {
    this.#cwndBytes = INITIAL_PACKETS * this.packetBytes
    this.#ssthreshBytes = Infinity
    this.#slowStart = new HyStart()
    this.#maxBytes = 0
    this.#priorBytes = 0
    this.#epoch = undefined
    this.#beforeReduction = undefined
  }

  #reduce(): void {
    this.#beforeReduction = {
      cwndBytes: this.#cwndBytes,
      ssthreshBytes: this.#ssthreshBytes,
      maxBytes: this.#maxBytes,
      priorBytes: this.#priorBytes,
      epoch: this.#epoch,
      slowStart: this.#slowStart,
    }
    // RFC 9438 §4.6 lets cwnd stand for what is in flight where an idle sender's window does not grow, as here.
    this.#priorBytes = this.#cwndBytes
    this.#ssthreshBytes = Math.max(BETA * this.#cwndBytes, MIN_PACKETS * this.packetBytes)
    this.#epoch = undefined
    // RFC 9406 §4.3: HyStart++ is for the first slow start; a later one ends at what is known of the path.
  }

  #growFast(ack: Acknowledgement): void {
    const isUsed = ack.isWindowFull || 2 * ack.flightBytes > this.#cwndBytes
    if (this.#ssthreshBytes !== Infinity) {
      if (isUsed) this.#cwndBytes = Math.min(this.#cwndBytes + ack.bytes, this.#ssthreshBytes)
      return
    }
    // RFC 9260 §7.2.1 lets one SACK open the window by a packet only, against bursts: what leaves at once is bounded
    // elsewhere, and receivers that read datagrams in batches acknowledge a whole batch at once.
    const growth = this.#slowStart.growth(ack)
    if (isUsed) this.#cwndBytes += growth
    if (this.#slowStart.hasEnded) this.#ssthreshBytes = this.#cwndBytes
  }

  /** RFC 9438 §4.2 to §4.5. */
  #growByCurve(ack: Acknowledgement, idleMillis: Millis): void {
    const epoch = (this.#epoch ??= this.#newEpoch(ack.now))
    epoch.begunAt += Math.min(idleMillis, ack.now - epoch.begunAt)
    if (!ack.isWindowFull) return
    const share = ack.bytes / this.#cwndBytes
    // Once it has what it had, the other flow would add a packet per round trip, and so do we.
    const alpha = epoch.renoBytes < this.#priorBytes ? ALPHA : 1
    epoch.renoBytes += alpha * this.packetBytes * share
    const seconds = (ack.now - epoch.begunAt) / 1000
    if (this.#curve(epoch, seconds) < epoch.renoBytes) {
      this.#cwndBytes = Math.max(this.#cwndBytes, epoch.renoBytes)
      return
    }
    const inOneRoundTrip = this.#curve(epoch, seconds + ack.smoothedRoundTrip / 1000)
    const target = Math.min(Math.max(inOneRoundTrip, this.#cwndBytes), MAX_GROWTH * this.#cwndBytes)
    this.#cwndBytes += (target - this.#cwndBytes) * Math.min(share, 1)
  }

  #newEpoch(now: Millis): Epoch {
    const plateauBytes = Math.max(this.#maxBytes, this.#cwndBytes)
    const distance = (plateauBytes - this.#cwndBytes) / this.packetBytes
    return { begunAt: now, plateauSeconds: Math.cbrt(distance / C), plateauBytes, renoBytes: this.#cwndBytes }
  }

  /** W_cubic. */
  #curve({ plateauSeconds, plateauBytes }: Epoch, seconds: number): number {
    return C * (seconds - plateauSeconds) ** 3 * this.packetBytes + plateauBytes
  }
}
