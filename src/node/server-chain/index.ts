/**
 * server-chain: whether a chain of certificates vouches for a server that is spoken to over DTLS (RFC 5280 §6, RFC 9525 §6), as TLS of
 * Node does it for `turns:` over TCP, with the same authorities. Signatures, names of issuers and of hosts are for the X509Certificate of
 * the runtime; what it does not tell is read here. Loaded when a configuration names such a server. See decision record 029.
 *
 * Deliberately absent: revocation (CRL, OCSP), which TLS of Node does not ask for either; policies; the common name of a subject;
 * authorities that are trusted without being signed by themselves; certificates of versions before 3.
 */
export { serverVerifier } from './server-verifier.js'
