import type { Millis } from '../../core/index.js'

/**
 * Before a round trip was measured. RFC 9260 §16 suggests 1 s, for paths that nobody has tried; ours has just carried ICE
 * and DTLS. Half of it, as browsers do, keeps a lost INIT from costing a second; a spurious repetition is harmless.
 */
export const RTO_INITIAL_MILLIS: Millis = 500
/**
 * RFC 9260 §16 suggests 1 s so that delayed SACKs of up to 500 ms never look like loss. WebRTC peers delay theirs by
 * 200 ms at most, so twice that is as safe, and a lost tail is repaired in less than half the time. As in Chromium.
 */
const RTO_MIN_MILLIS: Millis = 400
const RTO_MAX_MILLIS: Millis = 60_000
/** Clock granularity G (RFC 9260 §6.3.1 C). */
const GRANULARITY_MILLIS: Millis = 1
const ALPHA = 1 / 8
const BETA = 1 / 4

/** Retransmission timeout (RFC 9260 §6.3). */
export class RetransmissionTimeout {
  #srtt: Millis | undefined
  #rttvar: Millis = 0
  #rto: Millis = RTO_INITIAL_MILLIS
  #nextSampleAt: Millis = -Infinity

  get millis(): Millis {
    return this.#rto
  }

  /** Smoothed round trip; `undefined` before the first measurement. */
  get smoothedRoundTrip(): Millis | undefined {
    return this.#srtt
  }

  /** RFC 9260 §6.3.1 C4: one measurement per round trip counts. */
  measured(now: Millis, roundTrip: Millis): void {
    if (now < this.#nextSampleAt) return
    this.#nextSampleAt = now + roundTrip
    if (this.#srtt === undefined) {
      this.#srtt = roundTrip // C2
      this.#rttvar = roundTrip / 2
    } else {
      this.#rttvar = (1 - BETA) * this.#rttvar + BETA * Math.abs(this.#srtt - roundTrip) // C3
      this.#srtt = (1 - ALPHA) * this.#srtt + ALPHA * roundTrip
    }
    const variance = Math.max(this.#rttvar, GRANULARITY_MILLIS)
    this.#rto = Math.min(RTO_MAX_MILLIS, Math.max(RTO_MIN_MILLIS, this.#srtt + 4 * variance)) // C6, C7
  }

  /** RFC 9260 §6.3.3 E2: double the RTO. */
  backOff(): void {
    this.#rto = Math.min(RTO_MAX_MILLIS, this.#rto * 2)
  }
}

/** The n-th wait (from 0) of a timer that has no round trip to go by. */
export function backedOffMillis(base: Millis, attempt: number): Millis {
  return Math.min(RTO_MAX_MILLIS, base * 2 ** attempt)
}
