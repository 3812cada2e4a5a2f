import type { Millis } from '../core/index.js'

/** A token bucket: `burst` at once, and `perSecond` in the long run. */
export class RateLimiter {
  readonly #burst: number
  readonly #perMilli: number
  #tokens: number
  #filledAt: Millis = 0

  constructor(burst: number, perSecond: number) {
    this.#burst = burst
    this.#perMilli = perSecond / 1000
    this.#tokens = burst
  }

  take(now: Millis): boolean {
    this.#tokens = Math.min(this.#burst, this.#tokens + Math.max(0, now - this.#filledAt) * this.#perMilli)
    this.#filledAt = now
    if (this.#tokens < 1) return false
    this.#tokens--
    return true
  }
}
