/** What getParameters of senders and receivers return. New objects each time: applications change them. */
import type { NegotiatedMedia, NumberedHeaderExtension, PayloadCodec } from '../../jsep/media-types.js'
import type { RTCRtpCodecParameters } from './rtp-codec.js'
import type { RTCRtpEncodingParameters } from './rtp-encoding-parameters.js'
import type {
  RTCDegradationPreference,
  RTCRtpHeaderExtensionParameters,
  RTCRtpReceiveParameters,
  RTCRtpSendParameters,
} from './rtp-parameters.js'

type Negotiated = Pick<NegotiatedMedia, 'headerExtensions' | 'reducedSizeRtcp'>

export interface SenderState {
  readonly transactionId: string
  /** [[SendEncodings]]. */
  readonly sendEncodings: readonly RTCRtpEncodingParameters[]
  /** [[SendCodecs]]. */
  readonly sendCodecs: readonly PayloadCodec[]
  /** Of the connection; known before anything is negotiated. */
  readonly cname: string
  /** Undefined before there is an answer. */
  readonly negotiated: Negotiated | undefined
  readonly degradationPreference?: RTCDegradationPreference | undefined
}

/** @see https://www.w3.org/TR/webrtc/#dom-rtcrtpsender-getparameters */
export function sendParameters(state: SenderState): RTCRtpSendParameters {
  const { transactionId, sendEncodings, sendCodecs, cname, negotiated, degradationPreference } = state
  return {
    transactionId,
    encodings: copyOf(sendEncodings),
    headerExtensions: extensionsFor('send', negotiated),
    codecs: codecsFrom(sendCodecs),
    rtcp: { cname, reducedSize: negotiated?.reducedSizeRtcp ?? false },
    ...(degradationPreference !== undefined && { degradationPreference }),
  }
}

/** @see https://www.w3.org/TR/webrtc/#dom-rtcrtpreceiver-getparameters */
export function receiveParameters(
  receiveCodecs: readonly PayloadCodec[],
  negotiated: Negotiated | undefined,
): RTCRtpReceiveParameters {
  return {
    headerExtensions: extensionsFor('receive', negotiated),
    codecs: codecsFrom(receiveCodecs),
    rtcp: { reducedSize: negotiated?.reducedSizeRtcp ?? false },
  }
}

/** A copy that shares nothing with what it was made from: what an application sees is never what we remember. */
export function copyOf<T>(value: T): T extends readonly (infer E)[] ? E[] : T {
  return structuredClone(value) as T extends readonly (infer E)[] ? E[] : T
}

function extensionsFor(use: 'send' | 'receive', negotiated: Negotiated | undefined): RTCRtpHeaderExtensionParameters[] {
  const oneWay = use === 'send' ? 'sendonly' : 'recvonly'
  const isUsed = ({ direction }: NumberedHeaderExtension) => direction === 'sendrecv' || direction === oneWay
  return (negotiated?.headerExtensions ?? []).filter(isUsed).map(({ uri, id, encrypted }) => ({ uri, id, encrypted }))
}

function codecsFrom(codecs: readonly PayloadCodec[]): RTCRtpCodecParameters[] {
  return codecs.map((codec) => ({ ...codec }))
}
