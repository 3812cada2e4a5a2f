import type { Millis } from '../../core/index.js'

/**
 * Before a round trip was measured. RFC 9260 §16 suggests 1 s, for paths that nobody has tried; ours has just carried ICE
 * and DTLS. Half of it, as browsers do, keeps a lost INIT from costing a second; a spurious repetition is harmless.
 */
export const RTO_INITIAL_MILLIS: Millis = 500
/**
 * The least that the RTO exceeds the round trip by. RTO.Min of RFC 9260 §16, 1 s, keeps delayed SACKs of up to 500 ms from
 * looking like loss. WebRTC peers delay theirs by 200 ms at most; a tenth more is for their timers. As a margin, and not as
 * a minimum, it is worth the same at each round trip. docs/decisions/005-loss-recovery.md has the numbers.
 */
const MIN_MARGIN_MILLIS: Millis = 220
const RTO_MAX_MILLIS: Millis = 60_000
/**
 * Doublings end here, unless the round trip itself is longer. RFC 9260 would go on to RTO.Max, so that a path that comes back
 * after half a minute is tried a minute later; below us ICE consent stops all sending long before that (RFC 7675 §5.1).
 */
const MAX_BACK_OFF_MILLIS: Millis = 3000
const ALPHA = 1 / 8
const BETA = 1 / 4

/** What is known of the path when loss is looked for. */
export interface RoundTrips {
  /** The shortest ever; 0 before the first measurement. */
  readonly minRoundTrip: Millis
  /** What a round trip takes at present: a late answer counts at once, an early one slowly. */
  readonly recentRoundTrip: Millis
  readonly smoothedRoundTrip: Millis | undefined
}

/** Retransmission timeout (RFC 9260 §6.3). */
export class RetransmissionTimeout implements RoundTrips {
  #srtt: Millis | undefined
  #rttvar: Millis = 0
  #latest: Millis = 0
  #min: Millis = Infinity
  #base: Millis = RTO_INITIAL_MILLIS
  #backOffs = 0
  #nextSampleAt: Millis = -Infinity

  get millis(): Millis {
    return backedOffMillis(this.#base, this.#backOffs)
  }

  /** Without the doublings. */
  get baseMillis(): Millis {
    return this.#base
  }

  /** Smoothed round trip; `undefined` before the first measurement. */
  get smoothedRoundTrip(): Millis | undefined {
    return this.#srtt
  }

  /** How far round trips are from the smoothed one (RTTVAR). */
  get variation(): Millis {
    return this.#rttvar
  }

  get recentRoundTrip(): Millis {
    return this.#srtt === undefined ? this.#base : Math.max(this.#srtt, this.#latest)
  }

  get minRoundTrip(): Millis {
    return this.#min === Infinity ? 0 : this.#min
  }

  /** RFC 9260 §6.3.1 C4: one measurement per round trip counts. */
  measured(now: Millis, roundTrip: Millis): void {
    this.#latest = roundTrip
    this.#min = Math.min(this.#min, roundTrip)
    if (now < this.#nextSampleAt) return
    this.#nextSampleAt = now + roundTrip
    if (this.#srtt === undefined) {
      this.#srtt = roundTrip // C2
      this.#rttvar = roundTrip / 2
    } else {
      this.#rttvar = (1 - BETA) * this.#rttvar + BETA * Math.abs(this.#srtt - roundTrip) // C3
      this.#srtt = (1 - ALPHA) * this.#srtt + ALPHA * roundTrip
    }
    this.#base = Math.min(RTO_MAX_MILLIS, this.#srtt + Math.max(4 * this.#rttvar, MIN_MARGIN_MILLIS)) // C7
    this.#backOffs = 0
  }

  /** The doublings were for nothing: what was waited for had arrived. */
  undoBackOff(): void {
    this.#backOffs = 0
  }

  /** Another path: nothing that was measured holds. It has just carried the checks of ICE, so that doublings end, too. */
  restart(): void {
    this.#srtt = undefined
    this.#rttvar = 0
    this.#latest = 0
    this.#min = Infinity
    this.#base = RTO_INITIAL_MILLIS
    this.#backOffs = 0
    this.#nextSampleAt = -Infinity
  }

  /** RFC 9260 §6.3.3 E2: double the RTO. */
  backOff(): void {
    if (this.millis < MAX_BACK_OFF_MILLIS) this.#backOffs++
  }

  /**
   * What was sent again got its answer `elapsed` later. RFC 9260 §6.3.1 C5 (Karn) takes no measurement of that. When the
   * answer came within an RTO that was not doubled, the doublings were due to loss, not to a longer round trip.
   */
  repaired(elapsed: Millis): void {
    if (elapsed <= this.#base) this.#backOffs = 0
  }
}

/** The n-th wait (from 0) of a timer that has no round trip to go by. */
export function backedOffMillis(base: Millis, attempt: number): Millis {
  return Math.max(base, Math.min(MAX_BACK_OFF_MILLIS, base * 2 ** attempt))
}
