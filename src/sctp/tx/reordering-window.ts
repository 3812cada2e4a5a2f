import type { Millis } from '../../core/index.js'
import type { RoundTrips } from './rto.js'

/**
 * How many later packets have to arrive before one is taken for lost. RFC 9260 §7.2.4 waits for three SACKs that miss a
 * chunk, each caused by a later packet; counted by packets it is the same, even when SACKs are lost or stand for many.
 */
const REORDERING_PACKETS = 3
/** Clock granularity. */
const GRANULARITY_MILLIS: Millis = 1
/** RFC 8985 §6.2 step 4: for how many recoveries a widened window stays. */
const PERSISTENT_RECOVERIES = 16

/**
 * How long a packet may be overtaken before it is taken for lost (RFC 8985 §6.2 step 4): three packets as long as the path
 * keeps their order; once it did not, only time counts, and more of it with each retransmission that was for nothing.
 */
export class ReorderingWindow {
  #isSeen = false
  #quarters = 1
  #recoveriesLeft = 0
  #widenedAt: Millis = -Infinity

  /** Whether so many later packets alone show that one is lost. */
  isEnough(laterPackets: number): boolean {
    return !this.#isSeen && laterPackets >= REORDERING_PACKETS
  }

  /** From sending until an overtaken packet is lost. */
  patienceMillis({ minRoundTrip, recentRoundTrip, smoothedRoundTrip }: RoundTrips): Millis {
    const base = minRoundTrip === 0 ? recentRoundTrip : minRoundTrip
    const window = Math.min((this.#quarters * base) / 4, smoothedRoundTrip ?? Infinity)
    return Math.max(recentRoundTrip + window, GRANULARITY_MILLIS)
  }

  /** A packet arrived after one that was sent later. */
  overtaken(): void {
    this.#isSeen = true
  }

  /** A retransmission was for nothing: the peer had both (RFC 8985 §6.2 step 4). Once per round trip. */
  widen(now: Millis, roundTrip: Millis): void {
    this.#isSeen = true
    if (now - this.#widenedAt < roundTrip) return
    this.#widenedAt = now
    this.#quarters++
    this.#recoveriesLeft = PERSISTENT_RECOVERIES
  }

  recoveryEnded(): void {
    if (this.#recoveriesLeft > 0 && --this.#recoveriesLeft === 0) this.#quarters = 1
  }

  restart(): void {
    this.#isSeen = false
    this.#quarters = 1
    this.#recoveriesLeft = 0
  }
}
