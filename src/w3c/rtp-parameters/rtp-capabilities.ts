import { capabilitiesOf } from '../../jsep/codecs/index.js'
import { dictionary, domString, enumeration, required, sequence, type Conversion } from '../webidl/index.js'
import type { RTCRtpCodec } from './rtp-codec.js'

/** @see https://www.w3.org/TR/webrtc/#dom-rtcrtptransceiverdirection */
export type RTCRtpTransceiverDirection = 'sendrecv' | 'sendonly' | 'recvonly' | 'inactive' | 'stopped'

export const transceiverDirection: Conversion<RTCRtpTransceiverDirection> = enumeration('RTCRtpTransceiverDirection', [
  'sendrecv',
  'sendonly',
  'recvonly',
  'inactive',
  'stopped',
])

/** @see https://www.w3.org/TR/webrtc/#dom-rtcrtpheaderextensioncapability */
export interface RTCRtpHeaderExtensionCapability {
  uri: string
  /** `stopped`: not offered, or not negotiated. @see https://w3c.github.io/webrtc-extensions/ */
  direction: RTCRtpTransceiverDirection
}

/** @see https://www.w3.org/TR/webrtc/#dom-rtcrtpcapabilities */
export interface RTCRtpCapabilities {
  codecs: RTCRtpCodec[]
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
