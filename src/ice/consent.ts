import { randomCoarseTick, type Millis } from '../core/index.js'
import type { IceTimings } from './types.js'

/**
 * RFC 7675 §5.1: checks are 5 s apart, each time between 0.8 and 1.2 of that. At random among nine points of time or so,
 * which all connections of a process share: spread enough for the network, and one wake-up for all that fall on the same one.
 */
const MIN_CONSENT_INTERVAL_MILLIS = 4000
const MAX_CONSENT_INTERVAL_MILLIS = 6000

/**
 * Whether the peer still wants our packets on the selected pair (RFC 7675), and whether it seems to be there at all.
 *
 *   fresh ◀──response── late ──30 s after the last response──▶ expired
 *     └──an unanswered check──▲      revoked, by an authenticated close, expires the same way but cannot recover
 */
export class Consent {
  readonly #timings: IceTimings
  #grantedAt: Millis
  #heardAt: Millis
  #dataAt: Millis = -Infinity
  #nextCheckAt: Millis
  /** When the first of the checks that nobody has answered yet was sent. */
  #unansweredSince: Millis | undefined
  #revoked = false

  /** @param jitter a random number from 0 to 1 */
  constructor(now: Millis, timings: IceTimings, jitter: number) {
    this.#timings = timings
    this.#grantedAt = now
    this.#heardAt = now
    this.#nextCheckAt = nextCheckAfter(now, jitter)
  }

  get revoked(): boolean {
    return this.#revoked
  }

  /** When the next check is to be sent. */
  get nextCheckAt(): Millis {
    return this.#revoked ? Infinity : this.#nextCheckAt
  }

  /**
   * Silence for so long means that connectivity may be lost. Requests of the peer put it off, though not for ever: it asks
   * also when it cannot hear us. Data does for as long as it flows, which it would not without an answer.
   */
  get lateAt(): Millis {
    if (this.#revoked) return -Infinity
    if (this.#unansweredSince === undefined) return Infinity
    const patience = this.#timings.disconnectedAfterMillis
    const asked = Math.min(Math.max(this.#unansweredSince, this.#heardAt), this.#unansweredSince + patience)
    return Math.max(asked, this.#dataAt) + patience
  }

  get expiresAt(): Millis {
    return this.#grantedAt + this.#timings.consentExpiryMillis
  }

  sentCheck(now: Millis, jitter: number): void {
    this.#unansweredSince ??= now
    this.#nextCheckAt = nextCheckAfter(now, jitter)
  }

  granted(now: Millis): void {
    this.#grantedAt = now
    this.#heardAt = now
    this.#unansweredSince = undefined
  }

  heard(now: Millis): void {
    this.#heardAt = now
  }

  heardData(now: Millis): void {
    this.#dataAt = now
  }

  /** RFC 7675 §5.2. */
  revoke(): void {
    this.#revoked = true
  }
}

function nextCheckAfter(now: Millis, jitter: number): Millis {
  return randomCoarseTick(now + MIN_CONSENT_INTERVAL_MILLIS, now + MAX_CONSENT_INTERVAL_MILLIS, jitter)
}
