/** USERNAME, REALM, NONCE, SOFTWARE (RFC 8489 §14.3, §14.9, §14.10, §14.14): UTF-8 without a terminator. */
import { decodeUtf8Strictly, encodeUtf8 } from '../../core/index.js'
import type { AttributeCodec } from '../attribute.js'

/** An attribute of at most `maxBytes` bytes of UTF-8. */
export function textAttribute(type: number, name: string, maxBytes: number): AttributeCodec<string> {
  return {
    type,
    name,
    parse: (value) => (value.length > maxBytes ? undefined : decodeUtf8Strictly(value)),
    write: (writer, value) => void writer.bytes(encodeUtf8(value)),
  }
}

export const USERNAME = textAttribute(0x0006, 'USERNAME', 508)
export const REALM = textAttribute(0x0014, 'REALM', 763)
export const NONCE = textAttribute(0x0015, 'NONCE', 763)
export const SOFTWARE = textAttribute(0x8022, 'SOFTWARE', 763)
