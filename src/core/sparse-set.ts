import { newSerial } from './sparse-map.js'

/** A set that most of its owners put nothing into, or one value: as {@link SparseMap}. */
export class SparseSet<Value> {
  #set: Set<Value> | undefined
  /** Of the value that is held here, or was when the table was made, and is still there. 0: there is none. */
  #serial = 0
  #value: Value | undefined

  get size(): number {
    return this.#set === undefined ? (this.#serial === 0 ? 0 : 1) : this.#set.size
  }

  has(value: Value): boolean {
    return this.#set === undefined ? this.#serial !== 0 && this.#value === value : this.#set.has(value)
  }

  add(value: Value): this {
    if (this.#set !== undefined) {
      this.#set.add(value)
    } else if (this.#serial !== 0 && this.#value !== value) {
      this.#set = new Set([this.#value as Value, value])
    } else {
      if (this.#serial === 0) this.#serial = newSerial()
      this.#value = value
    }
    return this
  }

  delete(value: Value): boolean {
    if (!this.has(value)) return false
    if (this.#set === undefined || this.#set.size === 1) this.clear()
    else {
      this.#set.delete(value)
      if (this.#serial !== 0 && this.#value === value) this.#forget()
    }
    return true
  }

  clear(): void {
    this.#set?.clear() // who walks through it meets nothing more of it
    this.#set = undefined
    this.#forget()
  }

  [Symbol.iterator](): Iterator<Value> {
    return this.size === 0 ? NOTHING[Symbol.iterator]() : this.#walk()
  }

  *#walk(): Generator<Value, void, undefined> {
    let met = 0
    while (this.#set !== undefined || (this.#serial !== 0 && this.#serial !== met)) {
      const set = this.#set
      if (set === undefined) {
        met = this.#serial
        yield this.#value as Value
        continue
      }
      const values = set.values()
      // What was held here is the first of the table.
      if (this.#serial !== 0 && this.#serial === met) values.next()
      for (const value of values) yield value
      if (this.#set === set) return
    }
  }

  #forget(): void {
    this.#serial = 0
    this.#value = undefined
  }
}

const NOTHING: readonly never[] = []
