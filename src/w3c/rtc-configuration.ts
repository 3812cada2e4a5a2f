import { TcpMux, UdpMux, type PortRange } from '../node/index.js'
import { isRtcCertificate, type RTCCertificate } from './rtc-certificate.js'
import {
  boolean,
  defaulted,
  dictionary,
  domString,
  enforcedOctet,
  enforcedUnsignedLong,
  enforcedUnsignedShort,
  enumeration,
  instance,
  isIterable,
  optional,
  required,
  sequence,
  usvString,
} from './webidl/index.js'

/** A STUN or TURN server (RFC 7064, RFC 7065). @see https://www.w3.org/TR/webrtc/#rtciceserver-dictionary */
export interface RTCIceServer {
  /** `stun:host[:port]`, `turn:host[:port][?transport=udp|tcp]`, or the same with `stuns:` and `turns:`. */
  urls: string | string[]
  /** For TURN, where it is required: at most 508 bytes. */
  username?: string
  /** For TURN, where it is required: the password. */
  credential?: string
}

/**
 * Which candidates are used: those of TURN servers alone, or all.
 * @see https://www.w3.org/TR/webrtc/#rtcicetransportpolicy-enum
 */
export type RTCIceTransportPolicy = 'relay' | 'all'
/**
 * What is done for a peer that does not put all sections on one transport (RFC 9429 §4.1.1): a transport for each kind
 * of media (`balanced`), for each section (`max-compat`), or for the first alone, so that the others are lost
 * (`max-bundle`).
 * @see https://www.w3.org/TR/webrtc/#rtcbundlepolicy-enum
 */
export type RTCBundlePolicy = 'balanced' | 'max-compat' | 'max-bundle'
/**
 * RTP and RTCP share a transport (RFC 8858): there is no other way.
 * @see https://www.w3.org/TR/webrtc/#rtcrtcpmuxpolicy-enum
 */
export type RTCRtcpMuxPolicy = 'require'

/** An extension of ours: what a server process wants to say about its sockets. */
export interface TincanOptions {
  /** Candidates on loopback addresses too, although there are others. Default false. */
  includeLoopback?: boolean
  /** UDP ports to bind, and TCP ports to listen at, both ends included. Default: any. */
  portRange?: { min: number; max: number }
  /**
   * ICE over TCP (RFC 6544), for networks that let no UDP through: `active` opens connections to the peer, as browsers do, where it
   * can take them; `both` takes them too, on ports of `portRange`; `none` does without. Default `active`.
   */
  iceTcp?: 'none' | 'active' | 'both'
  /** Which addresses of this machine are used. Default: all that a browser would use. */
  addresses?: AddressSelection
  /**
   * Certificates in PEM of authorities that may vouch for `turns:` and `stuns:` servers, besides those that Node trusts (which
   * `NODE_EXTRA_CA_CERTS` adds to).
   */
  certificateAuthorities?: string[]
  /**
   * Restarts ICE, so that `negotiationneeded` fires, when the path to the peer is lost and addresses of this machine changed.
   * Default false.
   */
  restartOnNetworkChange?: boolean
  /**
   * The largest message in bytes that the peer may send here, 1 to 1,073,741,824 (1 GiB): what `a=max-message-size` says (RFC 8841
   * §6). Default 262,144, as in browsers. How large one may be that is sent is for the peer to say: `sctp.maxMessageSize`. What waits in
   * a channel to be sent may be as much, or 16 MiB where that is more.
   */
  maxMessageSize?: number
  /**
   * Datagrams of more than 1200 bytes where probes show that the path carries them (RFC 8899), up to 9000; on the fast path, over UDP
   * and without relays. Default false.
   */
  pathMtuDiscovery?: boolean
  /**
   * Descriptions say `a=sctp-init` (draft-hancke-tsvwg-snap), and with a peer that says it, too, channels open without the handshake of
   * SCTP: two round trips less. False: it is neither said nor looked at. Default true.
   */
  sctpNegotiationAcceleration?: boolean
  /**
   * False: neither batched system calls nor OpenSSL's own interface are used, even where they could be. Default true. The
   * environment variable `TINCAN_FAST_PATH=off` says so for a process.
   */
  fastPath?: boolean
  /**
   * False: the event loop is not kept turning for up to 0.1 ms when the answer to a message is about to come, which halves round trips that
   * take less, and costs no more CPU time than sleeping. Default true. The environment variable `TINCAN_BUSY_POLLING=off` says so for a process.
   */
  busyPolling?: boolean
  /**
   * Host candidates tell a random name for each address in place of the address, and answer for it by multicast DNS, as browsers do: who
   * reads a description learns nothing of the network behind it. Default false.
   */
  mdnsHostCandidates?: boolean
  /** A UDP port that connections share; then `includeLoopback`, `portRange` and `addresses` are the business of the mux. */
  udpMux?: UdpMux
  /** A TCP port that connections share: peers without UDP connect to it (RFC 6544), whatever `iceTcp` says. */
  tcpMux?: TcpMux
  /**
   * ICE credentials of the first description, for protocols that agree on them in their own way. Default: random ones, which a
   * restart makes in any case. RFC 8839 §5.4: 4 to 256 and 22 to 256 letters, digits, `+` and `/`.
   */
  iceParameters?: { usernameFragment: string; password: string }
  /**
   * A lite ICE agent (RFC 8445 §2.5), for servers at public addresses: it has host candidates alone, asks no ICE server, and sends no
   * connectivity checks, but answers those of its peer, which has to be a full agent. Default `false`.
   */
  iceLite?: boolean
}

