/** USERHASH (RFC 8489 §14.4): SHA-256 of `username:realm`, which hides the name from who listens. */
import { encodeUtf8 } from '../../core/index.js'
import type { Crypto } from '../../crypto/types.js'
import type { AttributeCodec } from '../attribute.js'
import { opaqueString } from '../integrity.js'

const USERHASH_BYTES = 32

export const USERHASH: AttributeCodec<Uint8Array> = {
  type: 0x001e,
  name: 'USERHASH',
  parse: (value) => (value.length === USERHASH_BYTES ? value : undefined),
  write: (writer, value) => void writer.bytes(value),
}

export function userhash(crypto: Crypto, username: string, realm: string): Uint8Array {
  return crypto.hash('sha256', encodeUtf8(`${opaqueString(username)}:${opaqueString(realm)}`))
}
