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
  /** What it is, by the name that `a=extmap` has. */
  uri: string
  /** What names it in packets: 1 to 255. */
  id: number
  /** RFC 9335; default false. */
  encrypted?: boolean
}

/** How RTCP (RFC 3550 §6) goes with the streams. @see https://www.w3.org/TR/webrtc/#dom-rtcrtcpparameters */
export interface RTCRtcpParameters {
  /** Of a sender: the name that binds its streams together (RFC 7022). */
  cname?: string
  /** Whether its packets may be short (RFC 5506); false before an answer. */
  reducedSize?: boolean
}

/** What senders and receivers negotiated. @see https://www.w3.org/TR/webrtc/#dom-rtcrtpparameters */
export interface RTCRtpParameters {
  /** Empty before an answer. */
  headerExtensions: RTCRtpHeaderExtensionParameters[]
  /** Read-only for `setParameters()`, as the others are. */
  rtcp: RTCRtcpParameters
  /** The preferred one first. Empty before an answer. */
  codecs: RTCRtpCodecParameters[]
}

/** What gives way when there is too little bandwidth. @see https://www.w3.org/TR/mst-content-hint/ */
export type RTCDegradationPreference = 'maintain-framerate' | 'maintain-resolution' | 'balanced'

/** How a track is encoded and sent. @see https://www.w3.org/TR/webrtc/#dom-rtcrtpsendparameters */
export interface RTCRtpSendParameters extends RTCRtpParameters {
  /** Binds setParameters to the getParameters before it. */
  transactionId: string
  /** One, or those of a simulcast. What is in them may be changed, neither their number nor their order. */
  encodings: RTCRtpEncodingParameters[]
  /** Kept, and without effect, as no media flows yet. Default: none. */
  degradationPreference?: RTCDegradationPreference
}

/** How a track is received. @see https://www.w3.org/TR/webrtc/#dom-rtcrtpreceiveparameters */
export type RTCRtpReceiveParameters = RTCRtpParameters

/** What is asked of an encoder once. @see https://w3c.github.io/webrtc-extensions/ */
export interface RTCEncodingOptions {
  /** Asks the encoder of this encoding for a key frame. Default false. Without effect, as no media flows yet. */
  keyFrame?: boolean
}

/** What `setParameters()` may be told. @see https://www.w3.org/TR/webrtc/#dom-rtcsetparameteroptions */
export interface RTCSetParameterOptions {
  /** One for each encoding, or none; not looked at for audio. Default none. */
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
