/**
 * A map that most of its owners put nothing into, or one entry: that is held here, and a table, 180 bytes with nothing in it, is made
 * for the second, and goes with the last. A connection has dozens of those, and a server has thousands of connections. As with any
 * map, entries may be deleted while it is walked through; but what is added meanwhile may not be met.
 */
export class SparseMap<Key, Value> {
  #map: Map<Key, Value> | undefined
  #hasOne = false
  #key: Key | undefined
  #value: Value | undefined

  get size(): number {
    return this.#map === undefined ? (this.#hasOne ? 1 : 0) : this.#map.size
  }

  get(key: Key): Value | undefined {
    if (this.#map !== undefined) return this.#map.get(key)
    return this.#hasOne && this.#key === key ? this.#value : undefined
  }

  has(key: Key): boolean {
    return this.#map === undefined ? this.#hasOne && this.#key === key : this.#map.has(key)
  }

  set(key: Key, value: Value): this {
    if (this.#map !== undefined) {
      this.#map.set(key, value)
    } else if (this.#hasOne && this.#key !== key) {
      this.#map = new Map([[this.#key as Key, this.#value as Value]])
      this.#map.set(key, value)
      this.#hasOne = false
      this.#key = this.#value = undefined
    } else {
      this.#hasOne = true
      this.#key = key
      this.#value = value
    }
    return this
  }

  delete(key: Key): boolean {
    if (!this.has(key)) return false
    if (this.#map === undefined || this.#map.size === 1) this.clear()
    else this.#map.delete(key)
    return true
  }

  clear(): void {
    this.#map?.clear() // who walks through it meets nothing more
    this.#map = this.#key = this.#value = undefined
    this.#hasOne = false
  }

  keys(): Iterable<Key> {
    return this.#map?.keys() ?? (this.#hasOne ? [this.#key as Key] : NOTHING)
  }

  values(): Iterable<Value> {
    return this.#map?.values() ?? (this.#hasOne ? [this.#value as Value] : NOTHING)
  }

  [Symbol.iterator](): Iterator<[Key, Value]> {
    if (this.#map !== undefined) return this.#map[Symbol.iterator]()
    const entries: [Key, Value][] = this.#hasOne ? [[this.#key as Key, this.#value as Value]] : []
    return entries[Symbol.iterator]()
  }
}

const NOTHING: readonly never[] = []
