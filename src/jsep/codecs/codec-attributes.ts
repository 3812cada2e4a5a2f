import type { Fmtp, MediaDescription, RtcpFeedback, Rtpmap } from '../../sdp/index.js'
import type { MediaKind, PayloadCodec } from '../media-types.js'
import { knownCodecs } from './known-codecs.js'

export interface CodecAttributes {
  readonly formats: readonly string[]
  readonly rtpmaps: readonly Rtpmap[]
  readonly fmtps: readonly Fmtp[]
  readonly rtcpFeedbacks: readonly RtcpFeedback[]
}

/** How a section says its codecs. In an answer feedback is what both sides know (RFC 4585 §4.2): `offered` says theirs. */
export function attributesOfCodecs(
  kind: MediaKind,
  codecs: readonly PayloadCodec[],
  offered?: MediaDescription,
): CodecAttributes {
  const feedbackOf = new Map(
    knownCodecs(kind, codecs, 'receive').map(({ codec, row, apt }) => [
      codec.payloadType,
      apt === undefined ? row.feedback : [],
    ]),
  )
  const isOffered = offered === undefined ? () => true : offeredFeedback(offered)
  return {
    formats: codecs.map(({ payloadType }) => `${payloadType}`),
    rtpmaps: codecs.map(({ payloadType, mimeType, clockRate, channels = 1 }) => {
      const encodingName = mimeType.slice(mimeType.indexOf('/') + 1)
      return { payloadType, encodingName, clockRate, ...(channels > 1 && { channels }) }
    }),
    fmtps: codecs.flatMap(({ payloadType, sdpFmtpLine }) =>
      sdpFmtpLine === undefined ? [] : [{ format: `${payloadType}`, parameters: sdpFmtpLine }],
    ),
    rtcpFeedbacks: codecs.flatMap(({ payloadType }) =>
      (feedbackOf.get(payloadType) ?? [])
        .filter((feedback) => isOffered(payloadType, feedback))
        .map((feedback) => ({ payloadType, feedback })),
    ),
  }
}

function offeredFeedback({ attributes }: MediaDescription): (payloadType: number, feedback: string) => boolean {
  const said = new Set((attributes.rtcpFeedbacks ?? []).map((one) => `${one.payloadType} ${one.feedback}`))
  return (payloadType, feedback) => said.has(`${payloadType} ${feedback}`) || said.has(`* ${feedback}`)
}
