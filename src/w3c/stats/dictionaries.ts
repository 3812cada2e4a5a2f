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
  type: RTCStatsType
  /** The same for the same object in each report, and not to be foreseen. */
  id: string
}

/** @see https://www.w3.org/TR/webrtc-stats/#pcstats-dict* */
export interface RTCPeerConnectionStats extends RTCStats {
  type: 'peer-connection'
  /** Channels that were ever open. */
  dataChannelsOpened: number
  /** Of these, those that are not open any more. */
  dataChannelsClosed: number
}

/** There as long as the channel is not closed. @see https://www.w3.org/TR/webrtc-stats/#dcstats-dict* */
export interface RTCDataChannelStats extends RTCStats {
  type: 'data-channel'
  label: string
  protocol: string
  /** The channel's `id`; absent while it has none. */
  dataChannelIdentifier?: number
  state: RTCDataChannelState
  messagesSent: number
  bytesSent: number
  messagesReceived: number
  bytesReceived: number
}

export type RTCDtlsRole = 'client' | 'server' | 'unknown'

/** One ICE transport with the DTLS transport over it. @see https://www.w3.org/TR/webrtc-stats/#transportstats-dict* */
export interface RTCTransportStats extends RTCStats {
  type: 'transport'
  /** Datagrams, without connectivity checks, over all candidate pairs. */
  packetsSent: number
  packetsReceived: number
  /** Payload of UDP, without connectivity checks. */
  bytesSent: number
  bytesReceived: number
  iceRole: RTCIceRole
  iceLocalUsernameFragment?: string
  iceState: RTCIceTransportState
  dtlsState: RTCDtlsTransportState
  dtlsRole: RTCDtlsRole
  /** Once the handshake is done: `FEFD` for DTLS 1.2. */
  tlsVersion?: string
  /** Once the handshake is done: `TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256`, for instance. */
  dtlsCipher?: string
  selectedCandidatePairId?: string
  localCertificateId?: string
  remoteCertificateId?: string
  /** How often a pair was selected, or lost without another one. */
  selectedCandidatePairChanges: number
}

/** @see https://www.w3.org/TR/webrtc-stats/#icecandidate-dict* */
export interface RTCIceCandidateStats extends RTCStats {
  type: 'local-candidate' | 'remote-candidate'
  transportId: string
  /** The name where a name was signalled; null where only connectivity checks revealed it. */
  address: string | null
  port: number
  protocol: RTCIceProtocol
  candidateType: RTCIceCandidateType
  priority: number
  foundation: string
  usernameFragment?: string
  relatedAddress?: string
  relatedPort?: number
  tcpType?: RTCIceTcpCandidateType
  /** The server that a local candidate comes from. */
  url?: string
  relayProtocol?: RTCIceServerTransportProtocol
}

export type RTCStatsIceCandidatePairState = 'failed' | 'frozen' | 'in-progress' | 'succeeded' | 'waiting'

/** @see https://www.w3.org/TR/webrtc-stats/#candidatepair-dict* */
export interface RTCIceCandidatePairStats extends RTCStats {
  type: 'candidate-pair'
  transportId: string
  localCandidateId: string
  remoteCandidateId: string
  state: RTCStatsIceCandidatePairState
  nominated: boolean
  packetsSent: number
  packetsReceived: number
  bytesSent: number
  bytesReceived: number
  /** On the clock of `timestamp`; absent before there was one. Checks do not count. */
  lastPacketSentTimestamp?: number
  lastPacketReceivedTimestamp?: number
  /** Seconds, the sum over `responsesReceived`. */
  totalRoundTripTime: number
  /** Seconds; absent before the first response. */
  currentRoundTripTime?: number
  /** Without repetitions, and without `consentRequestsSent`. */
  requestsSent: number
  /** Repetitions too. */
  requestsReceived: number
  /** To checks and to consent checks. */
  responsesReceived: number
  responsesSent: number
  consentRequestsSent: number
}

/** @see https://www.w3.org/TR/webrtc-stats/#certificatestats-dict* */
export interface RTCCertificateStats extends RTCStats {
  type: 'certificate'
  fingerprint: string
  fingerprintAlgorithm: string
  base64Certificate: string
  /** The next one in the chain that the peer sent. */
  issuerCertificateId?: string
}

/** A codec that is in use. @see https://www.w3.org/TR/webrtc-stats/#codec-dict* */
export interface RTCCodecStats extends RTCStats {
  type: 'codec'
  transportId: string
  payloadType: number
  mimeType: string
  clockRate: number
  channels?: number
  sdpFmtpLine?: string
}

/** The track of a sender. @see https://www.w3.org/TR/webrtc-stats/#mediasourcestats-dict* */
export interface RTCMediaSourceStats extends RTCStats {
  type: 'media-source'
  trackIdentifier: string
  kind: string
  /** Audio: its energy, in the unit of squared sample values between -1 and 1 times seconds. */
  totalAudioEnergy?: number
  /** Audio: seconds of samples that the source has produced. */
  totalSamplesDuration?: number
  /** Video: pictures that the source has produced. */
  frames?: number
}

/**
 * A stream that was negotiated to be sent, there until its transceiver is stopped.
 * @see https://www.w3.org/TR/webrtc-stats/#outboundrtpstats-dict*
 */
export interface RTCOutboundRtpStreamStats extends RTCStats {
  type: 'outbound-rtp'
  ssrc: number
  kind: string
  mid?: string
  rid?: string
  /** Video: its place in `RTCRtpSendParameters.encodings`. */
  encodingIndex?: number
  transportId?: string
  codecId?: string
  mediaSourceId?: string
  rtxSsrc?: number
  active: boolean
  scalabilityMode?: string
  packetsSent: number
  /** With the congestion notification mark of RFC 9331. */
  packetsSentWithEct1: number
  /** Of payload, retransmissions included. */
  bytesSent: number
  /** Of RTP headers and padding. */
  headerBytesSent: number
  retransmittedPacketsSent: number
  retransmittedBytesSent: number
  /** Feedback packets received for it (RFC 4585 §6.2.1). */
  nackCount: number
  /** Video, as the members after it. */
  framesEncoded?: number
  keyFramesEncoded?: number
  framesSent?: number
  /** Of at least 2.5 times the average size. */
  hugeFramesSent?: number
  /** RFC 5104 §4.3.1 */
  firCount?: number
  /** RFC 4585 §6.3.1 */
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
