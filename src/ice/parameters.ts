import { encodeBase64 } from '../core/index.js'
import type { Crypto } from '../crypto/types.js'
import type { IceParameters } from './types.js'

/**
 * RFC 8445 §5.3: at least 24 bits of randomness in the fragment and 128 in the password. The ice-chars (RFC 8839 §5.4) are the letters of
 * Base 64, three bytes of which are four.
 */
const FRAGMENT_BYTES = 6
const PASSWORD_BYTES = 18

export function generateIceParameters(crypto: Crypto): IceParameters {
  const usernameFragment = encodeBase64(crypto.randomBytes(FRAGMENT_BYTES))
  return { usernameFragment, password: encodeBase64(crypto.randomBytes(PASSWORD_BYTES)) }
}