/** Entries are names of interfaces (`eth0`), IP addresses, or prefixes (`192.0.2.0/24`, `2001:db8::/32`). */
export interface AddressSelection {
  /** Nothing but these, if it is there. Loopback addresses and those that tell a hardware address count when named here. */
  only?: string[]
  /** Not these. */
  except?: string[]
}

/** What a connection is constructed with. @see https://www.w3.org/TR/webrtc/#rtcconfiguration-dictionary */
export interface RTCConfiguration {
  /**
   * STUN and TURN servers that candidates come from, the first 64. Default: none, which leaves the addresses of this
   * machine.
   */
  iceServers?: RTCIceServer[]
  /** Which candidates are used; `relay` alone hides addresses. Default `all`. */
  iceTransportPolicy?: RTCIceTransportPolicy
  /** Cannot be changed later. Default `balanced`. */
  bundlePolicy?: RTCBundlePolicy
  /** Default `require`, and no other. */
  rtcpMuxPolicy?: RTCRtcpMuxPolicy
  /**
   * What the connection may show to its peer: the first that the peer can verify. Cannot be changed later. Default: one
   * that is made for this connection.
   */
  certificates?: RTCCertificate[]
  /**
   * 0 to 255: transports that gather candidates at once, before a description is set, so that they are there by then.
   * More than 16 are as 16. Sockets are held until the first answer, or `close()`. Cannot be changed after
   * `setLocalDescription()`. Default 0.
   */
  iceCandidatePoolSize?: number
  /** An extension of ours. Fixed when the connection is constructed: `setConfiguration()` does not look at it. */
  tincan?: TincanOptions
}

type Defaulted = 'iceServers' | 'iceTransportPolicy' | 'bundlePolicy' | 'rtcpMuxPolicy' | 'certificates'

/** A configuration whose defaults are filled in. */
export type Configuration = RTCConfiguration & Required<Pick<RTCConfiguration, Defaulted | 'iceCandidatePoolSize'>>

const iceServer = dictionary<RTCIceServer>('RTCIceServer', {
  // "Set a configuration" 6.2.: if urls is a string, set urls to a list consisting of just that string.
  urls: required<string | string[]>((value, context) =>
    isIterable(value) ? sequence(usvString)(value, context) : [usvString(value, context)],
  ),
  username: optional(domString),
  credential: optional(domString),
})

const portRange = dictionary<PortRange>('PortRange', {
  min: required(enforcedUnsignedShort),
  max: required(enforcedUnsignedShort),
})

const addressSelection = dictionary<AddressSelection>('AddressSelection', {
  only: optional(sequence(domString)),
  except: optional(sequence(domString)),
})

const iceParameters = dictionary<{ usernameFragment: string; password: string }>('IceParameters', {
  usernameFragment: required(domString),
  password: required(domString),
})

const tincanOptions = dictionary<TincanOptions>('TincanOptions', {
  includeLoopback: optional(boolean),
  portRange: optional(portRange),
  iceTcp: optional(enumeration('IceTcp', ['none', 'active', 'both'])),
  addresses: optional(addressSelection),
  certificateAuthorities: optional(sequence(domString)),
  restartOnNetworkChange: optional(boolean),
  mdnsHostCandidates: optional(boolean),
  maxMessageSize: optional(enforcedUnsignedLong),
  pathMtuDiscovery: optional(boolean),
  sctpNegotiationAcceleration: optional(boolean),
  fastPath: optional(boolean),
  busyPolling: optional(boolean),
  udpMux: optional(instance('UdpMux', (value): value is UdpMux => value instanceof UdpMux)),
  tcpMux: optional(instance('TcpMux', (value): value is TcpMux => value instanceof TcpMux)),
  iceParameters: optional(iceParameters),
  iceLite: optional(boolean),
})

export const rtcConfiguration = dictionary<Configuration>('RTCConfiguration', {
  iceServers: defaulted(sequence(iceServer), () => []),
  iceTransportPolicy: defaulted<RTCIceTransportPolicy>(
    enumeration('RTCIceTransportPolicy', ['relay', 'all']),
    () => 'all',
  ),
  bundlePolicy: defaulted<RTCBundlePolicy>(
    enumeration('RTCBundlePolicy', ['balanced', 'max-compat', 'max-bundle']),
    () => 'balanced',
  ),
  rtcpMuxPolicy: defaulted<RTCRtcpMuxPolicy>(enumeration('RTCRtcpMuxPolicy', ['require']), () => 'require'),
  certificates: defaulted(sequence(instance('RTCCertificate', isRtcCertificate)), () => []),
  iceCandidatePoolSize: defaulted(enforcedOctet, () => 0),
  tincan: optional(tincanOptions),
})
