/**
 * I-FORWARD-TSN chunk (RFC 8260 §2.3.1, https://www.rfc-editor.org/rfc/rfc8260#section-2.3.1): FORWARD-TSN for I-DATA. It
 * names unordered messages too (U), since their fragments cannot be told by their TSNs.
 *
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +---------------+---------------+-------------------------------+
 *  |  Type = 194   |   Flags (0)   |            Length             |
 *  +---------------+---------------+-------------------------------+
 *  |                      New Cumulative TSN                       |
 *  +-------------------------------+-----------------------------+-+
 *  |       Stream Identifier       |          Reserved           |U|
 *  +-------------------------------+-----------------------------+-+
 *  |                      Message Identifier                       |
 *  +---------------------------------------------------------------+
 *  \                              ...                              \
 *  +---------------------------------------------------------------+
 */
import { ByteWriter } from '../../../core/index.js'
import { CHUNK_I_FORWARD_TSN } from '../chunk-type.js'
import { encodeChunk } from '../chunk-walker.js'
import { uint16At, uint32At } from '../wire.js'
import type { ForwardTsnChunk, SkippedMessages } from './forward-tsn.js'

export const I_FORWARD_TSN_ENTRY_LENGTH = 8
const UNORDERED = 1

export function parseIForwardTsn(body: Uint8Array): ForwardTsnChunk | undefined {
  if (body.length % I_FORWARD_TSN_ENTRY_LENGTH !== 4) return undefined
  const skipped: SkippedMessages[] = []
  for (let at = 4; at < body.length; at += I_FORWARD_TSN_ENTRY_LENGTH) {
    const ordered = (uint16At(body, at + 2) & UNORDERED) === 0
    skipped.push({ streamId: uint16At(body, at), ordered, sequence: uint32At(body, at + 4) })
  }
  return { newCumulativeTsn: uint32At(body, 0), skipped }
}

export function encodeIForwardTsn(chunk: ForwardTsnChunk): Uint8Array {
  const writer = new ByteWriter(4 + chunk.skipped.length * I_FORWARD_TSN_ENTRY_LENGTH)
  writer.uint32(chunk.newCumulativeTsn)
  for (const { streamId, ordered, sequence } of chunk.skipped) {
    writer
      .uint16(streamId)
      .uint16(ordered ? 0 : UNORDERED)
      .uint32(sequence)
  }
  return encodeChunk(CHUNK_I_FORWARD_TSN, 0, writer.finish())
}
