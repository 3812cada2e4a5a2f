import type { RTCPriorityType } from '../rtc-data-channel-init.js'
import {
  boolean,
  defaulted,
  dictionary,
  domString,
  double,
  enumeration,
  optional,
  sequence,
  unsignedLong,
  type Conversion,
  type Members,
} from '../webidl/index.js'
import { rtpCodec, type RTCRtpCodec } from './rtp-codec.js'

/** What names an RTP stream. @see https://www.w3.org/TR/webrtc/#dom-rtcrtpcodingparameters */
export interface RTCRtpCodingParameters {
  /** Names one stream of a simulcast: 1 to 255 letters and digits. Read-only after addTransceiver. */
  rid?: string
}

/** The largest size of frames, whichever way they are turned. @see https://w3c.github.io/webrtc-extensions/ */
export interface RTCResolutionRestriction {
  /** Pixels, at least 1. */
  maxWidth?: number
  /** Pixels, at least 1. */
  maxHeight?: number
}

/** One RTP stream of a sender. @see https://www.w3.org/TR/webrtc/#dom-rtcrtpencodingparameters */
export interface RTCRtpEncodingParameters extends RTCRtpCodingParameters {
  /**
   * Whether it is to be sent. Default true. Like all that follows it is checked and kept, and without effect on media,
   * as no media flows yet.
   */
  active?: boolean
  /** One of those that were negotiated. Default: the first of them. */
  codec?: RTCRtpCodec
  /** Bits per second at most, without IP and UDP. Default: no limit. */
  maxBitrate?: number
  /** Frames per second at most, 0 for none; of video only, dropped for audio. Default: no limit. */
  maxFramerate?: number
  /** At least 1; of video only. Default 1, or 4, 2, 1 in a simulcast. */
  scaleResolutionDownBy?: number
  /** Takes the place of `scaleResolutionDownBy`. */
  scaleResolutionDownTo?: RTCResolutionRestriction
  /** `L1T3` and the like; of video only. @see https://www.w3.org/TR/webrtc-svc/#scalabilitymodes* */
  scalabilityMode?: string
  /** Whether the length of audio frames may change. Default false. */
  adaptivePtime?: boolean
  /** Milliseconds of audio in one packet. */
  ptime?: number
  /** Default `low`. @see https://www.w3.org/TR/webrtc-priority/ */
  priority?: RTCPriorityType
  /** Of its packets' marks (RFC 8837). Default: as `priority`. */
  networkPriority?: RTCPriorityType
}

const CODING_MEMBERS: Members<RTCRtpCodingParameters> = { rid: optional(domString) }

const resolutionRestriction = dictionary<RTCResolutionRestriction>('RTCResolutionRestriction', {
  maxWidth: optional(unsignedLong),
  maxHeight: optional(unsignedLong),
})

const priority: Conversion<RTCPriorityType> = enumeration('RTCPriorityType', ['very-low', 'low', 'medium', 'high'])

/** One element of sendEncodings and of `encodings`. */
const rtpEncodingParameters = dictionary<RTCRtpEncodingParameters>(
  'RTCRtpEncodingParameters',
  {
    ...CODING_MEMBERS,
    active: defaulted(boolean, () => true),
    codec: optional(rtpCodec),
    maxBitrate: optional(unsignedLong),
    maxFramerate: optional(double),
    scaleResolutionDownBy: optional(double),
    scaleResolutionDownTo: optional(resolutionRestriction),
    scalabilityMode: optional(domString),
    adaptivePtime: defaulted(boolean, () => false),
    ptime: optional(unsignedLong),
    priority: defaulted<RTCPriorityType>(priority, () => 'low'),
    networkPriority: optional(priority),
  },
  CODING_MEMBERS,
)

export const rtpEncodings: Conversion<RTCRtpEncodingParameters[]> = sequence(rtpEncodingParameters)

/** A new dictionary with its defaults. */
export function newEncoding(): RTCRtpEncodingParameters {
  return { active: true, adaptivePtime: false, priority: 'low' }
}
