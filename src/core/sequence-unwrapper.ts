/**
 * Turns the wrapping counters of the wire into plain numbers that only grow, so that `<` just works after the parse
 * edge. The nearest value to the highest one seen so far is meant (RFC 1982, with numbers instead of a circle).
 */
export class SequenceUnwrapper {
  readonly #modulus: number
  #highest: number | undefined

  /** @param bits the width of the counter on the wire, 8 to 48 */
  constructor(bits: number) {
    this.#modulus = 2 ** bits
  }

  /** The number meant by `wrapped`; remembered when it is the highest so far. */
  unwrap(wrapped: number): number {
    const value = this.peek(wrapped)
    if (this.#highest === undefined || value > this.#highest) this.#highest = value
    return value
  }

  /** The number meant by `wrapped`, without remembering it: for values that are not authenticated yet. */
  peek(wrapped: number): number {
    if (this.#highest === undefined) return wrapped
    const half = this.#modulus / 2
    const base = this.#highest - (this.#highest % this.#modulus)
    let value = base + wrapped
    if (value - this.#highest > half) value -= this.#modulus
    else if (this.#highest - value >= half) value += this.#modulus
    return value
  }
}
