import type { Millis } from '../core/index.js'
import type { LocalCertificate } from '../crypto/index.js'
import type { UnrefableTimer } from './io.js'

/** Enough for a burst of connections, some 2 KiB each; those beyond it make their own, one by one. */
const RESERVE = 20
/** After the last one was taken: set-ups that are under way come first. */
const DELAY_MILLIS = 25
/** With fewer than these, one is made while a set-up waits for the peer: those that follow one another never are quiet. */
const FEW = 5
/** Between two of them, so that no turn of the event loop makes more than one. */
const PAUSE_MILLIS = 2
/** Older ones are thrown away: their validity has run since they were made. */
const MAX_AGE_MILLIS = 60 * 60 * 1000

export interface CertificateReserveOptions {
  readonly make: () => LocalCertificate
  readonly now: () => Millis
  readonly createTimer: (callback: () => void) => UnrefableTimer
  readonly queueTask: (callback: () => void) => void
}

/**
 * Certificates made ahead of time, for connections that were given none: each is handed out once, and then belongs to that
 * connection alone. Filled once no more were taken for a moment, one in a turn of the event loop, or while handshakes wait; keeps no
 * process alive.
 */
export class CertificateReserve {
  readonly #options: CertificateReserveOptions
  readonly #timer: UnrefableTimer
  readonly #ready: { readonly certificate: LocalCertificate; readonly madeAt: Millis }[] = []

  constructor(options: CertificateReserveOptions) {
    this.#options = options
    this.#timer = options.createTimer(() => this.#fill())
    this.#timer.unref()
  }

  take(): LocalCertificate {
    const { make, now } = this.#options
    this.#fillAfter(DELAY_MILLIS)
    const oldest = now() - MAX_AGE_MILLIS
    for (let taken = this.#ready.pop(); taken !== undefined; taken = this.#ready.pop()) {
      if (taken.madeAt >= oldest) return taken.certificate
    }
    return make()
  }

  /** There is time: a connection has just sent what the peer needs a moment to answer. */
  replenish(): void {
    if (this.#ready.length < FEW) this.#options.queueTask(this.#addOne)
  }

  readonly #addOne = (): void => {
    const { make, now } = this.#options
    this.#ready.push({ certificate: make(), madeAt: now() })
  }

  #fill(): void {
    if (this.#ready.length < RESERVE) this.#addOne()
    if (this.#ready.length < RESERVE) this.#fillAfter(PAUSE_MILLIS)
  }

  #fillAfter(delayMillis: Millis): void {
    this.#timer.arm(this.#options.now() + delayMillis)
  }
}
