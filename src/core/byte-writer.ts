const INITIAL_CAPACITY = 256

/** Writes big-endian fields into a buffer that grows. Writing cannot fail. */
export class ByteWriter {
  #bytes: Uint8Array
  #view: DataView
  #length = 0

  constructor(capacityBytes: number = INITIAL_CAPACITY) {
    this.#bytes = new Uint8Array(capacityBytes)
    this.#view = new DataView(this.#bytes.buffer)
  }

  get length(): number {
    return this.#length
  }

  uint8(value: number): this {
    const at = this.#reserve(1)
    this.#view.setUint8(at, value)
    return this
  }

  uint16(value: number): this {
    const at = this.#reserve(2)
    this.#view.setUint16(at, value)
    return this
  }

  uint24(value: number): this {
    const at = this.#reserve(3)
    this.#view.setUint8(at, value >>> 16)
    this.#view.setUint16(at + 1, value & 0xffff)
    return this
  }

  uint32(value: number): this {
    const at = this.#reserve(4)
    this.#view.setUint32(at, value >>> 0)
    return this
  }

  /** 48 bits, as DTLS sequence numbers have; exact, since a number holds 53. */
  uint48(value: number): this {
    const at = this.#reserve(6)
    this.#view.setUint16(at, Math.floor(value / 2 ** 32))
    this.#view.setUint32(at + 2, value >>> 0)
    return this
  }

  uint64(value: bigint): this {
    const at = this.#reserve(8)
    this.#view.setBigUint64(at, value)
    return this
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
    this.#view.setUint16(at, value)
    return this
  }

  setUint24(at: number, value: number): this {
    this.#view.setUint8(at, value >>> 16)
    this.#view.setUint16(at + 1, value & 0xffff)
    return this
  }

  setUint32(at: number, value: number): this {
    this.#view.setUint32(at, value >>> 0)
    return this
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
    this.#length += count
    if (this.#length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#length, this.#bytes.length * 2))
      grown.set(this.#bytes.subarray(0, at))
      this.#bytes = grown
      this.#view = new DataView(grown.buffer)
    }
    return at
  }
}
