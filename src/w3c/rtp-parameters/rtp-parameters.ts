import {
  boolean,
  defaulted,
  dictionary,
  domString,
  enumeration,
  optional,
  required,
  sequence,
  unsignedShort,
  type Members,
} from '../webidl/index.js'
import { rtpCodecParameters, type RTCRtpCodecParameters } from './rtp-codec.js'
import { rtpEncodings, type RTCRtpEncodingParameters } from './rtp-encoding-parameters.js'

/** A negotiated header extension. @see https://www.w3.org/TR/webrtc/#dom-rtcrtpheaderextensionparameters */
export interface RTCRtpHeaderExtensionParameters {
  uri: string
  /** What names it in packets: 1 to 255. */
  id: number
  /** RFC 9335; default false. */
  encrypted?: boolean
}

/** @see https://www.w3.org/TR/webrtc/#dom-rtcrtcpparameters */
export interface RTCRtcpParameters {
  /** Of a sender: the name that binds its streams together (RFC 7022). */
  cname?: string
  /** RFC 5506. */
  reducedSize?: boolean
}

/** @see https://www.w3.org/TR/webrtc/#dom-rtcrtpparameters */
export interface RTCRtpParameters {
  headerExtensions: RTCRtpHeaderExtensionParameters[]
  rtcp: RTCRtcpParameters
  codecs: RTCRtpCodecParameters[]
}

/** What gives way when there is too little bandwidth. @see https://www.w3.org/TR/mst-content-hint/ */
export type RTCDegradationPreference = 'maintain-framerate' | 'maintain-resolution' | 'balanced'

/** @see https://www.w3.org/TR/webrtc/#dom-rtcrtpsendparameters */
export interface RTCRtpSendParameters extends RTCRtpParameters {
  /** Binds setParameters to the getParameters before it. */
  transactionId: string
  encodings: RTCRtpEncodingParameters[]
  degradationPreference?: RTCDegradationPreference
}

/** @see https://www.w3.org/TR/webrtc/#dom-rtcrtpreceiveparameters */
export type RTCRtpReceiveParameters = RTCRtpParameters

/** @see https://w3c.github.io/webrtc-extensions/ */
export interface RTCEncodingOptions {
  /** Asks the encoder of this encoding for a key frame. Default false. */
  keyFrame?: boolean
}

/** @see https://www.w3.org/TR/webrtc/#dom-rtcsetparameteroptions */
export interface RTCSetParameterOptions {
  /** One for each encoding, or none. */
  encodingOptions?: RTCEncodingOptions[]
}

const headerExtensionParameters = dictionary<RTCRtpHeaderExtensionParameters>('RTCRtpHeaderExtensionParameters', {
  uri: required(domString),
  id: required(unsignedShort),
  encrypted: defaulted(boolean, () => false),
})

const rtcpParameters = dictionary<RTCRtcpParameters>('RTCRtcpParameters', {
  cname: optional(domString),
  reducedSize: optional(boolean),
})

const PARAMETERS_MEMBERS: Members<RTCRtpParameters> = {
  headerExtensions: required(sequence(headerExtensionParameters)),
  rtcp: required(rtcpParameters),
  codecs: required(sequence(rtpCodecParameters)),
}

/** The first argument of setParameters. */
export const rtpSendParameters = dictionary<RTCRtpSendParameters>(
  'RTCRtpSendParameters',
  {
    ...PARAMETERS_MEMBERS,
    transactionId: required(domString),
    encodings: required(rtpEncodings),
    degradationPreference: optional(
      enumeration<RTCDegradationPreference>('RTCDegradationPreference', [
        'maintain-framerate',
        'maintain-resolution',
        'balanced',
      ]),
    ),
  },
  PARAMETERS_MEMBERS,
)

const encodingOptions = dictionary<RTCEncodingOptions>('RTCEncodingOptions', {
  keyFrame: defaulted(boolean, () => false),
})

/** The second argument of setParameters. */
export const setParameterOptions = dictionary<Required<RTCSetParameterOptions>>('RTCSetParameterOptions', {
  encodingOptions: defaulted(sequence(encodingOptions), () => []),
})
