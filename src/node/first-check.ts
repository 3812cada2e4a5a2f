import { BINDING_REQUEST, stunType, usernameHalves, type UsernameHalves } from './stun-peek.js'

/** RFC 4571 §2: 16 bits before each packet. */
const LENGTH_BYTES = 2
const STUN_HEADER_BYTES = 20
/** A check with a USERNAME of 513 bytes, and every other attribute that ICE has, takes less; so do all of TURN's that got here by mistake. */
const MAX_CHECK_BYTES = 1280
/** RFC 8489 §5: the type of a Binding request. */
const BINDING_REQUEST_BYTES = [0x00, 0x01]

/**
 * What a connection begins with: the USERNAME of a connectivity check in the first frame (RFC 6544 §7.2, RFC 4571). `'partial'` while it
 * could still become one, `undefined` when it cannot.
 */
export function firstCheck(bytes: Uint8Array): UsernameHalves | 'partial' | undefined {
  if (bytes.length < LENGTH_BYTES) return 'partial'
  const length = (bytes[0]! << 8) | bytes[1]!
  if (length < STUN_HEADER_BYTES || length > MAX_CHECK_BYTES) return undefined
  const packet = bytes.subarray(LENGTH_BYTES, LENGTH_BYTES + length)
  if (BINDING_REQUEST_BYTES.some((byte, i) => i < packet.length && packet[i] !== byte)) return undefined
  if (packet.length < length) return 'partial'
  return stunType(packet) === BINDING_REQUEST ? usernameHalves(packet) : undefined
}
