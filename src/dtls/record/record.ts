/**
 * The record of DTLS 1.2 (RFC 6347 §4.1). A datagram holds one or several, none spans two.
 *
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +---------------+-------------------------------+---------------+
 *  | Content Type  |       Protocol Version        |    Epoch …    |
 *  +---------------+-----------------------------------------------+
 *  |    … Epoch    |           Sequence Number (48 bits) …         |
 *  +---------------+-----------------------------------------------+
 *  |            … Sequence Number                  |   Length …    |
 *  +---------------+-----------------------------------------------+
 *  |   … Length    |                 Fragment …                    |
 *  +---------------+-----------------------------------------------+
 */
export interface DtlsRecord {
  readonly type: number
  readonly version: number
  readonly epoch: number
  readonly sequence: number
  readonly fragment: Uint8Array
}

export const RECORD_HEADER_BYTES = 13

export const CHANGE_CIPHER_SPEC = 20
export const ALERT = 21
export const HANDSHAKE = 22
export const APPLICATION_DATA = 23

/** RFC 5246 §6.2.1. */
export const MAX_PLAINTEXT_BYTES = 2 ** 14
/** The last of 48 bits (RFC 6347 §4.1): the next one would wrap, and repeat a nonce. */
export const MAX_SEQUENCE = 2 ** 48 - 1

const VERSION_MAJOR = 0xfe

/** The record at `offset`, its fragment as a view; `undefined` when there is no whole one. */
export function parseRecord(datagram: Uint8Array, offset: number): DtlsRecord | undefined {
  const at = offset + RECORD_HEADER_BYTES
  if (at > datagram.length) return undefined
  const b = datagram
  if (b[offset + 1] !== VERSION_MAJOR) return undefined
  const length = (b[at - 2]! << 8) | b[at - 1]!
  if (at + length > b.length) return undefined
  return {
    type: b[offset]!,
    version: versionAt(b, offset),
    epoch: epochAt(b, offset),
    sequence: sequenceAt(b, offset),
    fragment: b.subarray(at, at + length),
  }
}

/** Whether the datagram is one whole record, and nothing else. */
export function isSingleRecord(datagram: Uint8Array): boolean {
  const b = datagram
  if (b.length < RECORD_HEADER_BYTES || b[1] !== VERSION_MAJOR) return false
  return RECORD_HEADER_BYTES + ((b[11]! << 8) | b[12]!) === b.length
}

/** Of the record whose header is at `offset`. */
function versionAt(b: Uint8Array, offset: number): number {
  return (b[offset + 1]! << 8) | b[offset + 2]!
}

export function epochAt(b: Uint8Array, offset: number): number {
  return (b[offset + 3]! << 8) | b[offset + 4]!
}

export function sequenceAt(b: Uint8Array, offset: number): number {
  const low = ((b[offset + 7]! << 24) | (b[offset + 8]! << 16) | (b[offset + 9]! << 8) | b[offset + 10]!) >>> 0
  return ((b[offset + 5]! << 8) | b[offset + 6]!) * 2 ** 32 + low
}

/** Writes the header at `at`, for a fragment of `length`. */
export function writeRecordHeader(
  target: Uint8Array,
  at: number,
  type: number,
  version: number,
  epoch: number,
  sequence: number,
  length: number,
): void {
  target[at] = type
  target[at + 1] = version >>> 8
  target[at + 2] = version
  writeRecordNumber(target, at + 3, epoch, sequence)
  target[at + 11] = length >>> 8
  target[at + 12] = length
}

/** Epoch and sequence number as one field of eight bytes: in the header, the nonce and the additional data. */
export function writeRecordNumber(target: Uint8Array, at: number, epoch: number, sequence: number): void {
  const high = Math.floor(sequence / 2 ** 32)
  target[at] = epoch >>> 8
  target[at + 1] = epoch
  target[at + 2] = high >>> 8
  target[at + 3] = high
  target[at + 4] = sequence >>> 24
  target[at + 5] = sequence >>> 16
  target[at + 6] = sequence >>> 8
  target[at + 7] = sequence
}
