import type { Millis } from '../core/index.js'
import type { UnrefableTimer } from './io.js'

/** What setTimeout can wait at most; more would fire at once. */
const MAX_DELAY_MILLIS = 2 ** 31 - 1

/**
 * One deadline over one real timer. Deadlines move with every acknowledgement, mostly to later: the real timer is then
 * left as it is, and looks at the deadline when it fires.
 */
export class NodeTimer implements UnrefableTimer {
  readonly #callback: () => void
  readonly #onTimeout = (): void => this.#fire()
  #deadline: Millis = Infinity
  #timeout: NodeJS.Timeout | undefined
  #firesAt: Millis = Infinity
  #isRefed = true

  constructor(callback: () => void) {
    this.#callback = callback
  }

  arm(at: Millis): void {
    this.#deadline = at
    if (at === Infinity) this.#stop()
    else if (at < this.#firesAt) this.#start(at)
  }

  unref(): void {
    this.#isRefed = false
    this.#timeout?.unref()
  }

  #start(at: Millis): void {
    this.#stop()
    const now = performance.now()
    // Rounded up, or it would fire up to a millisecond early and once more.
    const delay = Math.min(Math.max(Math.ceil(at - now), 1), MAX_DELAY_MILLIS)
    this.#firesAt = now + delay
    this.#timeout = setTimeout(this.#onTimeout, delay)
    if (!this.#isRefed) this.#timeout.unref()
  }

  #stop(): void {
    clearTimeout(this.#timeout)
    this.#timeout = undefined
    this.#firesAt = Infinity
  }

  #fire(): void {
    this.#timeout = undefined
    this.#firesAt = Infinity
    if (this.#deadline > performance.now()) this.arm(this.#deadline)
    else {
      this.#deadline = Infinity
      this.#callback()
    }
  }
}
