import type { Millis } from '../../core/index.js'
import type { Acknowledgement } from './congestion-control.js'

// The constants of RFC 9406 §4.3.
const MIN_RTT_THRESHOLD_MILLIS: Millis = 4
const MAX_RTT_THRESHOLD_MILLIS: Millis = 16
const MIN_RTT_DIVISOR = 8
const RTT_SAMPLES = 8
const CSS_GROWTH_DIVISOR = 4
const CSS_ROUNDS = 5
/** What a ring of round trips begins with, never read. Not whole numbers, for which V8 would make another kind of list first. */
const NO_SAMPLES: readonly Millis[] = Array.from({ length: RTT_SAMPLES }, () => 0.5)

/**
 * HyStart++ (RFC 9406): slow start that ends when round trips become longer, before the queue in front of the bottleneck is
 * full. They may do so for another reason, so that growth is first only slowed.
 *
 *   standard ──round trips rise──▶ conservative ──five rounds──▶ ended
 *       ◀──────────they fall again──────┘
 */
export class HyStart {
  #phase: 'standard' | 'conservative' | 'ended' = 'standard'
  /** The round ends when this packet is acknowledged. */
  #roundEnd = -1
  #lastMin: Millis = Infinity
  #currentMin: Millis = Infinity
  #samples = 0
  /** The newest round trips, in a ring. */
  readonly #latest: Millis[] = NO_SAMPLES.slice()
  #baseline: Millis = Infinity
  #conservativeRounds = 0

  get hasEnded(): boolean {
    return this.#phase === 'ended'
  }

  /** By how much the window opens for this SACK (RFC 9406 §4.2). */
  growth(ack: Acknowledgement): number {
    const growth = this.#phase === 'conservative' ? ack.bytes / CSS_GROWTH_DIVISOR : ack.bytes
    if (ack.roundTrip !== undefined) this.#measured(ack.roundTrip)
    if (ack.newestAcked >= this.#roundEnd) this.#beginRound(ack.newestSent)
    return growth
  }

  #measured(roundTrip: Millis): void {
    this.#currentMin = Math.min(this.#currentMin, roundTrip)
    this.#latest[this.#samples++ % RTT_SAMPLES] = roundTrip
    if (this.#phase !== 'standard' || this.#samples < RTT_SAMPLES || this.#lastMin === Infinity) return
    const threshold = Math.max(
      MIN_RTT_THRESHOLD_MILLIS,
      Math.min(this.#lastMin / MIN_RTT_DIVISOR, MAX_RTT_THRESHOLD_MILLIS),
    )
    // RFC 9406 §4.2 compares the least of the round. But a window that is paced fills the queue in the course of a round:
    // eight in a row that are late are enough.
    const latestMin = Math.min(...this.#latest)
    if (latestMin < this.#lastMin + threshold) return
    this.#phase = 'conservative'
    this.#baseline = latestMin
    this.#conservativeRounds = 0
  }

  #beginRound(newestSent: number): void {
    // Only a round that was conservative from its beginning tells whether round trips fell again.
    const wasWhole = this.#conservativeRounds > 0 && this.#samples >= RTT_SAMPLES
    if (this.#phase === 'conservative') {
      if (wasWhole && this.#currentMin < this.#baseline) this.#phase = 'standard'
      else if (++this.#conservativeRounds >= CSS_ROUNDS) this.#phase = 'ended' // the first one counts, though it was not whole
    }
    this.#roundEnd = newestSent
    this.#lastMin = this.#currentMin
    this.#currentMin = Infinity
    this.#samples = 0
  }
}
