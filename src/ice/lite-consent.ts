import type { Millis } from '../core/index.js'
import type { IceTimings } from './types.js'

/** RFC 7675 §5.1: a full peer asks every 6 s at the latest. Two of its checks may get lost. */
const MAX_SILENCE_MILLIS = 3 * 6000

/**
 * What takes the place of {@link Consent} where we never ask (RFC 7675 §4 is about full agents): who checks the pair, with our
 * password, wants what we send there. Between two lite agents nobody checks, and only closing ends it.
 */
export class LiteConsent {
  readonly nextCheckAt = Infinity
  readonly #timings: IceTimings
  readonly #peerIsLite: boolean
  #askedAt: Millis
  #heardAt: Millis
  #revoked = false

  constructor(now: Millis, timings: IceTimings, peerIsLite: boolean) {
    this.#timings = timings
    this.#peerIsLite = peerIsLite
    this.#askedAt = now
    this.#heardAt = now
  }

  get revoked(): boolean {
    return this.#revoked
  }

  get lateAt(): Millis {
    if (this.#revoked) return -Infinity
    return this.#peerIsLite ? Infinity : this.#heardAt + MAX_SILENCE_MILLIS
  }

  get expiresAt(): Millis {
    return this.#peerIsLite ? Infinity : this.#askedAt + this.#timings.consentExpiryMillis
  }

  heard(now: Millis): void {
    this.#askedAt = now
    this.#heardAt = now
  }

  heardData(now: Millis): void {
    this.#heardAt = now
  }

  revoke(): void {
    this.#revoked = true
  }
}
