import type { Millis } from '../core/index.js'

export type IceRole = 'controlling' | 'controlled'
export type CandidateType = 'host' | 'srflx' | 'prflx' | 'relay'
export type TcpType = 'active' | 'passive' | 'so'
export type IceGatheringState = 'new' | 'gathering' | 'complete'
export type IceTransportState = 'new' | 'checking' | 'connected' | 'completed' | 'disconnected' | 'failed' | 'closed'

/** An IP address in canonical text form (`inet_ntop`), never a name, and a UDP or TCP port. */
export interface TransportAddress {
  readonly address: string
  readonly port: number
}

/** RFC 8445 §5.3: fragment and password; on the wire of STUN as USERNAME and as the key of MESSAGE-INTEGRITY. */
export interface IceParameters {
  readonly usernameFragment: string
  readonly password: string
}

/** One candidate (RFC 8839 §5.1), local or remote. Component 1 only: RTP and RTCP are always multiplexed. */
export interface IceCandidate {
  readonly foundation: string
  readonly component: 1 | 2
  readonly protocol: 'udp' | 'tcp'
  readonly priority: number
  /** An IP address; a name (mDNS or DNS) only in candidates that were parsed and are not resolved yet. */
  readonly address: string
  readonly port: number
  readonly type: CandidateType
  readonly tcpType?: TcpType
  readonly relatedAddress?: string
  readonly relatedPort?: number
  readonly usernameFragment?: string
  /** The URL of the STUN or TURN server it was gathered from; local candidates only. */
  readonly url?: string
  readonly relayProtocol?: 'udp' | 'tcp' | 'tls'
  /** What was signalled in place of the address and is resolved by now (mDNS); remote candidates only. */
  readonly hostname?: string
}

/** A socket of the driver, by number. It is bound when the agent learns of it. */
export type SocketId = number

/** A local socket that the driver bound for this agent (RFC 8445 §5.1.1.1: a base). */
export interface LocalSocket {
  readonly socketId: SocketId
  readonly local: TransportAddress
  /** RFC 8445 §5.1.2.1 local preference, 0 to 65535: the driver ranks interfaces and address families (RFC 8421). */
  readonly localPreference: number
  /**
   * RFC 6544 §4: a base of TCP. `active`: connections are opened from the address, each from a port of its own, and the port here
   * is 9. `passive`: connections are taken at it. Either way a connection is known by the base and the peer's address.
   */
  readonly tcpType?: 'active' | 'passive'
  /** What candidates tell in place of the address, which they then never do: a name that multicast DNS resolves. */
  readonly name?: string
  /** What it sends arrives whole or not at all: no router takes datagrams apart. */
  readonly neverFragments?: boolean
}

/** A relayed address (RFC 8656 §2.4): a base that datagrams reach through a server. */
export interface RelayedSocket extends LocalSocket {
  /** RFC 8839 §5.1: the address that the server saw us at. */
  readonly related: TransportAddress
  /** How the server is reached, and how it was configured. */
  readonly protocol: 'udp' | 'tcp' | 'tls'
  readonly url: string
}

export interface StunServer {
  readonly address: string
  readonly port: number
  /** The URL in the configuration that it came from. */
  readonly url: string
}

/**
 * Whether certificates (DER, the server's own first) vouch for a server of this name or address: why not, in words; `undefined` where
 * they do. Never throws.
 */
export type VerifyServer = (serverName: string, chain: readonly Uint8Array[]) => string | undefined

/** One address of a STUN server over DTLS (RFC 7350 §4.1, `stuns:`): of it nothing is wanted but where it sees a socket. */
export interface SecureStunServer extends StunServer {
  readonly protocol: 'dtls'
  /** The host in the URL, which the certificate of the server is checked against. */
  readonly serverName: string
  readonly verify: VerifyServer
}

/**
 * One address of a TURN server, as one URL of the configuration names it (RFC 7065). A name with addresses of both families is two
 * servers with the same URL.
 */
export interface TurnServer {
  readonly address: string
  readonly port: number
  readonly url: string
  /** How it is reached: `turns:` is `tls` over TCP, and `dtls` over UDP. */
  readonly protocol: 'udp' | 'tcp' | 'tls' | 'dtls'
  /** The host in the URL, which the certificate of the server is checked against. */
  readonly serverName: string
  /** Who checks it where it is over DTLS; without it nobody is trusted. Over TLS it is the driver. */
  readonly verify?: VerifyServer
  readonly username: string
  readonly password: string
}

/** A TCP connection, with or without TLS on it, that the driver is to make. */
export interface StreamRequest {
  /** Chosen by who asks, negative, and never used twice: sockets of the driver have positive ids. */
  readonly socketId: SocketId
  readonly to: TransportAddress
  /** The local address to connect from; any port. */
  readonly from: string
  readonly protocol: 'tcp' | 'tls'
  /** Whom the certificate must name (RFC 6125). */
  readonly serverName: string
}

export interface IceTransmit {
  readonly socketId: SocketId
  readonly to: TransportAddress
  readonly data: Uint8Array
  /** Nobody repeats it: a stream takes it however much waits there already. Everything else may be lost, as UDP loses. */
  readonly isControl?: true
}

/** A datagram as it came in. */
export interface IceDatagram {
  readonly socketId: SocketId
  readonly from: TransportAddress
  readonly data: Uint8Array
}

export interface SelectedPair {
  readonly local: IceCandidate
  readonly remote: IceCandidate
  readonly socketId: SocketId
  readonly to: TransportAddress
}

/**
 * What is known of a path that a datagram came from: `validated`, a check over it succeeded in this generation;
 * `pending`, its address is that of a known candidate or check, but no check has succeeded yet; `unknown`.
 */
export type PathStatus = 'validated' | 'pending' | 'unknown'

export type IceEvent =
  | { readonly type: 'localCandidate'; readonly candidate: IceCandidate }
  /** RTCPeerConnectionIceErrorEvent: a server did not answer (701) or answered with a STUN error code. */
  | {
      readonly type: 'candidateError'
      readonly local: TransportAddress
      readonly url: string
      readonly errorCode: number
      readonly errorText: string
    }
  | { readonly type: 'gatheringState'; readonly state: IceGatheringState }
  | { readonly type: 'state'; readonly state: IceTransportState }
  | { readonly type: 'role'; readonly role: IceRole }
  /** Data flows over another pair, which may be nominated or not. */
  | { readonly type: 'selectedPair'; readonly pair: SelectedPair }
  /** The selected pair is: others are needed no more. */
  | { readonly type: 'nominated' }
  /** A check over this path has succeeded: what was held back from it may be processed now. */
  | { readonly type: 'pathValidated'; readonly socketId: SocketId; readonly from: TransportAddress }

/** How long things take, so that tests and unusual networks can change it. */
export interface IceTimings {
  /** Ta, between two checks or gathering transactions (RFC 8445 §14.2): 50 ms; browsers are as fast when idle. */
  readonly paceMillis: Millis
  /** No check response and no consent for this long: `disconnected`. libwebrtc's receiving timeout: 5 s overall, 2.5 s here. */
  readonly disconnectedAfterMillis: Millis
  /** Consent expires (RFC 7675 §5.1): 30 s. */
  readonly consentExpiryMillis: Millis
  /** No pair has worked this long after checking began with all candidates known: `failed`. */
  readonly failedAfterMillis: Millis
}
