const FIRST_CAPACITY = 4
/** Of all that are empty: a connection has twenty queues, most of which never hold anything. Nothing is written to it. */
const NO_ROOM: never[] = []

/** A double-ended queue on a ring buffer: `push`, `shift` and `unshift` in constant time, however long it is. */
export class Deque<T> implements Iterable<T> {
  #ring: (T | undefined)[] = NO_ROOM
  #head = 0
  #length = 0

  get length(): number {
    return this.#length
  }

  push(item: T): void {
    if (this.#length === this.#ring.length) Deque.#grow(this)
    this.#ring[(this.#head + this.#length) & (this.#ring.length - 1)] = item
    this.#length++
  }

  unshift(item: T): void {
    if (this.#length === this.#ring.length) Deque.#grow(this)
    this.#head = (this.#head - 1) & (this.#ring.length - 1)
    this.#ring[this.#head] = item
    this.#length++
  }

  shift(): T | undefined {
    if (this.#length === 0) return undefined
    const item = this.#ring[this.#head]
    this.#ring[this.#head] = undefined // the ring must not keep what it gave away alive
    this.#head = (this.#head + 1) & (this.#ring.length - 1)
    this.#length--
    return item
  }

  peek(): T | undefined {
    return this.#length === 0 ? undefined : this.#ring[this.#head]
  }

  /** The item at `index`, counted from the front. */
  at(index: number): T | undefined {
    return index < 0 || index >= this.#length ? undefined : this.#ring[(this.#head + index) & (this.#ring.length - 1)]
  }

  clear(): void {
    this.#ring = NO_ROOM
    this.#head = 0
    this.#length = 0
  }

  *[Symbol.iterator](): Generator<T> {
    for (let i = 0; i < this.#length; i++) yield this.#ring[(this.#head + i) & (this.#ring.length - 1)] as T
  }

  /** Static, as V8 gives each object a field for its private methods. */
  static #grow<T>(of: Deque<T>): void {
    const ring = new Array<T | undefined>(of.#ring.length * 2 || FIRST_CAPACITY)
    for (let i = 0; i < of.#length; i++) ring[i] = of.#ring[(of.#head + i) & (of.#ring.length - 1)]
    of.#ring = ring
    of.#head = 0
  }
}
