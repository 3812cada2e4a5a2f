import type { Crypto } from '../crypto/types.js'
import { fingerprint, FINGERPRINT_ATTRIBUTE_BYTES, FINGERPRINT_BYTES } from './fingerprint.js'
import { INTEGRITY_BYTES } from './integrity.js'
import { HEADER_BYTES, TRANSACTION_ID_AT, TYPE_FINGERPRINT, TYPE_MESSAGE_INTEGRITY } from './message.js'

/**
 * Messages that end with MESSAGE-INTEGRITY (RFC 8489 §14.5) and FINGERPRINT, as checks and their answers do, where they are:
 * nothing is parsed, built or allocated for one that differs from the one before in its transaction id and these two.
 */

const ATTRIBUTE_HEADER_BYTES = 4
const HMAC_SHA1_BYTES = INTEGRITY_BYTES.sha1
export const SEAL_BYTES = ATTRIBUTE_HEADER_BYTES + HMAC_SHA1_BYTES + FINGERPRINT_ATTRIBUTE_BYTES

/** Longer ones are for who parses them. */
const MAX_MESSAGE_BYTES = 512
const covered = new Uint8Array(MAX_MESSAGE_BYTES)

/** Whether the message is as long as it says, and has these two attributes as its last. */
export function isSealed(message: Uint8Array): boolean {
  const at = message.length - SEAL_BYTES
  return (
    at >= HEADER_BYTES &&
    message.length <= MAX_MESSAGE_BYTES &&
    uint16At(message, 2) === message.length - HEADER_BYTES &&
    uint16At(message, at) === TYPE_MESSAGE_INTEGRITY &&
    uint16At(message, at + 2) === HMAC_SHA1_BYTES &&
    uint16At(message, message.length - FINGERPRINT_ATTRIBUTE_BYTES) === TYPE_FINGERPRINT &&
    uint16At(message, message.length - FINGERPRINT_ATTRIBUTE_BYTES + 2) === FINGERPRINT_BYTES
  )
}

/** Whether two messages of the same length are the same but for the transaction id and the seal. */
export function saysTheSame(message: Uint8Array, other: Uint8Array): boolean {
  if (message.length !== other.length) return false
  for (let i = 0; i < TRANSACTION_ID_AT; i++) if (message[i] !== other[i]) return false
  for (let i = HEADER_BYTES; i < message.length - SEAL_BYTES; i++) if (message[i] !== other[i]) return false
  return true
}

/** Whether one that {@link isSealed} was made with this key. */
export function hasValidSeal(crypto: Crypto, message: Uint8Array, key: Uint8Array): boolean {
  const at = message.length - FINGERPRINT_BYTES
  const value = ((uint16At(message, at) << 16) | uint16At(message, at + 2)) >>> 0
  if (value !== fingerprint(message, message.length - FINGERPRINT_ATTRIBUTE_BYTES)) return false
  const tagAt = message.length - SEAL_BYTES + ATTRIBUTE_HEADER_BYTES
  const tag = tagOf(crypto, message, key)
  // SECURITY: it takes as long for any difference (RFC 2104 §6): a forger learns nothing from when the answer comes.
  let difference = 0
  for (let i = 0; i < HMAC_SHA1_BYTES; i++) difference |= tag[i]! ^ message[tagAt + i]!
  return difference === 0
}

/** Writes the seal of one that {@link isSealed} anew: something before it has changed. */
export function sealAnew(crypto: Crypto, message: Uint8Array, key: Uint8Array): void {
  message.set(tagOf(crypto, message, key), message.length - SEAL_BYTES + ATTRIBUTE_HEADER_BYTES)
  const value = fingerprint(message, message.length - FINGERPRINT_ATTRIBUTE_BYTES)
  for (let i = 0; i < FINGERPRINT_BYTES; i++) message[message.length - 1 - i] = value >>> (8 * i)
}

/** RFC 8489 §14.5: of what stands before the attribute, with a length that ends behind it. */
function tagOf(crypto: Crypto, message: Uint8Array, key: Uint8Array): Uint8Array {
  const length = message.length - SEAL_BYTES
  for (let i = 0; i < length; i++) covered[i] = message[i]!
  const said = length - HEADER_BYTES + ATTRIBUTE_HEADER_BYTES + HMAC_SHA1_BYTES
  covered[2] = said >>> 8
  covered[3] = said
  return crypto.hmacSha1(key, covered, length)
}

function uint16At(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!
}
