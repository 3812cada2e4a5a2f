/**
 * A set of integers as sorted ranges that do not touch: the TSNs beyond the cumulative one, as SACK tells of them. Both
 * directions keep one. Lookups are binary searches; the usual change, at the end, takes constant time.
 */
export class RangeSet {
  readonly #starts: number[] = []
  readonly #ends: number[] = []

  /** How many ranges there are. */
  get size(): number {
    return this.#starts.length
  }

  startOf(index: number): number {
    return this.#starts[index]!
  }

  endOf(index: number): number {
    return this.#ends[index]!
  }

  has(value: number): boolean {
    const index = this.#firstEndingAtOrAfter(value)
    return index < this.size && this.#starts[index]! <= value
  }

  /** Whether adding `value` lengthens a range, and does not begin a new one. */
  touches(value: number): boolean {
    const index = this.#firstEndingAtOrAfter(value - 1)
    return index < this.size && this.#starts[index]! <= value + 1
  }

  /** Adds `start` to `end`, both included, and tells of each part that was not there before. */
  add(start: number, end: number, onNew?: (from: number, to: number) => void): void {
    const first = this.#firstEndingAtOrAfter(start - 1)
    let cursor = start
    let mergedEnd = end
    let after = first
    while (after < this.size && this.#starts[after]! <= end + 1) {
      const knownStart = this.#starts[after]!
      const knownEnd = this.#ends[after]!
      if (onNew !== undefined && cursor < knownStart) onNew(cursor, Math.min(knownStart - 1, end))
      cursor = Math.max(cursor, knownEnd + 1)
      mergedEnd = Math.max(end, knownEnd)
      after++
    }
    if (onNew !== undefined && cursor <= end) onNew(cursor, end)
    if (after === first) {
      this.#starts.splice(first, 0, start)
      this.#ends.splice(first, 0, end)
      return
    }
    this.#starts[first] = Math.min(start, this.#starts[first]!)
    this.#ends[first] = mergedEnd
    if (after - first > 1) {
      this.#starts.splice(first + 1, after - first - 1)
      this.#ends.splice(first + 1, after - first - 1)
    }
  }

  /** Forgets everything up to `value`, included. */
  dropThrough(value: number): void {
    if (this.size === 0 || this.#starts[0]! > value) return
    const keepFrom = this.#firstEndingAtOrAfter(value + 1)
    this.#starts.splice(0, keepFrom)
    this.#ends.splice(0, keepFrom)
    if (this.size > 0 && this.#starts[0]! <= value) this.#starts[0] = value + 1
  }

  clear(): void {
    this.#starts.length = 0
    this.#ends.length = 0
  }

  #firstEndingAtOrAfter(value: number): number {
    let low = 0
    let high = this.size
    if (high === 0 || this.#ends[high - 1]! < value) return high
    while (low < high) {
      const middle = (low + high) >>> 1
      if (this.#ends[middle]! < value) low = middle + 1
      else high = middle
    }
    return low
  }
}
