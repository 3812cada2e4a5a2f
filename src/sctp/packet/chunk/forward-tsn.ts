/**
 * FORWARD-TSN chunk (RFC 3758 §3.2, https://www.rfc-editor.org/rfc/rfc3758#section-3.2).
 *
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +---------------+---------------+-------------------------------+
 *  |  Type = 192   |   Flags (0)   |            Length             |
 *  +---------------+---------------+-------------------------------+
 *  |                      New Cumulative TSN                       |
 *  +-------------------------------+-------------------------------+
 *  |            Stream-1           |       Stream Sequence-1       |
 *  \                              ...                              \
 *  +---------------------------------------------------------------+
 */
import { ByteWriter } from '../../../core/index.js'
import { CHUNK_FORWARD_TSN } from '../chunk-type.js'
import { encodeChunk } from '../chunk-walker.js'
import { uint16At, uint32At } from '../wire.js'

export const FORWARD_TSN_HEADER_LENGTH = 8
export const FORWARD_TSN_ENTRY_LENGTH = 4

export interface SkippedMessages {
  readonly streamId: number
  /** Always so in FORWARD-TSN. */
  readonly ordered: boolean
  /** The largest Stream Sequence Number, in I-FORWARD-TSN the largest MID, that is skipped, as on the wire. */
  readonly sequence: number
}

export interface ForwardTsnChunk {
  /** As on the wire. */
  readonly newCumulativeTsn: number
  readonly skipped: readonly SkippedMessages[]
}

export function parseForwardTsn(body: Uint8Array): ForwardTsnChunk | undefined {
  if (body.length < 4 || body.length % FORWARD_TSN_ENTRY_LENGTH !== 0) return undefined
  const skipped: SkippedMessages[] = []
  for (let at = 4; at < body.length; at += FORWARD_TSN_ENTRY_LENGTH) {
    skipped.push({ streamId: uint16At(body, at), ordered: true, sequence: uint16At(body, at + 2) })
  }
  return { newCumulativeTsn: uint32At(body, 0), skipped }
}

export function encodeForwardTsn(chunk: ForwardTsnChunk): Uint8Array {
  const writer = new ByteWriter(4 + chunk.skipped.length * FORWARD_TSN_ENTRY_LENGTH)
  writer.uint32(chunk.newCumulativeTsn)
  for (const { streamId, sequence } of chunk.skipped) writer.uint16(streamId).uint16(sequence)
  return encodeChunk(CHUNK_FORWARD_TSN, 0, writer.finish())
}
