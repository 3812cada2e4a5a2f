/**
 * SHUTDOWN, SHUTDOWN ACK and SHUTDOWN COMPLETE chunks (RFC 9260 §3.3.8, §3.3.9 and §3.3.13,
 * https://www.rfc-editor.org/rfc/rfc9260#section-3.3.8). Only the first has a body.
 *
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +---------------+---------------+-------------------------------+
 *  |   Type = 7    |   Flags (0)   |          Length = 8           |
 *  +---------------+---------------+-------------------------------+
 *  |                      Cumulative TSN Ack                       |
 *  +---------------------------------------------------------------+
 */
import { EMPTY_BYTES } from '../../../core/index.js'
import { CHUNK_SHUTDOWN, CHUNK_SHUTDOWN_ACK, CHUNK_SHUTDOWN_COMPLETE } from '../chunk-type.js'
import { encodeChunk } from '../chunk-walker.js'
import { putUint32, uint32At } from '../wire.js'
import { TAG_REFLECTED } from './abort.js'

/** The cumulative TSN ack, as on the wire. */
export function parseShutdown(body: Uint8Array): number | undefined {
  return body.length < 4 ? undefined : uint32At(body, 0)
}

export function encodeShutdown(cumulativeTsnAck: number): Uint8Array {
  const body = new Uint8Array(4)
  putUint32(body, 0, cumulativeTsnAck)
  return encodeChunk(CHUNK_SHUTDOWN, 0, body)
}

export function encodeShutdownAck(): Uint8Array {
  return encodeChunk(CHUNK_SHUTDOWN_ACK, 0, EMPTY_BYTES)
}

export function encodeShutdownComplete(tagReflected: boolean): Uint8Array {
  return encodeChunk(CHUNK_SHUTDOWN_COMPLETE, tagReflected ? TAG_REFLECTED : 0, EMPTY_BYTES)
}
