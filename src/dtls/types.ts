import type { Millis, ProtocolError } from '../core/index.js'
import type { Crypto, Fingerprint, LocalCertificate, NamedGroup } from '../crypto/types.js'
import type { CipherSuiteName } from './cipher-suites.js'

export type DtlsRole = 'client' | 'server'
export type DtlsTransportState = 'new' | 'connecting' | 'connected' | 'closed' | 'failed'

/** SRTP protection profiles by their DTLS numbers (RFC 5764 §4.1.2, RFC 7714 §14.2). */
export type SrtpProfile = 0x0001 | 0x0002 | 0x0007 | 0x0008

export interface DtlsOptions {
  readonly crypto: Crypto
  readonly role: DtlsRole
  /** A client may do without, and then says so to a server that asks for one (RFC 5246 §7.4.6). A server has one. */
  readonly certificate?: LocalCertificate
  /** Taken, in this order, where the peer cannot do with `certificate`: it verifies no signature of its kind of key. */
  readonly furtherCertificates?: readonly LocalCertificate[]
  /**
   * What the peer's certificate must match, at least one of (RFC 8122 §5, RFC 8827 §5.1). Those of unknown hashes are
   * ignored; when none is left, the handshake fails.
   */
  readonly remoteFingerprints: readonly Fingerprint[]
  /** In place of fingerprints: whether the peer's chain (DER, its own first) is to be believed; why not, in words. Never throws. */
  readonly verifyChain?: (chain: readonly Uint8Array[]) => string | undefined
  /** Server: false takes clients that have no certificate, too (RFC 5246 §7.4.6). WebRTC endpoints must have one. */
  readonly requiresCertificate?: boolean
  /** Client: the host that is meant (RFC 6066 §3), no address. */
  readonly serverName?: string
  /** Offered (client) or acceptable (server) in use_srtp, best first; with none the extension is left out. */
  readonly srtpProfiles: readonly SrtpProfile[]
  /** The largest datagram that we send while shaking hands: 1200 fits a 1280-byte path with room for relays. */
  readonly mtuBytes?: number
  /** What we offer (client) or take (server), best first; all that we know by default. */
  readonly cipherSuites?: readonly CipherSuiteName[]
  readonly groups?: readonly NamedGroup[]
  /**
   * Server: demand a HelloVerifyRequest round trip (RFC 6347 §4.2.1) before answering with more bytes than came in. Off by
   * default, since ICE has validated the path by then; turn it on where nothing has.
   */
  readonly cookieExchange?: boolean
  /** The first retransmission timeout, for owners who know the round-trip time; 200 ms by default. */
  readonly initialRetransmissionMillis?: Millis
}

/** What a handshake came to. */
export interface DtlsSession {
  readonly version: 'DTLS 1.2' | 'DTLS 1.3'
  /** The IANA name, for instance `TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256`. */
  readonly cipherSuite: string
  readonly group: string
  readonly srtpProfile: SrtpProfile | undefined
  /** The peer's chain, its own certificate first, DER. */
  readonly remoteCertificates: readonly Uint8Array[]
  /** The one of ours that was used, DER; empty where a client has none. */
  readonly localCertificate: Uint8Array
}

export type DtlsEvent =
  /** The handshake is done, the peer's certificate matched and proved its key. Application data may flow. */
  | ({ readonly type: 'connected' } & DtlsSession)
  /** One record of application data. */
  | { readonly type: 'data'; readonly data: Uint8Array }
  /** An authenticated close_notify came in, or close() ran. Last event. */
  | { readonly type: 'closed'; readonly by: 'local' | 'peer' }
  /** A fatal alert, ours or theirs, or a handshake that gave up. Last event. */
  | { readonly type: 'failed'; readonly error: ProtocolError }
