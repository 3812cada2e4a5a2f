import { SparseMap } from './sparse-map.js'
import type { Millis } from './layer.js'

/** The named deadlines of one layer. A handful each, so a plain scan beats a heap. */
export class TimerTable<Name extends string> {
  readonly #deadlines = new SparseMap<Name, Millis>()
  /** Asked for far more often than it changes. */
  #earliest: Millis = Infinity

  set(name: Name, at: Millis): void {
    const former = this.#deadlines.get(name)
    this.#deadlines.set(name, at)
    if (at <= this.#earliest) this.#earliest = at
    else if (former === this.#earliest) TimerTable.#look(this)
  }

  clear(name: Name): void {
    if (this.#deadlines.delete(name)) TimerTable.#look(this)
  }

  clearAll(): void {
    this.#deadlines.clear()
    this.#earliest = Infinity
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
    return this.#earliest
  }

  /** Takes the earliest deadline that is due out of the table. Call until it yields `undefined`. */
  takeDue(now: Millis): Name | undefined {
    if (this.#earliest > now) return undefined
    let due: Name | undefined
    let earliest = now
    for (const [name, at] of this.#deadlines) {
      if (at > earliest || (due !== undefined && at === earliest)) continue
      due = name
      earliest = at
    }
    if (due !== undefined) this.clear(due)
    return due
  }

  /** Static, as V8 gives each object a field for its private methods. */
  static #look(of: TimerTable<string>): void {
    of.#earliest = Infinity
    for (const deadline of of.#deadlines.values()) if (deadline < of.#earliest) of.#earliest = deadline
  }
}
