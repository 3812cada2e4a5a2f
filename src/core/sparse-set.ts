/** A set that most of its owners never put anything into: as {@link SparseMap}. */
export class SparseSet<Value> {
  #set: Set<Value> | undefined

  get size(): number {
    return this.#set === undefined ? 0 : this.#set.size
  }

  has(value: Value): boolean {
    return this.#set !== undefined && this.#set.has(value)
  }

  add(value: Value): this {
    this.#set ??= new Set()
    this.#set.add(value)
    return this
  }

  delete(value: Value): boolean {
    return this.#set !== undefined && this.#set.delete(value)
  }

  clear(): void {
    this.#set?.clear()
  }

  [Symbol.iterator](): Iterator<Value> {
    return this.#set === undefined ? NO_VALUES[Symbol.iterator]() : this.#set[Symbol.iterator]()
  }
}

const NO_VALUES: readonly never[] = []
