import type { Acknowledgement, CongestionControl } from './congestion-control.js'

/**
 * RFC 9260 §7.2.1 starts with about 4,400 bytes; ten packets, as RFC 6928 found safe for TCP and as browsers send here.
 */
const INITIAL_PACKETS = 10
const MIN_SSTHRESH_PACKETS = 4
/**
 * By how many packets one SACK may open the window in slow start. RFC 9260 §7.2.1 says one, for SACKs of every second
 * packet. Receivers that read datagrams in batches acknowledge a whole batch (64 with segmentation offload) at once,
 * and slow start would crawl; RFC 9406 §4.2 lifts the same limit of TCP for the same reason.
 */
const MAX_GROWTH_PACKETS = 64

/** The congestion control of RFC 9260 §7.2, in bytes: slow start, congestion avoidance, halving on loss. */
export class NewReno implements CongestionControl {
  readonly #packetBytes: number
  #cwndBytes: number
  #ssthreshBytes = Infinity
  /** RFC 9260 §7.2.2: acknowledged since the window last grew. */
  #partialBytesAcked = 0

  /** @param packetBytes PMDCS: what a full packet carries of chunks */
  constructor(packetBytes: number) {
    this.#packetBytes = packetBytes
    this.#cwndBytes = INITIAL_PACKETS * packetBytes
  }

  get cwndBytes(): number {
    return this.#cwndBytes
  }

  acknowledged({ bytes, flightBytes, cumulativeAdvanced }: Acknowledgement): void {
    // An idle sender proves nothing: only a window that was filled may grow, and only when the first hole moves on.
    const wasFull = flightBytes + this.#packetBytes > this.#cwndBytes
    if (this.#cwndBytes <= this.#ssthreshBytes) {
      if (wasFull && cumulativeAdvanced) this.#cwndBytes += Math.min(bytes, MAX_GROWTH_PACKETS * this.#packetBytes)
      return
    }
    this.#partialBytesAcked += bytes
    if (this.#partialBytesAcked < this.#cwndBytes) return
    this.#partialBytesAcked -= this.#cwndBytes
    if (wasFull) this.#cwndBytes += this.#packetBytes
  }

  lossDetected(): void {
    this.#ssthreshBytes = this.#halved()
    this.#cwndBytes = this.#ssthreshBytes
    this.#partialBytesAcked = 0
  }

  timedOut(): void {
    this.#ssthreshBytes = this.#halved()
    this.#cwndBytes = this.#packetBytes
    this.#partialBytesAcked = 0
  }

  #halved(): number {
    return Math.max(Math.floor(this.#cwndBytes / 2), MIN_SSTHRESH_PACKETS * this.#packetBytes)
  }
}
