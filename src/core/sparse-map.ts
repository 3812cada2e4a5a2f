/** So many entries are held in a list, which is searched from its beginning: 32 bytes each, where a table of two takes 180. */
const MOST_LISTED = 4

// What stands for a key where there is not one entry.
const NONE = Symbol('none')
const LIST = Symbol('list')
const TABLE = Symbol('table')

/** Serial, key and value of each entry, in turn. */
type List = unknown[]
/** Width of an entry in {@link List}. */
const WIDTH = 3

interface Table<Key, Value> {
  readonly map: Map<Key, Value>
  /** Serials and keys of the entries that were listed when the table was made and are still there: they are its first. */
  readonly listed: unknown[]
}

/**
 * A map that most of its owners put nothing into, or an entry or two: one is held here, up to four in a list, and a table is made for
 * the fifth. All go with the last entry. A connection has dozens of those, and a server has thousands of connections. Walked
 * through by `for` it is as any map: what is deleted meanwhile is not met, what is added is.
 */
export class SparseMap<Key, Value> {
  // No private methods: V8 gives each object a field for them.
  /** Of the newest entry, of those that were put in before there was a table: each has a greater one than all before it. */
  #serial = 0
  #key: Key | typeof NONE | typeof LIST | typeof TABLE = NONE
  /** The value, the {@link List} or the {@link Table}. */
  #held: unknown = undefined

  get size(): number {
    if (this.#key === NONE) return 0
    if (this.#key === LIST) return (this.#held as List).length / WIDTH
    return this.#key === TABLE ? (this.#held as Table<Key, Value>).map.size : 1
  }

  get(key: Key): Value | undefined {
    if (this.#key === key) return this.#held as Value
    if (this.#key === LIST) {
      const list = this.#held as List
      const at = indexIn(list, key)
      return at < 0 ? undefined : (list[at + 2] as Value)
    }
    return this.#key === TABLE ? (this.#held as Table<Key, Value>).map.get(key) : undefined
  }

  has(key: Key): boolean {
    if (this.#key === key) return true
    if (this.#key === LIST) return indexIn(this.#held as List, key) >= 0
    return this.#key === TABLE && (this.#held as Table<Key, Value>).map.has(key)
  }

  set(key: Key, value: Value): this {
    if (this.#key === TABLE) {
      ;(this.#held as Table<Key, Value>).map.set(key, value)
    } else if (this.#key === NONE || this.#key === key) {
      if (this.#key === NONE) this.#serial++
      this.#key = key
      this.#held = value
    } else if (this.#key !== LIST) {
      this.#held = [this.#serial, this.#key, this.#held, this.#serial + 1, key, value]
      this.#serial++
      this.#key = LIST
    } else {
      const list = this.#held as List
      const at = indexIn(list, key)
      if (at >= 0) list[at + 2] = value
      else if (list.length < MOST_LISTED * WIDTH) this.#held = list.concat(++this.#serial, [key, value])
      else {
        this.#key = TABLE
        this.#held = tableOf<Key, Value>(list, key, value)
      }
    }
    return this
  }

  delete(key: Key): boolean {
    if (!this.has(key)) return false
    if (this.size === 1) {
      this.clear()
    } else if (this.#key === LIST) {
      const list = this.#held as List
      list.splice(indexIn(list, key), WIDTH)
    } else {
      const { map, listed } = this.#held as Table<Key, Value>
      map.delete(key)
      for (let at = 0; at < listed.length; at += 2) if (listed[at + 1] === key) listed.splice(at, 2)
    }
    return true
  }

  clear(): void {
    // Who walks through it meets nothing more of it.
    if (this.#key === TABLE) (this.#held as Table<Key, Value>).map.clear()
    this.#key = NONE
    this.#held = undefined
  }

  keys(): Iterable<Key> {
    return this.#key === NONE ? NOTHING : new Walk(this, keysOf, keyOf)
  }

  values(): Iterable<Value> {
    return this.#key === NONE ? NOTHING : new Walk(this, valuesOf, valueOf)
  }

  [Symbol.iterator](): Iterator<[Key, Value]> {
    const isEmpty = this.#key === NONE
    return isEmpty ? NOTHING[Symbol.iterator]() : new Walk<Key, Value, [Key, Value]>(this, entriesOf, entryOf)
  }

  /** The next step of a walk: where it is kept, in {@link Walk}. */
  static step<Key, Value, Part>(walk: Walk<Key, Value, Part>): IteratorResult<Part, undefined> {
    const { of } = walk
    for (;;) {
      const key = of.#key
      if (key === NONE) return OVER
      if (key === LIST) {
        const list = of.#held as List
        for (let at = 0; at < list.length; at += WIDTH) {
          if ((list[at] as number) <= walk.met) continue
          walk.met = list[at] as number
          return { done: false, value: walk.partOf(list[at + 1] as Key, list[at + 2] as Value) }
        }
        return OVER
      }
      if (key !== TABLE) {
        if (of.#serial <= walk.met) return OVER
        walk.met = of.#serial
        return { done: false, value: walk.partOf(key, of.#held as Value) }
      }
      const { map, listed } = of.#held as Table<Key, Value>
      if (map !== walk.map) {
        walk.map = map
        walk.parts = walk.partsOf(map)
        for (let at = 0; at < listed.length && (listed[at] as number) <= walk.met; at += 2) walk.parts.next()
      }
      const result = walk.parts!.next()
      if (result.done !== true) return result
      if (of.#key === TABLE && (of.#held as Table<Key, Value>).map === map) return OVER
    }
  }
}

/** Where the entry of the key begins; -1 when there is none. */
function indexIn(list: List, key: unknown): number {
  for (let at = 0; at < list.length; at += WIDTH) if (list[at + 1] === key) return at
  return -1
}

function tableOf<Key, Value>(list: List, key: Key, value: Value): Table<Key, Value> {
  const map = new Map<Key, Value>()
  const listed: unknown[] = []
  for (let at = 0; at < list.length; at += WIDTH) {
    map.set(list[at + 1] as Key, list[at + 2] as Value)
    listed.push(list[at], list[at + 1])
  }
  return { map: map.set(key, value), listed }
}

/** A walk through a {@link SparseMap}, and how far it is. */
class Walk<Key, Value, Part> implements IterableIterator<Part, undefined> {
  readonly of: SparseMap<Key, Value>
  readonly partsOf: (map: Map<Key, Value>) => Iterator<Part, undefined>
  readonly partOf: (key: Key, value: Value) => Part
  /** The serial of the newest entry that was met outside of a table. */
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
