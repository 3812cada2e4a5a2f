import { collectGarbage } from '../../bench/soak/gauge.js'

/** Collections, each after a turn of the event loop, that everything unreferenced is given to go. */
const MAX_COLLECTIONS = 50

/** Counts objects, and how many of them the garbage collector took. */
export class Census {
  made = 0
  collected = 0
  readonly #registry = new FinalizationRegistry(() => this.collected++)

  add(object: object): void {
    this.made++
    this.#registry.register(object, undefined)
  }

  /** Collects garbage until all that was counted is gone, or what remains will stay. */
  async collect(): Promise<void> {
    for (let i = 0; i < MAX_COLLECTIONS && this.collected < this.made; i++) {
      await new Promise((resolve) => setImmediate(resolve))
      collectGarbage()
    }
  }
}
