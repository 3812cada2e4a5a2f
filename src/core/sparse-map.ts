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
    return this.#map === undefined && this.#serial === 0 ? NOTHING : new Walk(this, keysOf, keyOf)
  }

  values(): Iterable<Value> {
    return this.#map === undefined && this.#serial === 0 ? NOTHING : new Walk(this, valuesOf, valueOf)
  }

  [Symbol.iterator](): Iterator<[Key, Value]> {
    const isEmpty = this.#map === undefined && this.#serial === 0
    return isEmpty ? NOTHING[Symbol.iterator]() : new Walk<Key, Value, [Key, Value]>(this, entriesOf, entryOf)
  }

  /** The next step of a walk: where it is kept, in {@link Walk}. */
  static step<Key, Value, Part>(walk: Walk<Key, Value, Part>): IteratorResult<Part, undefined> {
    const { of } = walk
    for (;;) {
      const map = of.#map
      if (map === undefined) {
        if (of.#serial === 0 || of.#serial === walk.met) return OVER
        walk.met = of.#serial
        return { done: false, value: walk.partOf(of.#key as Key, of.#value as Value) }
      }
      if (map !== walk.map) {
        walk.map = map
        walk.parts = walk.partsOf(map)
        // What was held here is the first of the table.
        if (of.#serial !== 0 && of.#serial === walk.met) walk.parts.next()
      }
      const result = walk.parts!.next()
      if (result.done !== true) return result
      if (of.#map === map) return OVER
    }
  }

  #forget(): void {
    this.#serial = 0
    this.#key = this.#value = undefined
  }
}

/** A walk through a {@link SparseMap}, and how far it is. */
class Walk<Key, Value, Part> implements IterableIterator<Part, undefined> {
  readonly of: SparseMap<Key, Value>
  readonly partsOf: (map: Map<Key, Value>) => Iterator<Part, undefined>
  readonly partOf: (key: Key, value: Value) => Part
  /** The entry that was held by the map itself when it was met. */
  met = 0
  map: Map<Key, Value> | undefined = undefined
  parts: Iterator<Part, undefined> | undefined = undefined

  constructor(
    of: SparseMap<Key, Value>,
    partsOf: (map: Map<Key, Value>) => Iterator<Part, undefined>,
    partOf: (key: Key, value: Value) => Part,
  ) {
    this.of = of
    this.partsOf = partsOf
    this.partOf = partOf
  }

  next(): IteratorResult<Part, undefined> {
    return SparseMap.step(this)
  }

  [Symbol.iterator](): this {
    return this
  }
}

const NOTHING: readonly never[] = []
const OVER: IteratorReturnResult<undefined> = { done: true, value: undefined }

// One function each for all walks.
const keysOf = <Key, Value>(map: Map<Key, Value>): Iterator<Key, undefined> => map.keys()
const valuesOf = <Key, Value>(map: Map<Key, Value>): Iterator<Value, undefined> => map.values()
const entriesOf = <Key, Value>(map: Map<Key, Value>): Iterator<[Key, Value], undefined> => map.entries()
const keyOf = <Key>(key: Key): Key => key
const valueOf = <Value>(_: unknown, value: Value): Value => value
const entryOf = <Key, Value>(key: Key, value: Value): [Key, Value] => [key, value]

let newestSerial = 0

/** A small integer, which takes no memory of its own; not 0. */
export function newSerial(): number {
  newestSerial = (newestSerial % 0x3fffffff) + 1
  return newestSerial
}
