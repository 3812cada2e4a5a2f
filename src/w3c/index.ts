/**
 * w3c: the interfaces of "WebRTC: Real-Time Communication in Browsers" (https://www.w3.org/TR/webrtc/),
 * transcribed from the specification's algorithms with departures tagged `Deviation:`; tracks and streams (`media/`);
 * WebIDL conversion (`webidl/`), the operations chain, tasks and events. All protocol state lives in the peer below.
 * Deliberately absent: identity, and anything of a protocol.
 */
export type { RTCIceConnectionState, RTCIceGatheringState, RTCPeerConnectionState } from './aggregate-states.js'
export * from './channel-streams/index.js'
export { discoverNatBehavior, type NatBehaviorInit } from './discover-nat-behavior.js'
export type { EventInit } from './event-init.js'
export * from './media/index.js'
export {
  exportCertificate,
  importRtcCertificate as importCertificate,
  RTCCertificate,
  type RTCCertificateAlgorithm,
  type RTCCertificatePem,
  type RTCDtlsFingerprint,
} from './rtc-certificate.js'
export type {
  RTCBundlePolicy,
  RTCConfiguration,
  RTCIceServer,
  RTCIceTransportPolicy,
  RTCRtcpMuxPolicy,
  TincanOptions,
} from './rtc-configuration.js'
export { RTCDataChannel, type RTCDataChannelEventMap, type RTCDataChannelState } from './rtc-data-channel.js'
export { RTCDataChannelEvent, type RTCDataChannelEventInit } from './rtc-data-channel-event.js'
export type { RTCDataChannelInit, RTCPriorityType } from './rtc-data-channel-init.js'
export { RTCDtlsTransport, type RTCDtlsTransportEventMap, type RTCDtlsTransportState } from './rtc-dtls-transport.js'
export { RTCError, type RTCErrorDetailType, type RTCErrorInit } from './rtc-error.js'
export { RTCErrorEvent, type RTCErrorEventInit } from './rtc-error-event.js'
export {
  RTCIceCandidate,
  type RTCIceCandidateInit,
  type RTCIceCandidateType,
  type RTCIceComponent,
  type RTCIceProtocol,
  type RTCIceServerTransportProtocol,
  type RTCIceTcpCandidateType,
  type RTCLocalIceCandidateInit,
} from './rtc-ice-candidate.js'
export { RTCIceCandidatePair } from './rtc-ice-candidate-pair.js'
export {
  RTCIceTransport,
  type RTCIceGathererState,
  type RTCIceParameters,
  type RTCIceRole,
  type RTCIceTransportEventMap,
  type RTCIceTransportState,
} from './rtc-ice-transport.js'
export type { RTCAnswerOptions, RTCOfferOptions } from './offer-options.js'
export { resourcesOf, RTCPeerConnection, type RTCSignalingState } from './rtc-peer-connection.js'
export type { RTCPeerConnectionEventMap } from './rtc-peer-connection-event-map.js'
export {
  RTCPeerConnectionIceErrorEvent,
  type RTCPeerConnectionIceErrorEventInit,
} from './rtc-peer-connection-ice-error-event.js'
export { RTCPeerConnectionIceEvent, type RTCPeerConnectionIceEventInit } from './rtc-peer-connection-ice-event.js'
export { RTCRtpReceiver, type RTCRtpContributingSource, type RTCRtpSynchronizationSource } from './rtc-rtp-receiver.js'
export { RTCRtpSender } from './rtc-rtp-sender.js'
export { RTCRtpTransceiver } from './rtc-rtp-transceiver.js'
export type { RTCRtpTransceiverInit } from './rtc-rtp-transceiver-init.js'
export type {
  RTCDegradationPreference,
  RTCEncodingOptions,
  RTCResolutionRestriction,
  RTCRtcpParameters,
  RTCRtpCapabilities,
  RTCRtpCodec,
  RTCRtpCodecParameters,
  RTCRtpCodingParameters,
  RTCRtpEncodingParameters,
  RTCRtpHeaderExtensionCapability,
  RTCRtpHeaderExtensionParameters,
  RTCRtpParameters,
  RTCRtpReceiveParameters,
  RTCRtpSendParameters,
  RTCRtpTransceiverDirection,
  RTCSetParameterOptions,
} from './rtp-parameters/index.js'
export { RTCSctpTransport, type RTCSctpTransportEventMap, type RTCSctpTransportState } from './rtc-sctp-transport.js'
export {
  RTCSessionDescription,
  type RTCCreatedDescription,
  type RTCLocalSessionDescriptionInit,
  type RTCSdpType,
  type RTCSessionDescriptionInit,
} from './rtc-session-description.js'
export { RTCStatsReport } from './stats/index.js'
export type {
  RTCCertificateStats,
  RTCCodecStats,
  RTCDataChannelStats,
  RTCDtlsRole,
  RTCIceCandidatePairStats,
  RTCIceCandidateStats,
  RTCMediaSourceStats,
  RTCOutboundRtpStreamStats,
  RTCPeerConnectionStats,
  RTCStats,
  RTCStatsIceCandidatePairState,
  RTCStatsReportValue,
  RTCStatsType,
  RTCTransportStats,
} from './stats/index.js'
export type { EventHandler } from './webidl/index.js'
export { RTCTrackEvent, type RTCTrackEventInit } from './rtc-track-event.js'
