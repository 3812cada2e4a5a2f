/**
 * COOKIE ECHO and COOKIE ACK chunks (RFC 9260 §3.3.11 and §3.3.12,
 * https://www.rfc-editor.org/rfc/rfc9260#section-3.3.11). The second has no body.
 *
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +---------------+---------------+-------------------------------+
 *  |   Type = 10   |   Flags (0)   |            Length             |
 *  +---------------+---------------+-------------------------------+
 *  \           Cookie, as the State Cookie parameter had it        \
 *  +---------------------------------------------------------------+
 */
import { EMPTY_BYTES } from '../../../core/index.js'
import { CHUNK_COOKIE_ACK, CHUNK_COOKIE_ECHO } from '../chunk-type.js'
import { encodeChunk } from '../chunk-walker.js'

export function encodeCookieEcho(cookie: Uint8Array): Uint8Array {
  return encodeChunk(CHUNK_COOKIE_ECHO, 0, cookie)
}

export function encodeCookieAck(): Uint8Array {
  return encodeChunk(CHUNK_COOKIE_ACK, 0, EMPTY_BYTES)
}
