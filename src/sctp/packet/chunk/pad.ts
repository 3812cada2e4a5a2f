/**
 * PAD chunk (RFC 4820 §3, https://www.rfc-editor.org/rfc/rfc4820#section-3): makes a packet as long as a probe has to be.
 *
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +---------------+---------------+-------------------------------+
 *  |  Type = 0x84  |   Flags (0)   |            Length             |
 *  +---------------+---------------+-------------------------------+
 *  \                         Padding Data                          \
 *  +---------------------------------------------------------------+
 */
import { CHUNK_PAD } from '../chunk-type.js'
import { CHUNK_HEADER_LENGTH } from '../chunk-walker.js'
import { putUint16 } from '../wire.js'

/** Writes a chunk of `length` bytes, header included; what it is filled with does not matter, so that it is zeros. */
export function putPad(bytes: Uint8Array, at: number, length: number): void {
  bytes[at] = CHUNK_PAD
  bytes[at + 1] = 0
  putUint16(bytes, at + 2, length)
  bytes.fill(0, at + CHUNK_HEADER_LENGTH, at + length)
}
