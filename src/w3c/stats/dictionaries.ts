/** The dictionaries of https://www.w3.org/TR/webrtc-stats/, with the members that this implementation has. */
import type { RTCDataChannelState } from '../data-channel-slots.js'
import type { RTCDtlsTransportState } from '../rtc-dtls-transport.js'
import type {
  RTCIceCandidateType,
  RTCIceProtocol,
  RTCIceServerTransportProtocol,
  RTCIceTcpCandidateType,
} from '../rtc-ice-candidate.js'
import type { RTCIceRole, RTCIceTransportState } from '../rtc-ice-transport.js'

/** What has statistics: see https://www.w3.org/TR/webrtc-stats/#rtcstatstype-* */
export type RTCStatsType =
  | 'candidate-pair'
  | 'certificate'
  | 'codec'
  | 'data-channel'
  | 'inbound-rtp'
  | 'local-candidate'
  | 'media-playout'
  | 'media-source'
  | 'outbound-rtp'
  | 'peer-connection'
  | 'remote-candidate'
  | 'remote-inbound-rtp'
  | 'remote-outbound-rtp'
  | 'transport'

/**
 * What every statistics object has.
 * @see https://www.w3.org/TR/webrtc/#dom-rtcstats
 */
export interface RTCStats {
  /** When it was collected, in milliseconds since the Unix epoch: `performance.timeOrigin + performance.now()`. */
  timestamp: number
  /** Which of the dictionaries it is. */
  type: RTCStatsType
  /** The same for the same object in each report, and not to be foreseen. */
  id: string
}

/**
 * The connection as a whole; one in each report without a selector.
 * @see https://www.w3.org/TR/webrtc-stats/#pcstats-dict*
 */
export interface RTCPeerConnectionStats extends RTCStats {
  /** Tells it from the other statistics. */
  type: 'peer-connection'
  /** Channels that were ever open, announced ones too. Only grows. */
  dataChannelsOpened: number
  /** Of these, those that are not open any more. Only grows. */
  dataChannelsClosed: number
}

/**
 * One channel; there until the channel is closed, and past the end of the connection where that closed it.
 * @see https://www.w3.org/TR/webrtc-stats/#dcstats-dict*
 */
export interface RTCDataChannelStats extends RTCStats {
  /** Tells it from the other statistics. */
  type: 'data-channel'
  /** The name that `createDataChannel()` was given. */
  label: string
  /** The name of the application's protocol; empty where it has none. */
  protocol: string
  /** The channel's `id`; absent while it has none. */
  dataChannelIdentifier?: number
  /** Its `readyState`. */
  state: RTCDataChannelState
  /**
   * Calls of `send()` that were accepted, and messages that a stream of `streamsOf()` wrote; some may still wait to
   * leave.
   */
  messagesSent: number
  /** Of these messages, as UTF-8 where they are text; without headers. */
  bytesSent: number
  /** Messages that came while it was `open`. */
  messagesReceived: number
  /** Of these messages, without headers. */
  bytesReceived: number
}

/**
 * Who begins the DTLS handshake: the client. `unknown` until an answer has settled it.
 * @see https://www.w3.org/TR/webrtc-stats/#rtcdtlsrole-enum
 */
export type RTCDtlsRole = 'client' | 'server' | 'unknown'

/**
 * One ICE transport with the DTLS transport over it. Without the members that tell of SRTP and RTCP, as no media flows
 * yet.
 * @see https://www.w3.org/TR/webrtc-stats/#transportstats-dict*
 */
export interface RTCTransportStats extends RTCStats {
  /** Tells it from the other statistics. */
  type: 'transport'
  /** Datagrams of DTLS and what it carries, without connectivity checks, over all candidate pairs. */
  packetsSent: number
  /** As `packetsSent`, for what came in. */
  packetsReceived: number
  /** What these datagrams carry: without headers of UDP and IP. */
  bytesSent: number
  /** As `bytesSent`, for what came in. */
  bytesReceived: number
  /** `role` of its RTCIceTransport. */
  iceRole: RTCIceRole
  /**
   * Our half of the names in connectivity checks, of the newest generation (RFC 8839 §5.4); absent before there is a
   * local description.
   */
  iceLocalUsernameFragment?: string
  /** `state` of its RTCIceTransport. */
  iceState: RTCIceTransportState
  /** `state` of its RTCDtlsTransport. */
  dtlsState: RTCDtlsTransportState
  /** Our part in the handshake. */
  dtlsRole: RTCDtlsRole
  /** Once the handshake is done: `FEFD`, for DTLS 1.2, which is the one that we have. */
  tlsVersion?: string
  /** Once the handshake is done: `TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256`, for instance. */
  dtlsCipher?: string
  /** The {@link RTCIceCandidatePairStats} that data goes over; absent while there is none. */
  selectedCandidatePairId?: string
  /** The {@link RTCCertificateStats} of ours; of several, absent until the handshake has chosen one. */
  localCertificateId?: string
  /** The {@link RTCCertificateStats} of the peer's own certificate; absent before the handshake is done. */
  remoteCertificateId?: string
  /** How often a pair was selected, or lost without another one. */
  selectedCandidatePairChanges: number
}

