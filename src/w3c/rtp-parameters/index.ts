/**
 * rtp-parameters: the dictionaries that senders, receivers and transceivers take and return, and the steps that judge them
 * (https://www.w3.org/TR/webrtc/, webrtc-extensions, webrtc-svc, webrtc-priority), as functions over plain data.
 * Deliberately absent: internal slots and the objects that have them, and what a media engine does with encodings.
 */
export { validateCodecPreferences } from './codec-preferences.js'
export { copyOf, receiveParameters, sendParameters, type SenderState } from './current-parameters.js'
export { answeredExtensions, initialHeaderExtensions, validateHeaderExtensions } from './header-extension-control.js'
export {
  encodingsAfterAnswer,
  encodingsWithCodecs,
  proposedSendEncodings,
  takesProposal,
} from './negotiated-encodings.js'
export {
  headerExtensionCapabilities,
  rtpCapabilities,
  transceiverDirection,
  type RTCRtpCapabilities,
  type RTCRtpHeaderExtensionCapability,
  type RTCRtpTransceiverDirection,
} from './rtp-capabilities.js'
export { rtpCodecs, type RTCRtpCodec, type RTCRtpCodecParameters } from './rtp-codec.js'
export {
  rtpEncodings,
  type RTCResolutionRestriction,
  type RTCRtpCodingParameters,
  type RTCRtpEncodingParameters,
} from './rtp-encoding-parameters.js'
export {
  rtpSendParameters,
  setParameterOptions,
  type RTCDegradationPreference,
  type RTCEncodingOptions,
  type RTCRtcpParameters,
  type RTCRtpHeaderExtensionParameters,
  type RTCRtpParameters,
  type RTCRtpReceiveParameters,
  type RTCRtpSendParameters,
  type RTCSetParameterOptions,
} from './rtp-parameters.js'
export { initialSendEncodings, validateSendEncodings } from './send-encodings.js'
export { validateSetParameters, type SetParametersInputs, type ValidParameters } from './set-parameters.js'
