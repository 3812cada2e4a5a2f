import {
  dictionary,
  domString,
  octet,
  optional,
  required,
  sequence,
  unsignedLong,
  unsignedShort,
} from '../webidl/index.js'
import type { Conversion, Members } from '../webidl/index.js'

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

const CODEC_MEMBERS: Members<RTCRtpCodec> = {
  mimeType: required(domString),
  clockRate: required(unsignedLong),
  channels: optional(unsignedShort),
  sdpFmtpLine: optional(domString),
}

export const rtpCodec = dictionary<RTCRtpCodec>('RTCRtpCodec', CODEC_MEMBERS)

/** The argument of setCodecPreferences. */
export const rtpCodecs: Conversion<RTCRtpCodec[]> = sequence(rtpCodec)

export const rtpCodecParameters = dictionary<RTCRtpCodecParameters>(
  'RTCRtpCodecParameters',
  { ...CODEC_MEMBERS, payloadType: required(octet) },
  CODEC_MEMBERS,
)
