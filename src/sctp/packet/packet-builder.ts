/**
 * Assembles one packet after the other in place. Their memory is cut from large slabs, which costs a fraction of an
 * ArrayBuffer each; no two packets overlap, and a slab is let go with its last packet. All associations share the
 * current slab, so that an idle one holds none.
 */
import { COMMON_HEADER_LENGTH, putCommonHeader } from './common-header.js'
import { putChecksum } from './crc32c.js'
import { paddedLength } from './wire.js'

const SLAB_LENGTH = 64 * 1024
const NO_SLAB = new Uint8Array(0)

let slab: Uint8Array = NO_SLAB
let slabUsed = 0

export class PacketBuilder {
  readonly #localPort: number
  readonly #remotePort: number
  readonly #capacity: number
  #bytes: Uint8Array = NO_SLAB
  #start = 0
  #end = 0

  constructor(localPort: number, remotePort: number, mtuBytes: number) {
    this.#localPort = localPort
    this.#remotePort = remotePort
    // Chunks are padded to four, so that the odd bytes at the end are of no use.
    this.#capacity = mtuBytes & ~3
  }

  /** The largest chunk, header included, that fits an empty packet. */
  get maxChunkLength(): number {
    return this.#capacity - COMMON_HEADER_LENGTH
  }

  start(verificationTag: number): void {
    if (slabUsed + this.#capacity > slab.length) {
      slab = new Uint8Array(Math.max(SLAB_LENGTH, this.#capacity))
      slabUsed = 0
    }
    this.#bytes = slab
    this.#start = slabUsed
    this.#end = slabUsed + COMMON_HEADER_LENGTH
    putCommonHeader(slab, this.#start, this.#localPort, this.#remotePort, verificationTag)
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
    // A packet that was begun and dropped may have left something here.
    for (let i = at + length; i < this.#end; i++) this.#bytes[i] = 0
    return at
  }

  append(chunk: Uint8Array): void {
    this.#bytes.set(chunk, this.reserve(chunk.length))
  }

  /** The packet. With `zeroChecksum` its field stays zero (RFC 9653 §5.2). */
  finish(zeroChecksum: boolean): Uint8Array {
    const packet = this.#bytes.subarray(this.#start, this.#end)
    slabUsed = this.#end
    this.#bytes = NO_SLAB // an idle association must not keep a slab alive
    if (!zeroChecksum) putChecksum(packet)
    return packet
  }
}
