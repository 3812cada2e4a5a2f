import type { Direction } from '../../sdp/index.js'
import type { Codec, MediaKind, PayloadCodec } from '../media-types.js'
import { keyOf, rtxKeyOf } from './codec-row.js'
import { roleOf } from './codec-table.js'
import { isAudioRed } from './known-codecs.js'
import { offeredPayloadTypes, type Numbering } from './numbering.js'
import { preferenceOf } from './preference.js'

/**
 * The codecs of an offered section (RFC 9429 §5.2.1), best first, each followed by its retransmissions. `preferred` is
 * W3C [[PreferredCodecs]]; where it is empty, or useless in this direction, all that there are.
 */
export function offeredCodecs(
  kind: MediaKind,
  preferred: readonly Codec[],
  direction: Direction,
  numbering: Numbering,
): readonly PayloadCodec[] {
  const { rows, withRtx } = preferenceOf(kind, preferred, direction)
  const numbers = offeredPayloadTypes(numbering)
  const carried = rows.find(({ codec }) => roleOf(codec) === 'media' && codec.clockRate === 48000)
  return rows.flatMap((row): PayloadCodec[] => {
    const payloadType = numbers.get(keyOf(row))
    if (payloadType === undefined) return []
    if (isAudioRed(row.codec)) {
      const inside = carried === undefined ? undefined : numbers.get(keyOf(carried))
      return inside === undefined ? [] : [{ payloadType, ...row.codec, sdpFmtpLine: `${inside}/${inside}` }]
    }
    const own = { payloadType, ...row.codec }
    const rtx = withRtx ? numbers.get(rtxKeyOf(row)) : undefined
    return rtx === undefined ? [own] : [own, rtxCodec(rtx, own)]
  })
}

/** RFC 4588 §8.6: `apt` is the payload type that it retransmits. */
export function rtxCodec(payloadType: number, of: PayloadCodec): PayloadCodec {
  const mimeType = `${of.mimeType.slice(0, of.mimeType.indexOf('/'))}/rtx`
  return { payloadType, mimeType, clockRate: of.clockRate, sdpFmtpLine: `apt=${of.payloadType}` }
}
