import { ALTERNATE_SERVER, MAPPED_ADDRESS, XOR_MAPPED_ADDRESS } from './attributes/address.js'
import { ERROR_CODE } from './attributes/error-code.js'
import { ICE_CONTROLLED, ICE_CONTROLLING, PRIORITY, USE_CANDIDATE } from './attributes/ice.js'
import { PASSWORD_ALGORITHM, PASSWORD_ALGORITHMS } from './attributes/password-algorithms.js'
import { NONCE, REALM, SOFTWARE, USERNAME } from './attributes/text.js'
import { UNKNOWN_ATTRIBUTES } from './attributes/unknown-attributes.js'
import { USERHASH } from './attributes/userhash.js'
import { TYPE_FINGERPRINT, TYPE_MESSAGE_INTEGRITY, TYPE_MESSAGE_INTEGRITY_SHA256 } from './message.js'

/** RFC 8489 §18.3. Integrity and fingerprint are not in it: they are made and checked over the message as it stands. */
export const STUN_ATTRIBUTES = [
  MAPPED_ADDRESS,
  USERNAME,
  ERROR_CODE,
  UNKNOWN_ATTRIBUTES,
  REALM,
  NONCE,
  PASSWORD_ALGORITHM,
  USERHASH,
  XOR_MAPPED_ADDRESS,
  PASSWORD_ALGORITHMS,
  SOFTWARE,
  ALTERNATE_SERVER,
] as const

/** RFC 8445 §20.1. */
export const ICE_ATTRIBUTES = [PRIORITY, USE_CANDIDATE, ICE_CONTROLLED, ICE_CONTROLLING] as const

/** The set that {@link unknownRequiredTypes} asks for, out of tables. */
export function knownTypes(...tables: readonly (readonly { readonly type: number }[])[]): ReadonlySet<number> {
  const types = new Set([TYPE_MESSAGE_INTEGRITY, TYPE_MESSAGE_INTEGRITY_SHA256, TYPE_FINGERPRINT])
  for (const table of tables) for (const { type } of table) types.add(type)
  return types
}