/**
 * A candidate of either side; there as long as its transport knows of it.
 * @see https://www.w3.org/TR/webrtc-stats/#icecandidate-dict*
 */
export interface RTCIceCandidateStats extends RTCStats {
  /** Whose it is. */
  type: 'local-candidate' | 'remote-candidate'
  /** The {@link RTCTransportStats} that it belongs to. */
  transportId: string
  /**
   * An IP address. Of a remote candidate the name where a name was signalled (mDNS); null where only connectivity
   * checks revealed it.
   */
  address: string | null
  /** 0 to 65535; 9 for an active TCP candidate, where it means nothing (RFC 6544 §4.5). */
  port: number
  /** How the peer reaches it: for a relay what the relay sends, not how we reach the relay. */
  protocol: RTCIceProtocol
  /** Where it comes from (RFC 8445 §5.1.1). */
  candidateType: RTCIceCandidateType
  /** 1 to 2³¹ − 1, the higher the better (RFC 8445 §5.1.2). */
  priority: number
  /** The same for candidates of one type, base and server (RFC 8445 §5.1.1.3). */
  foundation: string
  /** The generation that it belongs to (RFC 8839 §5.4); absent where only connectivity checks revealed it. */
  usernameFragment?: string
  /** The address that it is derived from; absent for `host` (RFC 8839 §5.1). */
  relatedAddress?: string
  /** The port of `relatedAddress`; absent with it. */
  relatedPort?: number
  /** Who connects (RFC 6544 §4.5); absent for UDP. */
  tcpType?: RTCIceTcpCandidateType
  /** The server that a local candidate comes from; absent for every other. */
  url?: string
  /** How the TURN server of a local `relay` candidate is reached; absent for every other. */
  relayProtocol?: RTCIceServerTransportProtocol
}

/**
 * Where the check of a pair stands (RFC 8445 §6.1.2.6): not due yet, due, under way, passed or failed.
 * @see https://www.w3.org/TR/webrtc-stats/#rtcstatsicecandidatepairstate-enum
 */
export type RTCStatsIceCandidatePairState = 'failed' | 'frozen' | 'in-progress' | 'succeeded' | 'waiting'

/**
 * A local and a remote candidate that were paired: of the newest generation, and during a restart the pair that is still in use.
 * Without bitrates, which nothing estimates.
 * @see https://www.w3.org/TR/webrtc-stats/#candidatepair-dict*
 */
export interface RTCIceCandidatePairStats extends RTCStats {
  /** Tells it from the other statistics. */
  type: 'candidate-pair'
  /** The {@link RTCTransportStats} that it belongs to. */
  transportId: string
  /** Our {@link RTCIceCandidateStats}. */
  localCandidateId: string
  /** The peer's {@link RTCIceCandidateStats}. */
  remoteCandidateId: string
  /** Where its connectivity check stands. */
  state: RTCStatsIceCandidatePairState
  /** Whether the controlling side has chosen it (RFC 8445 §8.1.1). */
  nominated: boolean
  /** Datagrams of DTLS and what it carries, without connectivity checks. */
  packetsSent: number
  /** As `packetsSent`, for what came in. */
  packetsReceived: number
  /** What these datagrams carry: without headers of UDP and IP. */
  bytesSent: number
  /** As `bytesSent`, for what came in. */
  bytesReceived: number
  /** On the clock of `timestamp`; absent before there was one. Connectivity checks do not count. */
  lastPacketSentTimestamp?: number
  /** On the clock of `timestamp`; absent before there was one. Connectivity checks do not count. */
  lastPacketReceivedTimestamp?: number
  /** Seconds, the sum over `responsesReceived`. */
  totalRoundTripTime: number
  /** Seconds; absent before the first response. */
  currentRoundTripTime?: number
  /** Connectivity checks, without repetitions, and without `consentRequestsSent`. */
  requestsSent: number
  /** Checks and consent checks, which cannot be told apart; repetitions too. */
  requestsReceived: number
  /** Answers to checks and to consent checks of ours. */
  responsesReceived: number
  /** Answers to `requestsReceived`, errors included. */
  responsesSent: number
  /** Checks whether the peer still wants what we send (RFC 7675). */
  consentRequestsSent: number
}

/**
 * A certificate that a transport uses, ours or one of the chain that the peer sent.
 * @see https://www.w3.org/TR/webrtc-stats/#certificatestats-dict*
 */
