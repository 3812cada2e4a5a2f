import type { Millis } from '../core/index.js'
import type { LocalCertificate } from '../crypto/index.js'
import type { UnrefableTimer } from './io.js'

/** Enough for a few connections at once; a burst of more makes its own, one by one. */
const RESERVE = 4
/** After one was taken: by then a connection waits for its peer. */
const DELAY_MILLIS = 5
/** Between two of them, so that no turn of the event loop makes more than one. */
const PAUSE_MILLIS = 2
/** Older ones are thrown away: their validity has run since they were made. */
const MAX_AGE_MILLIS = 60 * 60 * 1000

export interface CertificateReserveOptions {
  readonly make: () => LocalCertificate
  readonly now: () => Millis
  readonly createTimer: (callback: () => void) => UnrefableTimer
}

/**
 * Certificates made ahead of time, for connections that were given none: each is handed out once, and then belongs to that
 * connection alone. Filled after the first was taken, one in a turn of the event loop; keeps no process alive.
 */
export class CertificateReserve {
  readonly #options: CertificateReserveOptions
  readonly #timer: UnrefableTimer
  #isFilling = false
  readonly #ready: { readonly certificate: LocalCertificate; readonly madeAt: Millis }[] = []

  constructor(options: CertificateReserveOptions) {
    this.#options = options
    this.#timer = options.createTimer(() => this.#fill())
    this.#timer.unref()
  }

  take(): LocalCertificate {
    const { make, now } = this.#options
    if (!this.#isFilling) this.#fillSoon(DELAY_MILLIS)
    const oldest = now() - MAX_AGE_MILLIS
    for (let taken = this.#ready.pop(); taken !== undefined; taken = this.#ready.pop()) {
      if (taken.madeAt >= oldest) return taken.certificate
    }
    return make()
  }

  #fill(): void {
    const { make, now } = this.#options
    this.#isFilling = false
    this.#ready.push({ certificate: make(), madeAt: now() })
    if (this.#ready.length < RESERVE) this.#fillSoon(PAUSE_MILLIS)
  }

  #fillSoon(delayMillis: Millis): void {
    this.#isFilling = true
    this.#timer.arm(this.#options.now() + delayMillis)
  }
}
