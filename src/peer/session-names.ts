/** What a connection calls itself in its descriptions: random, and the same for as long as it lives. */
import type { Crypto } from '../crypto/types.js'

/** RFC 9429 §5.2.1: 62 random bits, so that it stays positive in 63. */
const SESSION_ID_BITS = 62
/** RFC 7022 §4.2: 96 bits, so that no two ever meet. */
const CNAME_BYTES = 12

/** The id in the o= line. */
export function randomSessionId(crypto: Crypto): string {
  const bytes = crypto.randomBytes(8)
  const id = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength).getBigUint64(0)
  return BigInt.asUintN(SESSION_ID_BITS, id).toString()
}

/** The CNAME of all that it sends; it tells nobody but the peer. */
export function randomCname(crypto: Crypto): string {
  return Array.from(crypto.randomBytes(CNAME_BYTES), (byte) => byte.toString(16).padStart(2, '0')).join('')
}
