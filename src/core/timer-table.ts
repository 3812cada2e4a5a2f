import { SparseMap } from './sparse-map.js'
import type { Millis } from './layer.js'

/** The named deadlines of one layer. A handful each, so a plain scan beats a heap. */
export class TimerTable<Name extends string> {
  readonly #deadlines = new SparseMap<Name, Millis>()

  set(name: Name, at: Millis): void {
    this.#deadlines.set(name, at)
  }

  clear(name: Name): void {
    this.#deadlines.delete(name)
  }

  clearAll(): void {
    this.#deadlines.clear()
  }

  isSet(name: Name): boolean {
    return this.#deadlines.has(name)
  }

  /** The deadline of `name`; `Infinity` when it is not set. */
  deadline(name: Name): Millis {
    return this.#deadlines.get(name) ?? Infinity
  }

  /** The earliest deadline; `Infinity` when none is set. */
  next(): Millis {
    let earliest = Infinity
    for (const at of this.#deadlines.values()) if (at < earliest) earliest = at
    return earliest
  }

  /** Takes the earliest deadline that is due out of the table. Call until it yields `undefined`. */
  takeDue(now: Millis): Name | undefined {
    let due: Name | undefined
    let earliest = now
    for (const [name, at] of this.#deadlines) {
      if (at > earliest || (due !== undefined && at === earliest)) continue
      due = name
      earliest = at
    }
    if (due !== undefined) this.#deadlines.delete(due)
    return due
  }
}
