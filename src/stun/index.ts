/**
 * stun: Session Traversal Utilities for NAT (RFC 8489), the messages that ICE and TURN speak: codec, integrity by short-
 * and long-term credentials, fingerprint. Attributes are rows of a table, so that an extension brings its own rows.
 * Requests that wait for answers are kept for who talks, which says how often they are repeated: ICE paces and cancels its own.
 * What a NAT does is found out by `nat-behavior.ts` (RFC 5780), which stands beside the rest and is loaded when somebody asks.
 * Deliberately absent: servers, and the classic STUN of RFC 3489, which has no magic cookie.
 */
export * from './attribute.js'
export * from './attribute-table.js'
export * from './attributes/address.js'
export * from './attributes/error-code.js'
export * from './attributes/ice.js'
export * from './attributes/nat-behavior.js'
export * from './attributes/password-algorithms.js'
export * from './attributes/text.js'
export * from './attributes/unknown-attributes.js'
export * from './attributes/userhash.js'
export { hasValidFingerprint } from './fingerprint.js'
export {
  hasIntegrity,
  longTermKey,
  opaqueString,
  shortTermKey,
  verifyIntegrity,
  type IntegrityKind,
} from './integrity.js'
export {
  isStunMessage,
  METHOD_BINDING,
  parseStunMessage,
  TRANSACTION_ID_AT,
  TRANSACTION_ID_BYTES,
  type RawAttribute,
  type StunClass,
  type StunMessage,
} from './message.js'
export * from './message-builder.js'
export { hasValidSeal, isSealed, saysTheSame, SEAL_BYTES, sealAnew } from './sealed-message.js'
export { Transactions, type RetransmissionSchedule, type SentTransaction, type Transaction } from './transactions.js'
