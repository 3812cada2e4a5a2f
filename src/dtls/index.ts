/**
 * dtls: Datagram Transport Layer Security 1.2, client and server, as WebRTC uses it: RFC 6347 on RFC 5246, ECDHE (RFC 8422) with
 * AEAD suites (RFC 5288, 5289, 7905), extended master secret (RFC 7627), mutual authentication by fingerprints
 * (RFC 8122, RFC 8827 §6.5), use_srtp (RFC 5764) and exporters (RFC 5705). As a client of STUN and TURN servers (RFC 7350) it has no
 * certificate, names the host it means (RFC 6066 §3), and lets somebody else judge the server's chain.
 *
 * Version 1.3 (RFC 9147) has its place beside 1.2: `connection.ts`, `flight.ts`, `record/` and `handshake/` know epochs,
 * fragments, flights and messages but no key schedule; `version-1-2/` is a `Handshake` per role that turns messages into
 * steps, and a `RecordProtection`. A `version-1-3/` brings its own two of each, and the server picks after the ClientHello.
 *
 * Deliberately absent: renegotiation (refused), resumption, compression, CBC and static-RSA suites, MKI, and MD5 or SHA-1 anywhere.
 */
export { RECORD_OVERHEAD_BYTES } from './version-1-2/aead-protection.js'
export type { CipherSuiteName } from './cipher-suites.js'
export { DtlsConnection } from './connection.js'
export { formatDigest } from './fingerprint.js'
export type * from './types.js'
