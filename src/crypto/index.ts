/**
 * crypto: the cryptography that the protocols call, behind the synchronous interface of `types.ts`, and our own
 * certificates (RFC 5280, RFC 8122, RFC 8827 §6.5). Protocol folders import `types.ts` alone and are handed an
 * implementation. Deliberately absent: chain validation and revocation, since WebRTC trusts a certificate for the
 * fingerprint that was signalled, and for nothing else.
 */
export * from './certificate.js'
export * from './node.js'
export { openSslAeads, openSslHmacSha1, openSslKeys, openSslRecordAeads, runtimeCrypto } from './openssl.js'
export type * from './types.js'
