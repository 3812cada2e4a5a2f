/** Assembles one packet after the other, each in memory that it is given: above it there is room for what packets travel in. */
import { COMMON_HEADER_LENGTH, putCommonHeader } from './common-header.js'
import { putChecksum } from './crc32c.js'
import { paddedLength } from './wire.js'

const NO_MEMORY = new Uint8Array(0)

export class PacketBuilder {
  readonly #localPort: number
  readonly #remotePort: number
  readonly #baseCapacity: number
  #capacity: number
  #bytes: Uint8Array = NO_MEMORY
  #start = 0
  #end = 0

  constructor(localPort: number, remotePort: number, mtuBytes: number) {
    this.#localPort = localPort
    this.#remotePort = remotePort
    // Chunks are padded to four, so that the odd bytes at the end are of no use.
    this.#baseCapacity = mtuBytes & ~3
    this.#capacity = this.#baseCapacity
  }

  /** The largest chunk, header included, that fits an empty packet on every path. */
  get maxChunkLength(): number {
    return this.#baseCapacity - COMMON_HEADER_LENGTH
  }

  /** How long the fragments of a long message are, header included, so that they fill a packet, none above the largest chunk. */
  get fragmentLength(): number {
    const whole = this.#capacity - COMMON_HEADER_LENGTH
    return Math.floor(whole / Math.ceil(whole / this.maxChunkLength)) & ~3
  }

  /**
   * Begins a packet at `start` in the memory, which has room there for the largest one.
   * @param mtuBytes how long it may be, where that is not what every path carries
   */
  start(verificationTag: number, bytes: Uint8Array, start: number, mtuBytes = this.#baseCapacity): void {
    this.#capacity = mtuBytes & ~3
    this.#bytes = bytes
    this.#start = start
    this.#end = start + COMMON_HEADER_LENGTH
    putCommonHeader(bytes, start, this.#localPort, this.#remotePort, verificationTag)
  }

  /** Bytes left, a multiple of four. */
  get room(): number {
    return this.#capacity - (this.#end - this.#start)
  }

  get isEmpty(): boolean {
    return this.#end - this.#start === COMMON_HEADER_LENGTH
  }

  /** The memory into which `reserve` points. */
  get bytes(): Uint8Array {
    return this.#bytes
  }

  /** Takes room for a chunk of `length` bytes (padded with zeros) and tells where it begins. */
  reserve(length: number): number {
    const at = this.#end
    this.#end = at + paddedLength(length)
    for (let i = at + length; i < this.#end; i++) this.#bytes[i] = 0 // another packet was here before
    return at
  }

  append(chunk: Uint8Array): void {
    this.#bytes.set(chunk, this.reserve(chunk.length))
  }

  /** The length of the packet. With `zeroChecksum` that field stays zero (RFC 9653 §5.2). */
  finish(zeroChecksum: boolean): number {
    if (!zeroChecksum) putChecksum(this.#bytes.subarray(this.#start, this.#end))
    this.#bytes = NO_MEMORY // an idle association must not keep any alive
    return this.#end - this.#start
  }
}
