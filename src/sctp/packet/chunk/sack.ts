/**
 * SACK chunk (RFC 9260 §3.3.4, https://www.rfc-editor.org/rfc/rfc9260#section-3.3.4).
 *
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +---------------+---------------+-------------------------------+
 *  |   Type = 3    |   Flags (0)   |            Length             |
 *  +---------------+---------------+-------------------------------+
 *  |                      Cumulative TSN Ack                       |
 *  +---------------------------------------------------------------+
 *  |          Advertised Receiver Window Credit (a_rwnd)           |
 *  +-------------------------------+-------------------------------+
 *  | Number of Gap Ack Blocks = N  |  Number of Duplicate TSNs = M |
 *  +-------------------------------+-------------------------------+
 *  |   Gap Ack Block #1 Start      |    Gap Ack Block #1 End       |
 *  \                              ...                              \
 *  |                        Duplicate TSN 1                        |
 *  \                              ...                              \
 *  +---------------------------------------------------------------+
 */
import { CHUNK_SACK } from '../chunk-type.js'
import { putUint16, putUint32, uint16At, uint32At } from '../wire.js'

export const SACK_HEADER_LENGTH = 16
/** A gap block and a duplicate TSN take four bytes each. */
export const SACK_ENTRY_LENGTH = 4

export interface SackChunk {
  /** As on the wire. */
  readonly cumulativeTsnAck: number
  readonly advertisedWindowBytes: number
  /** Start and end offsets from the cumulative TSN by turns; each pair is in order. */
  readonly gapOffsets: readonly number[]
  readonly duplicateTsns: readonly number[]
}

const NONE: readonly number[] = []

/** Reads the chunk whose body is `packet[bodyStart, end)`. */
export function parseSack(packet: Uint8Array, bodyStart: number, end: number): SackChunk | undefined {
  const bodyLength = end - bodyStart
  if (bodyLength < SACK_HEADER_LENGTH - 4) return undefined
  const gapCount = uint16At(packet, bodyStart + 8)
  const duplicateCount = uint16At(packet, bodyStart + 10)
  // The counts are the peer's word; what is there decides.
  if (bodyLength < SACK_HEADER_LENGTH - 4 + (gapCount + duplicateCount) * SACK_ENTRY_LENGTH) return undefined
  const gapsAt = bodyStart + 12
  const gapOffsets = gapCount === 0 ? NONE : parseGaps(packet, gapsAt, gapCount)
  if (gapOffsets === undefined) return undefined
  return {
    cumulativeTsnAck: uint32At(packet, bodyStart),
    advertisedWindowBytes: uint32At(packet, bodyStart + 4),
    gapOffsets,
    duplicateTsns: duplicateCount === 0 ? NONE : parseDuplicates(packet, gapsAt + gapCount * 4, duplicateCount),
  }
}

function parseGaps(packet: Uint8Array, from: number, count: number): number[] | undefined {
  const offsets: number[] = []
  for (let at = from; at < from + count * SACK_ENTRY_LENGTH; at += SACK_ENTRY_LENGTH) {
    const start = uint16At(packet, at)
    const end = uint16At(packet, at + 2)
    if (start === 0 || end < start) return undefined
    offsets.push(start, end)
  }
  return offsets
}

function parseDuplicates(packet: Uint8Array, from: number, count: number): number[] {
  const tsns: number[] = []
  for (let i = 0; i < count; i++) tsns.push(uint32At(packet, from + i * SACK_ENTRY_LENGTH))
  return tsns
}

/** Bytes that {@link putSack} will write. */
export function sackLength(sack: SackChunk): number {
  return SACK_HEADER_LENGTH + (sack.gapOffsets.length / 2 + sack.duplicateTsns.length) * SACK_ENTRY_LENGTH
}

export function putSack(bytes: Uint8Array, start: number, sack: SackChunk): void {
  bytes[start] = CHUNK_SACK
  bytes[start + 1] = 0
  putUint16(bytes, start + 2, sackLength(sack))
  putUint32(bytes, start + 4, sack.cumulativeTsnAck)
  putUint32(bytes, start + 8, sack.advertisedWindowBytes)
  putUint16(bytes, start + 12, sack.gapOffsets.length / 2)
  putUint16(bytes, start + 14, sack.duplicateTsns.length)
  let at = start + SACK_HEADER_LENGTH
  for (const offset of sack.gapOffsets) {
    putUint16(bytes, at, offset)
    at += 2
  }
  for (const tsn of sack.duplicateTsns) {
    putUint32(bytes, at, tsn)
    at += 4
  }
}
