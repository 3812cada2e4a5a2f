/**
 * tincan-rtc: WebRTC for JavaScript runtimes. The classes are those of https://www.w3.org/TR/webrtc/; what they add is
 * marked as an extension of ours.
 */
export {
  fastPath,
  TcpMux,
  UdpMux,
  type FastPathReport,
  type NatBehavior,
  type NatObservation,
  type PathReport,
  type ResourceReport,
  type TcpMuxOptions,
  type UdpMuxOptions,
  type UnknownPeer,
} from './node/index.js'
export * from './w3c/index.js'