export interface RTCCertificateStats extends RTCStats {
  /** Tells it from the other statistics. */
  type: 'certificate'
  /** Pairs of upper-case hexadecimal digits, joined by colons (RFC 8122 §5). */
  fingerprint: string
  /** Always `sha-256`, whatever the description says. */
  fingerprintAlgorithm: string
  /** DER in base64, without line breaks. */
  base64Certificate: string
  /** The next one in the chain that the peer sent; absent at the end of it, and for ours. */
  issuerCertificateId?: string
}

/**
 * A codec that a stream of {@link RTCOutboundRtpStreamStats} names; one for each payload type of a transport.
 * @see https://www.w3.org/TR/webrtc-stats/#codec-dict*
 */
export interface RTCCodecStats extends RTCStats {
  /** Tells it from the other statistics. */
  type: 'codec'
  /** The {@link RTCTransportStats} that it was negotiated for. */
  transportId: string
  /** 0 to 127. */
  payloadType: number
  /** Type and subtype, as in `audio/opus`. */
  mimeType: string
  /** Of RTP timestamps, in hertz. */
  clockRate: number
  /** Audio: 1 is mono, 2 is stereo; absent where the description does not say. */
  channels?: number
  /** The parameters of its `a=fmtp` line; absent where it has none. */
  sdpFmtpLine?: string
}

/**
 * The track of a sender. Sources have no way in for media yet: the counts are all 0.
 * @see https://www.w3.org/TR/webrtc-stats/#mediasourcestats-dict*
 */
export interface RTCMediaSourceStats extends RTCStats {
  /** Tells it from the other statistics. */
  type: 'media-source'
  /** The track's `id`. */
  trackIdentifier: string
  /** `audio` or `video`, which decides about the members after it. */
  kind: string
  /** Audio: its energy, in the unit of squared sample values between -1 and 1 times seconds. */
  totalAudioEnergy?: number
  /** Audio: seconds of samples that the source has produced. */
  totalSamplesDuration?: number
  /** Video: pictures that the source has produced. */
  frames?: number
}

/**
 * A stream that was negotiated to be sent, there until its transceiver is stopped. No media flows yet: what it counts
 * is all 0.
 * @see https://www.w3.org/TR/webrtc-stats/#outboundrtpstats-dict*
 */
export interface RTCOutboundRtpStreamStats extends RTCStats {
  /** Tells it from the other statistics. */
  type: 'outbound-rtp'
  /** The synchronization source of its packets (RFC 3550 §3), 32 bits. */
  ssrc: number
  /** `audio` or `video`. */
  kind: string
  /** The media section that describes it; absent while its transceiver has none. */
  mid?: string
  /** Video: its name in a simulcast; absent without one. */
  rid?: string
  /** Video: its place in `RTCRtpSendParameters.encodings`. */
  encodingIndex?: number
  /** The {@link RTCTransportStats} that it goes over; absent while its section has no transport. */
  transportId?: string
  /** The {@link RTCCodecStats} of what its packets carry; absent without `transportId`. */
  codecId?: string
  /** The {@link RTCMediaSourceStats} of its track; absent while the sender has none. */
  mediaSourceId?: string
  /** The stream of its retransmissions (RFC 4588); absent where none was negotiated. */
  rtxSsrc?: number
  /** `active` of its encoding. */
  active: boolean
  /** Video: `L1T3` and the like; absent while none is set. */
  scalabilityMode?: string
  /** RTP packets, retransmissions included. */
  packetsSent: number
  /** Of these, those with the congestion notification mark of RFC 9331. */
  packetsSentWithEct1: number
  /** Of payload, retransmissions included. */
  bytesSent: number
  /** Of RTP headers and padding. */
  headerBytesSent: number
  /** Of `packetsSent`, those that were sent again. */
  retransmittedPacketsSent: number
  /** Of `bytesSent`, what was sent again. */
  retransmittedBytesSent: number
  /** Feedback packets that ask for lost ones, received for it (RFC 4585 §6.2.1). */
  nackCount: number
  /** Video, as the members after it: pictures that the encoder made. */
  framesEncoded?: number
  /** Of these, those that need no other one. */
  keyFramesEncoded?: number
  /** Pictures whose packets were sent. */
  framesSent?: number
  /** Pictures of at least 2.5 times the average size. */
  hugeFramesSent?: number
  /** Full intra requests received for it (RFC 5104 §4.3.1). */
  firCount?: number
  /** Picture loss indications received for it (RFC 4585 §6.3.1). */
  pliCount?: number
}

/** Everything that a report may hold. */
export type StatsDictionary =
  | RTCCertificateStats
  | RTCCodecStats
  | RTCDataChannelStats
  | RTCIceCandidatePairStats
  | RTCIceCandidateStats
  | RTCMediaSourceStats
  | RTCOutboundRtpStreamStats
  | RTCPeerConnectionStats
  | RTCTransportStats
