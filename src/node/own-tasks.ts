import type { Io } from './io.js'

/** A microtask of its own, for a third of what `queueMicrotask` takes. */
const SETTLED = Promise.resolve()

/** Tasks of the layer above a driver, which counts those that have not run yet. */
export class OwnTasks {
  readonly #io: Io
  pending = 0

  constructor(io: Io) {
    this.#io = io
  }

  queueTask(callback: () => void): void {
    this.pending++
    this.#io.queueTask(() => {
      this.pending--
      callback()
    })
  }

  /** When promises that wait for what ran last are done, as between two tasks, but in this turn of the event loop. */
  queueTick(callback: () => void): void {
    this.pending++
    const run = (): void => {
      this.pending--
      callback()
    }
    void SETTLED.then(() => process.nextTick(run))
  }
}
