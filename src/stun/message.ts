/**
 * STUN message (RFC 8489 §5): a header of twenty bytes, then attributes.
 *
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +---+---------------------------+-------------------------------+
 *  |0 0|     STUN Message Type     |         Message Length        |
 *  +---+---------------------------+-------------------------------+
 *  |                    Magic Cookie = 0x2112A442                  |
 *  +---------------------------------------------------------------+
 *  |                     Transaction ID (96 bits)                  |
 *  +---------------------------------------------------------------+
 *
 * An attribute (§14): type and length, then the value, padded with whatever to a multiple of four.
 *
 *  +-------------------------------+-------------------------------+
 *  |              Type             |     Length without padding    |
 *  +-------------------------------+-------------------------------+
 *  |                         Value (variable)                ....
 */
export type StunClass = 'request' | 'indication' | 'success' | 'error'

export interface StunMessage {
  readonly class: StunClass
  readonly method: number
  readonly transactionId: Uint8Array
  /** In order; without those that integrity does not cover and that therefore must be ignored (§14.5). */
  readonly attributes: readonly RawAttribute[]
  /** The whole datagram, by which integrity and fingerprint are verified. */
  readonly bytes: Uint8Array
}

export interface RawAttribute {
  readonly type: number
  readonly value: Uint8Array
  /** Where its type stands in the message. */
  readonly offset: number
}

export const METHOD_BINDING = 0x001

export const MAGIC_COOKIE = 0x2112a442
export const HEADER_BYTES = 20
const ATTRIBUTE_HEADER_BYTES = 4
export const TRANSACTION_ID_BYTES = 12
export const TRANSACTION_ID_AT = HEADER_BYTES - TRANSACTION_ID_BYTES

export const TYPE_MESSAGE_INTEGRITY = 0x0008
export const TYPE_MESSAGE_INTEGRITY_SHA256 = 0x001c
export const TYPE_FINGERPRINT = 0x8028

/** No STUN or TURN message has half as many; a hostile one must not cost us more. */
const MAX_ATTRIBUTES = 64

const CLASSES: readonly StunClass[] = ['request', 'indication', 'success', 'error']

/** Whether these bytes look like STUN: two zero bits, the cookie and a length that fits (RFC 8489 §6.3). */
export function isStunMessage(bytes: Uint8Array): boolean {
  if (bytes.length < HEADER_BYTES || bytes[0]! >= 0x40) return false
  const length = uint16At(bytes, 2)
  const hasCookie = uint16At(bytes, 4) === MAGIC_COOKIE >>> 16 && uint16At(bytes, 6) === (MAGIC_COOKIE & 0xffff)
  return hasCookie && length % 4 === 0 && bytes.length === HEADER_BYTES + length
}

export function parseStunMessage(bytes: Uint8Array): StunMessage | undefined {
  if (!isStunMessage(bytes)) return undefined
  const attributes = parseAttributes(bytes)
  if (attributes === undefined) return undefined
  const type = uint16At(bytes, 0)
  return {
    class: CLASSES[((type >> 7) & 2) | ((type >> 4) & 1)]!,
    method: (type & 0x000f) | ((type & 0x00e0) >> 1) | ((type & 0x3e00) >> 2),
    transactionId: bytes.subarray(TRANSACTION_ID_AT, HEADER_BYTES),
    attributes,
    bytes,
  }
}

/** The 14 bits of class and method, which interleave (RFC 8489 §5 figure 3). */
export function encodeMessageType(stunClass: StunClass, method: number): number {
  const bits = CLASSES.indexOf(stunClass)
  return (method & 0x000f) | ((method & 0x0070) << 1) | ((method & 0x0f80) << 2) | ((bits & 1) << 4) | ((bits & 2) << 7)
}

function parseAttributes(bytes: Uint8Array): RawAttribute[] | undefined {
  const attributes: RawAttribute[] = []
  /** The type after which only integrity by SHA-256 and the fingerprint still count. */
  let sealedBy = 0
  // The length of the message is a multiple of four: there are four bytes where there is one.
  for (let count = 0, offset = HEADER_BYTES; offset < bytes.length; count++) {
    const type = uint16At(bytes, offset)
    const at = offset + ATTRIBUTE_HEADER_BYTES
    const length = uint16At(bytes, offset + 2)
    const next = at + length + (-length & 3)
    // RFC 8489 §14.7: the fingerprint is the last attribute.
    if (next > bytes.length || count === MAX_ATTRIBUTES || sealedBy === TYPE_FINGERPRINT) return undefined
    if (countsAfter(sealedBy, type)) attributes.push({ type, value: bytes.subarray(at, at + length), offset })
    offset = next
    if (isSeal(type) && sealedBy !== TYPE_MESSAGE_INTEGRITY_SHA256) sealedBy = type
    if (type === TYPE_FINGERPRINT) sealedBy = type
  }
  return attributes
}

function uint16At(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!
}

function isSeal(type: number): boolean {
  return type === TYPE_MESSAGE_INTEGRITY || type === TYPE_MESSAGE_INTEGRITY_SHA256
}

/** RFC 8489 §14.5, §14.6: what follows MESSAGE-INTEGRITY is ignored, but for its SHA-256 sister and FINGERPRINT. */
function countsAfter(seal: number, type: number): boolean {
  if (seal === 0 || type === TYPE_FINGERPRINT) return true
  return seal === TYPE_MESSAGE_INTEGRITY && type === TYPE_MESSAGE_INTEGRITY_SHA256
}
