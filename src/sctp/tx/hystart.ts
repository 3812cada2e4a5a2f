import type { Millis } from '../../core/index.js'
import type { Acknowledgement } from './congestion-control.js'

// The constants of RFC 9406 §4.3.
const MIN_RTT_THRESHOLD_MILLIS: Millis = 4
const MAX_RTT_THRESHOLD_MILLIS: Millis = 16
const MIN_RTT_DIVISOR = 8
const RTT_SAMPLES = 8
const CSS_GROWTH_DIVISOR = 4
const CSS_ROUNDS = 5

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
    if (++this.#samples < RTT_SAMPLES) return
    if (this.#phase === 'conservative') {
      if (this.#currentMin >= this.#baseline) return
      this.#phase = 'standard'
      this.#baseline = Infinity
      return
    }
    if (this.#lastMin === Infinity) return
    const threshold = Math.max(
      MIN_RTT_THRESHOLD_MILLIS,
      Math.min(this.#lastMin / MIN_RTT_DIVISOR, MAX_RTT_THRESHOLD_MILLIS),
    )
    if (this.#currentMin < this.#lastMin + threshold) return
    this.#phase = 'conservative'
    this.#baseline = this.#currentMin
    this.#conservativeRounds = 0
  }

  #beginRound(newestSent: number): void {
    this.#roundEnd = newestSent
    this.#lastMin = this.#currentMin
    this.#currentMin = Infinity
    this.#samples = 0
    // The round in which growth was slowed counts, though it was not whole.
    if (this.#phase === 'conservative' && ++this.#conservativeRounds >= CSS_ROUNDS) this.#phase = 'ended'
  }
}
