import { capabilitiesOf } from '../../jsep/codecs/index.js'
import { dictionary, domString, enumeration, required, sequence, type Conversion } from '../webidl/index.js'
import type { RTCRtpCodec } from './rtp-codec.js'

/**
 * Which ways media may go, seen from here; `stopped` for good.
 * @see https://www.w3.org/TR/webrtc/#dom-rtcrtptransceiverdirection
 */
export type RTCRtpTransceiverDirection = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive' | 'stopped'

export const transceiverDirection: Conversion<RTCRtpTransceiverDirection> = enumeration('RTCRtpTransceiverDirection', [
  'sendrecv',
  'sendonly',
  'recvonly',
  'inactive',
  'stopped',
])

/**
 * A header extension (RFC 8285) that may be negotiated.
 * @see https://www.w3.org/TR/webrtc/#dom-rtcrtpheaderextensioncapability
 */
export interface RTCRtpHeaderExtensionCapability {
  /** What it is, by the name that `a=extmap` has. */
  uri: string
  /** `stopped`: not offered, or not negotiated. @see https://w3c.github.io/webrtc-extensions/ */
  direction: RTCRtpTransceiverDirection
}

/** What sections of a kind of media may be made of. @see https://www.w3.org/TR/webrtc/#dom-rtcrtpcapabilities */
export interface RTCRtpCapabilities {
  /** In the order in which offers name them. */
  codecs: RTCRtpCodec[]
  /** With the directions that a new transceiver has. */
  headerExtensions: RTCRtpHeaderExtensionCapability[]
}

/** The argument of setHeaderExtensionsToNegotiate. */
export const headerExtensionCapabilities: Conversion<RTCRtpHeaderExtensionCapability[]> = sequence(
  dictionary<RTCRtpHeaderExtensionCapability>('RTCRtpHeaderExtensionCapability', {
    uri: required(domString),
    direction: required(transceiverDirection),
  }),
)

/** What getCapabilities of sender and receiver return: new objects each time, null for what is no kind of media. */
export function rtpCapabilities(kind: string, use: 'send' | 'receive'): RTCRtpCapabilities | null {
  if (kind !== 'audio' && kind !== 'video') return null
  const { codecs, headerExtensions } = capabilitiesOf(kind, use)
  return {
    codecs: codecs.map((codec) => ({ ...codec })),
    headerExtensions: headerExtensions.map((extension) => ({ ...extension })),
  }
}
