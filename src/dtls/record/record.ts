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
  const sequenceLow = ((b[at - 6]! << 24) | (b[at - 5]! << 16) | (b[at - 4]! << 8) | b[at - 3]!) >>> 0
  return {
    type: b[offset]!,
    version: (VERSION_MAJOR << 8) | b[offset + 2]!,
    epoch: (b[offset + 3]! << 8) | b[offset + 4]!,
    sequence: ((b[offset + 5]! << 8) | b[offset + 6]!) * 2 ** 32 + sequenceLow,
    fragment: b.subarray(at, at + length),
  }
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
