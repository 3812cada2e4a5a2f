import type { Millis } from '../core/index.js'

/** How many checks may follow upon events of the peer at once, before they too go at the ordinary pace. */
const TRIGGERED_BURST = 8

/**
 * The pace of checks (RFC 8445 §14.2). An ordinary check goes at once when the last is Ta ago. Triggered checks and
 * nominations answer an authenticated packet of the peer, one for one, so a few of them need not wait for the tick:
 * a connection is set up in round trips and not in multiples of 50 ms.
 */
export class Pacer {
  readonly #paceMillis: Millis
  #ordinaryAt: Millis = -Infinity
  /** A leaky bucket: the time at which all of the burst is available again. */
  #burstFullAt: Millis = -Infinity

  constructor(paceMillis: Millis) {
    this.#paceMillis = paceMillis
  }

  get ordinaryAt(): Millis {
    return this.#ordinaryAt
  }

  get triggeredAt(): Millis {
    return this.#burstFullAt - (TRIGGERED_BURST - 1) * this.#paceMillis
  }

  sentOrdinary(now: Millis): void {
    this.#ordinaryAt = now + this.#paceMillis
  }

  /** RFC 8445 §6.1.4.2: it takes the turn of an ordinary check. Where it succeeds none may be needed any more. */
  sentTriggered(now: Millis): void {
    this.#ordinaryAt = now + this.#paceMillis
    this.#burstFullAt = Math.max(now, this.#burstFullAt) + this.#paceMillis
  }
}
