import { SparseSet } from '../core/index.js'
import type { Io, IoTimer } from './io.js'

/** Timers of the layer above, on the clock of the driver and gone with it. */
export class ApiTimers {
  readonly #io: Io
  readonly #armed = new SparseSet<IoTimer>()
  #closed = false

  constructor(io: Io) {
    this.#io = io
  }

  get armed(): number {
    return this.#armed.size
  }

  create(callback: () => void): IoTimer {
    const timer = this.#io.createTimer(() => {
      this.#armed.delete(timer)
      callback()
    })
    return {
      arm: (at) => {
        if (this.#closed) return
        if (at === Infinity) this.#armed.delete(timer)
        else this.#armed.add(timer)
        timer.arm(at)
      },
    }
  }

  /** Disarms all of them for good. */
  close(): void {
    this.#closed = true
    for (const timer of this.#armed) timer.arm(Infinity)
    this.#armed.clear()
  }
}
