import type { Crypto } from '../crypto/types.js'
import type { IceParameters } from './types.js'

/** The 64 ice-chars (RFC 8839 §5.4), so that six random bits make one. */
const ICE_CHARS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** RFC 8445 §5.3: at least 24 bits of randomness in the fragment and 128 in the password; 8 × 6 = 48, 24 × 6 = 144. */
const FRAGMENT_CHARS = 8
const PASSWORD_CHARS = 24

export function generateIceParameters(crypto: Crypto): IceParameters {
  return { usernameFragment: randomChars(crypto, FRAGMENT_CHARS), password: randomChars(crypto, PASSWORD_CHARS) }
}

function randomChars(crypto: Crypto, length: number): string {
  const bytes = crypto.randomBytes(length)
  let text = ''
  for (let i = 0; i < length; i++) text += ICE_CHARS[bytes[i]! & 63]!
  return text
}
