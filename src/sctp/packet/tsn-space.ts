/**
 * Transmission Sequence Numbers (RFC 9260 §1.6) of one direction, unwrapped: the initial TSN is 1, and what follows
 * just grows. They stay small integers, which the engine keeps unboxed for the first 2³¹ chunks (2.4 TB).
 */
export class TsnSpace {
  readonly #base: number

  constructor(initialTsn: number) {
    this.#base = (initialTsn - 1) >>> 0
  }

  toWire(tsn: number): number {
    return (this.#base + tsn) >>> 0
  }

  /** The TSN meant by 32 bits of the wire: the one nearest to `reference` (RFC 1982 as RFC 9260 §1.6 uses it). */
  fromWire(wire: number, reference: number): number {
    return reference + ((wire - this.toWire(reference)) | 0)
  }
}
