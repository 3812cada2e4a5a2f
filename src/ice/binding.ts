/** The Binding requests and responses of connectivity checks (RFC 8445 §7.1, §7.3). */
import type { Crypto } from '../crypto/types.js'
import {
  ERROR_CODE,
  hasIntegrity,
  ICE_ATTRIBUTES,
  ICE_CONTROLLED,
  ICE_CONTROLLING,
  knownTypes,
  METHOD_BINDING,
  PRIORITY,
  shortTermKey,
  STUN_ATTRIBUTES,
  StunMessageBuilder,
  UNKNOWN_ATTRIBUTES,
  USE_CANDIDATE,
  USERNAME,
  verifyIntegrity,
  XOR_MAPPED_ADDRESS,
  type StunMessage,
} from '../stun/index.js'
import type { IceParameters, IceRole, TransportAddress } from './types.js'

export interface CheckRequest {
  readonly transactionId: Uint8Array
  readonly local: IceParameters
  readonly remote: IceParameters
  readonly priority: number
  readonly role: IceRole
  readonly tieBreaker: bigint
  readonly nominate: boolean
}

export interface ErrorReply {
  readonly code: number
  readonly reason: string
  readonly unknownTypes?: readonly number[]
}

/** What must be understood in a check: ours and the base specification's. */
export const CHECK_ATTRIBUTE_TYPES = knownTypes(STUN_ATTRIBUTES, ICE_ATTRIBUTES)

const keys = new WeakMap<IceParameters, Uint8Array>()

/** The key of who has these parameters: made once, and used for every check. */
export function keyOf(parameters: IceParameters): Uint8Array {
  let key = keys.get(parameters)
  if (key === undefined) keys.set(parameters, (key = shortTermKey(parameters.password)))
  return key
}

export function buildCheck(crypto: Crypto, check: CheckRequest): Uint8Array {
  const builder = new StunMessageBuilder('request', METHOD_BINDING, check.transactionId)
    // RFC 8445 §7.2.2: the fragment of whom we ask, then ours; the key is the password of whom we ask.
    .add(USERNAME, `${check.remote.usernameFragment}:${check.local.usernameFragment}`)
    .add(PRIORITY, check.priority)
    .add(check.role === 'controlling' ? ICE_CONTROLLING : ICE_CONTROLLED, check.tieBreaker)
  if (check.nominate) builder.add(USE_CANDIDATE, true)
  return builder.integrity(crypto, keyOf(check.remote)).fingerprint().finish()
}

export function buildSuccess(
  crypto: Crypto,
  request: StunMessage,
  key: Uint8Array,
  from: TransportAddress,
): Uint8Array {
  const builder = new StunMessageBuilder('success', METHOD_BINDING, request.transactionId).add(XOR_MAPPED_ADDRESS, from)
  return seal(crypto, builder, request, key)
}

/** Without a key for what was not authenticated (RFC 8489 §9.1.3). */
export function buildError(
  crypto: Crypto,
  request: StunMessage,
  { code, reason, unknownTypes }: ErrorReply,
  key?: Uint8Array,
): Uint8Array {
  const builder = new StunMessageBuilder('error', METHOD_BINDING, request.transactionId).add(ERROR_CODE, {
    code,
    reason,
  })
  if (unknownTypes !== undefined) builder.add(UNKNOWN_ATTRIBUTES, unknownTypes)
  return key === undefined ? builder.fingerprint().finish() : seal(crypto, builder, request, key)
}

/** Verified by SHA-256 only where SHA-1 is not there: ICE has no way to agree on it (RFC 8445 §7). */
export function isAuthentic(crypto: Crypto, message: StunMessage, key: Uint8Array): boolean {
  return verifyIntegrity(crypto, message, key, hasIntegrity(message, 'sha1') ? 'sha1' : 'sha256')
}

function seal(crypto: Crypto, builder: StunMessageBuilder, request: StunMessage, key: Uint8Array): Uint8Array {
  return builder
    .integrity(crypto, key, hasIntegrity(request, 'sha1') ? 'sha1' : 'sha256')
    .fingerprint()
    .finish()
}
