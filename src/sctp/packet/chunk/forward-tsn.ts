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

export interface SkippedStream {
  readonly streamId: number
  /** The largest Stream Sequence Number that is skipped, as on the wire. */
  readonly ssn: number
}

export interface ForwardTsnChunk {
  /** As on the wire. */
  readonly newCumulativeTsn: number
  readonly streams: readonly SkippedStream[]
}

export function parseForwardTsn(body: Uint8Array): ForwardTsnChunk | undefined {
  if (body.length < 4 || body.length % FORWARD_TSN_ENTRY_LENGTH !== 0) return undefined
  const streams: SkippedStream[] = []
  for (let at = 4; at < body.length; at += FORWARD_TSN_ENTRY_LENGTH) {
    streams.push({ streamId: uint16At(body, at), ssn: uint16At(body, at + 2) })
  }
  return { newCumulativeTsn: uint32At(body, 0), streams }
}

export function encodeForwardTsn(chunk: ForwardTsnChunk): Uint8Array {
  const writer = new ByteWriter(4 + chunk.streams.length * FORWARD_TSN_ENTRY_LENGTH)
  writer.uint32(chunk.newCumulativeTsn)
  for (const { streamId, ssn } of chunk.streams) writer.uint16(streamId).uint16(ssn)
  return encodeChunk(CHUNK_FORWARD_TSN, 0, writer.finish())
}
