/**
 * Reads big-endian fields from hostile bytes. A read past the end yields zeros and marks the reader as failed, so a
 * parser reads straight through and asks `ok` once at the end, before it believes anything.
 */
export class ByteReader {
  readonly #bytes: Uint8Array
  #offset = 0
  #ok = true

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes
  }

  /** False once any read went past the end. */
  get ok(): boolean {
    return this.#ok
  }

  get offset(): number {
    return this.#offset
  }

  get remaining(): number {
    return this.#bytes.length - this.#offset
  }

  uint8(): number {
    const at = this.#take(1)
    return at < 0 ? 0 : this.#bytes[at]!
  }

  uint16(): number {
    const at = this.#take(2)
    return at < 0 ? 0 : (this.#bytes[at]! << 8) | this.#bytes[at + 1]!
  }

  uint24(): number {
    const at = this.#take(3)
    return at < 0 ? 0 : (this.#bytes[at]! << 16) | (this.#bytes[at + 1]! << 8) | this.#bytes[at + 2]!
  }

  uint32(): number {
    const at = this.#take(4)
    if (at < 0) return 0
    const b = this.#bytes
    return ((b[at]! << 24) | (b[at + 1]! << 16) | (b[at + 2]! << 8) | b[at + 3]!) >>> 0
  }

  /** 48 bits, as DTLS sequence numbers have; exact, since a number holds 53. */
  uint48(): number {
    const high = this.uint16()
    return high * 2 ** 32 + this.uint32()
  }

  uint64(): bigint {
    const high = this.uint32()
    return (BigInt(high) << 32n) | BigInt(this.uint32())
  }

  /** The next `length` bytes, as a view; empty after a failed read. */
  bytes(length: number): Uint8Array {
    const at = this.#take(length)
    return at < 0 ? new Uint8Array(0) : this.#bytes.subarray(at, at + length)
  }

  rest(): Uint8Array {
    return this.bytes(this.remaining)
  }

  /** A vector whose length stands before it in one, two or three bytes (RFC 8446 §3.4). */
  vector(lengthBytes: 1 | 2 | 3): Uint8Array {
    const length = lengthBytes === 1 ? this.uint8() : lengthBytes === 2 ? this.uint16() : this.uint24()
    return this.bytes(length)
  }

  skip(count: number): void {
    this.#take(count)
  }

  #take(count: number): number {
    if (!this.#ok || count > this.#bytes.length - this.#offset) {
      this.#ok = false
      return -1
    }
    const at = this.#offset
    this.#offset += count
    return at
  }
}
