/**
 * MESSAGE-INTEGRITY (RFC 8489 §14.5): HMAC-SHA1, 20 bytes; MESSAGE-INTEGRITY-SHA256 (§14.6): HMAC-SHA256, 16 to 32
 * bytes. Both are over everything before them, with a message length in the header that ends after them.
 */
import { encodeUtf8 } from '../core/index.js'
import type { Crypto } from '../crypto/types.js'
import { rawAttribute } from './attribute.js'
import { HEADER_BYTES, TYPE_MESSAGE_INTEGRITY, TYPE_MESSAGE_INTEGRITY_SHA256, type StunMessage } from './message.js'

export type IntegrityKind = 'sha1' | 'sha256'

export const INTEGRITY_TYPE: Readonly<Record<IntegrityKind, number>> = {
  sha1: TYPE_MESSAGE_INTEGRITY,
  sha256: TYPE_MESSAGE_INTEGRITY_SHA256,
}
export const INTEGRITY_BYTES: Readonly<Record<IntegrityKind, number>> = { sha1: 20, sha256: 32 }

/** RFC 8489 §14.6: a tag may be truncated to no less, in steps of four. */
const MIN_SHA256_BYTES = 16

export function hasIntegrity(message: StunMessage, kind: IntegrityKind): boolean {
  return rawAttribute(message, INTEGRITY_TYPE[kind]) !== undefined
}

/** Whether the message carries a tag of this kind and it was made with `key`. */
export function verifyIntegrity(crypto: Crypto, message: StunMessage, key: Uint8Array, kind: IntegrityKind): boolean {
  const attribute = rawAttribute(message, INTEGRITY_TYPE[kind])
  if (attribute === undefined) return false
  const { value, offset } = attribute
  const full = INTEGRITY_BYTES[kind]
  const shortest = kind === 'sha1' ? full : MIN_SHA256_BYTES
  if (value.length < shortest || value.length > full || value.length % 4 !== 0) return false
  const tag = integrityTag(crypto, message.bytes.subarray(0, offset), value.length, key, kind)
  return crypto.timingSafeEqual(tag.subarray(0, value.length), value)
}

/** Where a message with another length stands while its tag is made: checks fit, what servers say need not. */
const scratch = new Uint8Array(512)

/** The tag over a message up to where its attribute of `valueBytes` will stand; its memory may be used again for the next one. */
function integrityTag(
  crypto: Crypto,
  before: Uint8Array,
  valueBytes: number,
  key: Uint8Array,
  kind: IntegrityKind,
): Uint8Array {
  const covered = before.length <= scratch.length ? scratch : before.slice()
  covered.set(before)
  const lengthBytes = before.length - HEADER_BYTES + 4 + valueBytes
  covered[2] = lengthBytes >>> 8
  covered[3] = lengthBytes
  if (kind === 'sha1') return crypto.hmacSha1(key, covered, before.length)
  return crypto.hmac(kind, key, covered.subarray(0, before.length))
}

/** RFC 8489 §9.1.1: the key of a short-term credential is the password. */
export function shortTermKey(password: string): Uint8Array {
  return encodeUtf8(opaqueString(password))
}

/** RFC 8489 §9.2.2: the key of a long-term credential, by its password algorithm (§18.5.1). */
export function longTermKey(
  crypto: Crypto,
  algorithm: 'md5' | 'sha256',
  credential: { readonly username: string; readonly realm: string; readonly password: string },
): Uint8Array {
  const { username, realm, password } = credential
  return crypto.hash(
    algorithm,
    encodeUtf8(`${opaqueString(username)}:${opaqueString(realm)}:${opaqueString(password)}`),
  )
}

/** It is in form C, and its space is the one. */
const PRINTABLE_ASCII = /^[ -~]*$/

/** The OpaqueString profile (RFC 8265 §4.2.2): spaces of all scripts become the ASCII one, then form C. */
export function opaqueString(text: string): string {
  if (PRINTABLE_ASCII.test(text)) return text
  return text.replace(/\p{Zs}/gu, ' ').normalize('NFC')
}
