const INITIAL_CAPACITY = 256

/** Writes big-endian fields into a buffer that grows. Writing cannot fail. */
export class ByteWriter {
  #bytes: Uint8Array
  #length = 0

  constructor(capacityBytes: number = INITIAL_CAPACITY) {
    this.#bytes = new Uint8Array(capacityBytes)
  }

  get length(): number {
    return this.#length
  }

  uint8(value: number): this {
    const at = this.#reserve(1)
    this.#bytes[at] = value
    return this
  }

  uint16(value: number): this {
    return this.setUint16(this.#reserve(2), value)
  }

  uint24(value: number): this {
    return this.setUint24(this.#reserve(3), value)
  }

  uint32(value: number): this {
    return this.setUint32(this.#reserve(4), value)
  }

  /** 48 bits, as DTLS sequence numbers have; exact, since a number holds 53. */
  uint48(value: number): this {
    return this.uint16(Math.floor(value / 2 ** 32)).uint32(value)
  }

  uint64(value: bigint): this {
    return this.uint32(Number((value >> 32n) & 0xffff_ffffn)).uint32(Number(value & 0xffff_ffffn))
  }

  bytes(value: Uint8Array): this {
    const at = this.#reserve(value.length)
    this.#bytes.set(value, at)
    return this
  }

  zeros(count: number): this {
    const at = this.#reserve(count)
    this.#bytes.fill(0, at, at + count)
    return this
  }

  /** Fills up with zeros to the next multiple of four. */
  padTo4(): this {
    return this.zeros(-this.#length & 3)
  }

  /** Overwrites a field that was written before, at offset `at`. */
  setUint16(at: number, value: number): this {
    this.#bytes[at] = value >>> 8
    this.#bytes[at + 1] = value
    return this
  }

  setUint24(at: number, value: number): this {
    this.#bytes[at] = value >>> 16
    return this.setUint16(at + 1, value)
  }

  setUint32(at: number, value: number): this {
    return this.setUint16(at, value >>> 16).setUint16(at + 2, value)
  }

  /** Begins again, in the memory that there is: a view of what was written before is then worth nothing. */
  clear(): this {
    this.#length = 0
    return this
  }

  /** What was written, as a view: valid until the next write. */
  finish(): Uint8Array {
    return this.#bytes.subarray(0, this.#length)
  }

  #reserve(count: number): number {
    const at = this.#length
    this.#length = at + count
    if (this.#length > this.#bytes.length) ByteWriter.#grow(this, at)
    return at
  }

  static #grow(of: ByteWriter, used: number): void {
    const grown = new Uint8Array(Math.max(of.#length, of.#bytes.length * 2))
    grown.set(of.#bytes.subarray(0, used))
    of.#bytes = grown
  }
}
