/**
 * HEARTBEAT and HEARTBEAT ACK chunks (RFC 9260 §3.3.5 and §3.3.6,
 * https://www.rfc-editor.org/rfc/rfc9260#section-3.3.5). The second returns the body of the first unchanged.
 *
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +---------------+---------------+-------------------------------+
 *  | Type = 4 or 5 |   Flags (0)   |            Length             |
 *  +---------------+---------------+-------------------------------+
 *  |    Heartbeat Info Type = 1    |         Info Length           |
 *  +-------------------------------+-------------------------------+
 *  \               Sender-Specific Heartbeat Info                  \
 *  +---------------------------------------------------------------+
 */
import { CHUNK_HEARTBEAT, CHUNK_HEARTBEAT_ACK } from '../chunk-type.js'
import { encodeChunk } from '../chunk-walker.js'
import { eachTlv, encodeTlv } from '../tlv.js'

const HEARTBEAT_INFO = 1

/** What the sender of the HEARTBEAT put in; `undefined` when it is not there. */
export function parseHeartbeatInfo(body: Uint8Array): Uint8Array | undefined {
  const first = eachTlv(body).next().value
  return first?.type === HEARTBEAT_INFO ? first.value : undefined
}

export function encodeHeartbeat(info: Uint8Array): Uint8Array {
  return encodeChunk(CHUNK_HEARTBEAT, 0, encodeTlv(HEARTBEAT_INFO, info))
}

/** RFC 9260 §8.3: the info goes back as it came, whatever it is. */
export function encodeHeartbeatAck(body: Uint8Array): Uint8Array {
  return encodeChunk(CHUNK_HEARTBEAT_ACK, 0, body)
}
