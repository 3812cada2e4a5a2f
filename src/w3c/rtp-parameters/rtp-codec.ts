import {
  dictionary,
  domString,
  inheriting,
  octet,
  optional,
  required,
  sequence,
  unsignedLong,
  unsignedShort,
} from '../webidl/index.js'
import type { Conversion } from '../webidl/index.js'

/** A codec. @see https://www.w3.org/TR/webrtc/#dom-rtcrtpcodec */
export interface RTCRtpCodec {
  /** Type and subtype, as in `audio/opus`; case does not count. */
  mimeType: string
  /** Hertz. */
  clockRate: number
  /** Of audio, at most: 1 is mono, 2 is stereo. */
  channels?: number
  /** The parameters of its `a=fmtp` line. */
  sdpFmtpLine?: string
}

/** A negotiated codec. @see https://www.w3.org/TR/webrtc/#dom-rtcrtpcodecparameters */
export interface RTCRtpCodecParameters extends RTCRtpCodec {
  /** 0 to 127. */
  payloadType: number
}

export const rtpCodec = dictionary<RTCRtpCodec>('RTCRtpCodec', {
  mimeType: required(domString),
  clockRate: required(unsignedLong),
  channels: optional(unsignedShort),
  sdpFmtpLine: optional(domString),
})

/** The argument of setCodecPreferences. */
export const rtpCodecs: Conversion<RTCRtpCodec[]> = sequence(rtpCodec)

export const rtpCodecParameters: Conversion<RTCRtpCodecParameters> = inheriting(
  rtpCodec,
  dictionary<Pick<RTCRtpCodecParameters, 'payloadType'>>('RTCRtpCodecParameters', { payloadType: required(octet) }),
)
