/**
 * A map that most of its owners never put anything into: its table, 180 bytes with nothing in it, is made for the first entry. A
 * connection has dozens of those, and a server has thousands of connections.
 */
export class SparseMap<Key, Value> {
  #map: Map<Key, Value> | undefined

  get size(): number {
    return this.#map === undefined ? 0 : this.#map.size
  }

  get(key: Key): Value | undefined {
    return this.#map?.get(key)
  }

  has(key: Key): boolean {
    return this.#map !== undefined && this.#map.has(key)
  }

  set(key: Key, value: Value): this {
    this.#map ??= new Map()
    this.#map.set(key, value)
    return this
  }

  delete(key: Key): boolean {
    return this.#map !== undefined && this.#map.delete(key)
  }

  clear(): void {
    this.#map?.clear()
  }

  keys(): Iterable<Key> {
    return this.#map?.keys() ?? []
  }

  values(): Iterable<Value> {
    return this.#map?.values() ?? []
  }

  [Symbol.iterator](): Iterator<[Key, Value]> {
    return this.#map === undefined ? NO_ENTRIES[Symbol.iterator]() : this.#map[Symbol.iterator]()
  }
}

const NO_ENTRIES: readonly never[] = []
