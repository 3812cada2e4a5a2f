/**
 * A map that most of its owners put nothing into, or one entry: that is held here, and a table, 180 bytes with nothing in it, is made
 * for the second, and goes with the last. A connection has dozens of those, and a server has thousands of connections. Walked
 * through by `for` it is as any map: what is deleted meanwhile is not met, what is added is.
 */
export class SparseMap<Key, Value> {
  #map: Map<Key, Value> | undefined
  /** Of the entry that is held here, or was when the table was made, and is still there: tells it from all others. 0: there is none. */
  #serial = 0
  #key: Key | undefined
  #value: Value | undefined

  get size(): number {
    return this.#map === undefined ? (this.#serial === 0 ? 0 : 1) : this.#map.size
  }

  get(key: Key): Value | undefined {
    if (this.#map !== undefined) return this.#map.get(key)
    return this.#serial !== 0 && this.#key === key ? this.#value : undefined
  }

  has(key: Key): boolean {
    return this.#map === undefined ? this.#serial !== 0 && this.#key === key : this.#map.has(key)
  }

  set(key: Key, value: Value): this {
    if (this.#map !== undefined) {
      this.#map.set(key, value)
    } else if (this.#serial !== 0 && this.#key !== key) {
      this.#map = new Map([[this.#key as Key, this.#value as Value]])
      this.#map.set(key, value)
      this.#value = undefined
    } else {
      if (this.#serial === 0) this.#serial = newSerial()
      this.#key = key
      this.#value = value
    }
    return this
  }

  delete(key: Key): boolean {
    if (!this.has(key)) return false
    if (this.#map === undefined || this.#map.size === 1) this.clear()
    else {
      this.#map.delete(key)
      if (this.#serial !== 0 && this.#key === key) this.#forget()
    }
    return true
  }

  clear(): void {
    this.#map?.clear() // who walks through it meets nothing more of it
    this.#map = undefined
    this.#forget()
  }

  keys(): Iterable<Key> {
    return this.size === 0 ? NOTHING : this.#walk((key) => key)
  }

  values(): Iterable<Value> {
    return this.size === 0 ? NOTHING : this.#walk((_, value) => value)
  }

  [Symbol.iterator](): Iterator<[Key, Value]> {
    return this.size === 0 ? NOTHING[Symbol.iterator]() : this.#walk((key, value): [Key, Value] => [key, value])
  }

  *#walk<Part>(part: (key: Key, value: Value) => Part): Generator<Part, void, undefined> {
    let met = 0
    while (this.#map !== undefined || (this.#serial !== 0 && this.#serial !== met)) {
      const map = this.#map
      if (map === undefined) {
        met = this.#serial
        yield part(this.#key as Key, this.#value as Value)
        continue
      }
      const entries = map.entries()
      // What was held here is the first of the table.
      if (this.#serial !== 0 && this.#serial === met) entries.next()
      for (const [key, value] of entries) yield part(key, value)
      if (this.#map === map) return
    }
  }

  #forget(): void {
    this.#serial = 0
    this.#key = this.#value = undefined
  }
}

const NOTHING: readonly never[] = []

let newestSerial = 0

/** A small integer, which takes no memory of its own; not 0. */
export function newSerial(): number {
  newestSerial = (newestSerial % 0x3fffffff) + 1
  return newestSerial
}
