/** A set that most of its owners put nothing into, or one value: as {@link SparseMap}. */
export class SparseSet<Value> {
  #set: Set<Value> | undefined
  #hasOne = false
  #value: Value | undefined

  get size(): number {
    return this.#set === undefined ? (this.#hasOne ? 1 : 0) : this.#set.size
  }

  has(value: Value): boolean {
    return this.#set === undefined ? this.#hasOne && this.#value === value : this.#set.has(value)
  }

  add(value: Value): this {
    if (this.#set !== undefined) {
      this.#set.add(value)
    } else if (this.#hasOne && this.#value !== value) {
      this.#set = new Set([this.#value as Value, value])
      this.#hasOne = false
      this.#value = undefined
    } else {
      this.#hasOne = true
      this.#value = value
    }
    return this
  }

  delete(value: Value): boolean {
    if (!this.has(value)) return false
    if (this.#set === undefined || this.#set.size === 1) this.clear()
    else this.#set.delete(value)
    return true
  }

  clear(): void {
    this.#set?.clear() // who walks through it meets nothing more
    this.#set = this.#value = undefined
    this.#hasOne = false
  }

  [Symbol.iterator](): Iterator<Value> {
    if (this.#set !== undefined) return this.#set[Symbol.iterator]()
    const values: Value[] = this.#hasOne ? [this.#value as Value] : []
    return values[Symbol.iterator]()
  }
}
