import type { MediaDescription } from '../../sdp/index.js'
import type { PayloadCodec } from '../media-types.js'
import { staticRtpmap } from './static-payload-types.js'

/** The codecs that a section lists, in its order; those of static payload types too, and those that nobody here knows. */
export function codecsOf(section: MediaDescription): readonly PayloadCodec[] {
  const { rtpmaps = [], fmtps = [] } = section.attributes
  const rtpmapOf = new Map(rtpmaps.map((rtpmap) => [rtpmap.payloadType, rtpmap]))
  const parametersOf = new Map<string, string>()
  for (const { format, parameters } of fmtps) {
    const before = parametersOf.get(format)
    parametersOf.set(format, before === undefined ? parameters : `${before};${parameters}`)
  }
  return payloadTypesOf(section).flatMap((payloadType): PayloadCodec[] => {
    const rtpmap = rtpmapOf.get(payloadType) ?? staticRtpmap(payloadType)
    if (rtpmap === undefined) return []
    const { encodingName, clockRate, channels } = rtpmap
    const sdpFmtpLine = parametersOf.get(`${payloadType}`)
    return [
      {
        payloadType,
        mimeType: `${section.kind}/${encodingName}`,
        clockRate,
        ...(section.kind === 'audio' && { channels: channels ?? 1 }), // RFC 8866 §6.6
        ...(sdpFmtpLine !== undefined && { sdpFmtpLine }),
      },
    ]
  })
}

/** The formats of an RTP section that are numbers, each once. */
export function payloadTypesOf({ formats }: MediaDescription): readonly number[] {
  const numbers = formats.filter((format) => /^\d{1,3}$/.test(format)).map(Number)
  return [...new Set(numbers)].filter((number) => number <= 127)
}

/**
 * RFC 5761 §4: 64 to 95 are RTCP's where both share a port, and we share it always. The first such number of a section.
 */
export function forbiddenPayloadType(section: MediaDescription): number | undefined {
  return payloadTypesOf(section).find((number) => number >= 64 && number <= 95)
}
