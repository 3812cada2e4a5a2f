/**
 * Walks over the chunks of a packet (RFC 9260 §3.2).
 *
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +---------------+---------------+-------------------------------+
 *  |     Type      |     Flags     |   Length (4 + that of body)   |
 *  +---------------+---------------+-------------------------------+
 *  \                      Body, padded to four                     \
 *  +---------------------------------------------------------------+
 */
import { ByteWriter } from '../../core/index.js'
import { COMMON_HEADER_LENGTH } from './common-header.js'
import { paddedLength, uint16At } from './wire.js'

export const CHUNK_HEADER_LENGTH = 4

/** A cursor: after `next()` its fields tell of the current chunk. One object per packet, none per chunk. */
export class ChunkWalker {
  readonly packet: Uint8Array
  type = 0
  flags = 0
  /** Where the chunk, its body and its end (without padding) are in the packet. */
  start = 0
  bodyStart = 0
  end = COMMON_HEADER_LENGTH
  /** The walk stopped at a chunk that does not fit its packet. */
  malformed = false

  constructor(packet: Uint8Array) {
    this.packet = packet
  }

  next(): boolean {
    const at = paddedLength(this.end)
    if (at >= this.packet.length || this.malformed) return false
    const length = at + CHUNK_HEADER_LENGTH > this.packet.length ? 0 : uint16At(this.packet, at + 2)
    if (length < CHUNK_HEADER_LENGTH || at + length > this.packet.length) {
      this.malformed = true
      return false
    }
    this.type = this.packet[at]!
    this.flags = this.packet[at + 1]!
    this.start = at
    this.bodyStart = at + CHUNK_HEADER_LENGTH
    this.end = at + length
    return true
  }

  /** Goes on with the chunk at `at`, where one may end, or after padding. */
  skipTo(at: number): boolean {
    this.end = at
    return this.next()
  }

  /** Whether another chunk follows, sound or not. */
  get hasMore(): boolean {
    return paddedLength(this.end) < this.packet.length
  }

  get body(): Uint8Array {
    return this.packet.subarray(this.bodyStart, this.end)
  }

  get whole(): Uint8Array {
    return this.packet.subarray(this.start, this.end)
  }
}

/** A chunk with padding, ready to be put into a packet. */
export function encodeChunk(type: number, flags: number, body: Uint8Array): Uint8Array {
  const length = CHUNK_HEADER_LENGTH + body.length
  const writer = new ByteWriter(paddedLength(length))
  return writer.uint8(type).uint8(flags).uint16(length).bytes(body).padTo4().finish()
}
