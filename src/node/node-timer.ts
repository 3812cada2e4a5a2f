import type { Millis } from '../core/index.js'
import type { UnrefableTimer } from './io.js'
import { TimerQueue } from './timer-queue.js'
import type { QueuedTimer, RealTimers } from './timer-queue.js'

const real: RealTimers = {
  now: () => performance.now(),
  setTimeout: (callback, delayMillis) => setTimeout(callback, delayMillis),
  clearTimeout: (timer) => clearTimeout(timer as NodeJS.Timeout),
}

/** Of the whole process. */
const queue = new TimerQueue(real)

/** One deadline, which shares a real timer with all others of the process. */
export class NodeTimer implements UnrefableTimer {
  readonly #timer: QueuedTimer

  constructor(callback: () => void) {
    this.#timer = queue.create(callback)
  }

  arm(at: Millis): void {
    queue.arm(this.#timer, at)
  }

  unref(): void {
    queue.unref(this.#timer)
  }
}
