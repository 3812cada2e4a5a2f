/**
 * ABORT and ERROR chunks (RFC 9260 §3.3.7 and §3.3.10, https://www.rfc-editor.org/rfc/rfc9260#section-3.3.7).
 *
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +---------------+-------------+-+-------------------------------+
 *  | Type = 6 or 9 |  Reserved   |T|            Length             |
 *  +---------------+-------------+-+-------------------------------+
 *  \                   zero or more Error Causes                   \
 *  +---------------------------------------------------------------+
 */
import { CHUNK_ABORT, CHUNK_ERROR } from '../chunk-type.js'
import { encodeChunk } from '../chunk-walker.js'
import { encodeErrorCauses, type ErrorCause } from '../error-cause.js'

/** The T bit of ABORT and SHUTDOWN COMPLETE: the verification tag is the receiver's own one, sent back (§8.5.1). */
export const TAG_REFLECTED = 0x01

export function encodeAbort(causes: readonly ErrorCause[], tagReflected: boolean): Uint8Array {
  return encodeChunk(CHUNK_ABORT, tagReflected ? TAG_REFLECTED : 0, encodeErrorCauses(causes))
}

export function encodeError(causes: readonly ErrorCause[]): Uint8Array {
  return encodeChunk(CHUNK_ERROR, 0, encodeErrorCauses(causes))
}
