/** A set that most of its owners put nothing into, or one value: as {@link SparseMap}. */
export class SparseSet<Value> {
  // No private methods: V8 gives each object a field for them.
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
      if (this.#serial !== 0 && this.#value === value) {
        this.#serial = 0
        this.#value = undefined
      }
    }
    return true
  }

  clear(): void {
    this.#set?.clear() // who walks through it meets nothing more of it
    this.#set = undefined
    this.#serial = 0
    this.#value = undefined
  }

  [Symbol.iterator](): Iterator<Value> {
    return this.size === 0 ? NOTHING[Symbol.iterator]() : SparseSet.#walk(this)
  }

  static *#walk<Value>(of: SparseSet<Value>): Generator<Value, void, undefined> {
    let met = 0
    while (of.#set !== undefined || (of.#serial !== 0 && of.#serial !== met)) {
      const set = of.#set
      if (set === undefined) {
        met = of.#serial
        yield of.#value as Value
        continue
      }
      const values = set.values()
      // What was held here is the first of the table.
      if (of.#serial !== 0 && of.#serial === met) values.next()
      for (const value of values) yield value
      if (of.#set === set) return
    }
  }
}

const NOTHING: readonly never[] = []

let newestSerial = 0

/** A small integer, which takes no memory of its own; not 0. */
function newSerial(): number {
  newestSerial = (newestSerial % 0x3fffffff) + 1
  return newestSerial
}
