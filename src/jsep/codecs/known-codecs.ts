import type { MediaKind, PayloadCodec } from '../media-types.js'
import { keyOf, rtxKeyOf, type CodecRow } from './codec-row.js'
import { roleOf, rowMatching, type Use } from './codec-table.js'
import { parametersOf } from './media-format.js'

/** A codec of a description, and what it is to us. */
export interface KnownCodec {
  readonly codec: PayloadCodec
  readonly row: CodecRow
  /** The payload type that it retransmits; absent where it is no retransmission. */
  readonly apt?: number
  /** Equal for what is the same on both sides, whatever its number. */
  readonly key: string
}

/**
 * Those of a section's codecs that we know, in its order. Retransmissions (RFC 4588 §8.6: `apt`) and redundant audio
 * (RFC 2198 §5: `111/111`) are known by what they carry: without it they are nothing.
 */
export function knownCodecs(kind: MediaKind, codecs: readonly PayloadCodec[], use: Use): readonly KnownCodec[] {
  const carried = new Map<number, CodecRow>()
  for (const codec of codecs) {
    if (roleOf(codec) === 'rtx' || isAudioRed(codec)) continue
    const row = rowMatching(kind, use, codec)
    if (row !== undefined) carried.set(codec.payloadType, row)
  }
  return codecs.flatMap((codec): KnownCodec[] => {
    if (roleOf(codec) === 'rtx') {
      const apt = Number(parametersOf(codec.sdpFmtpLine).get('apt'))
      const row = carried.get(apt)
      if (row?.rtxPayloadType === undefined || row.codec.clockRate !== codec.clockRate) return []
      return [{ codec, row, apt, key: rtxKeyOf(row) }]
    }
    const row = isAudioRed(codec) ? audioRedRow(codec, carried) : carried.get(codec.payloadType)
    return row === undefined ? [] : [{ codec, row, key: keyOf(row) }]
  })
}

export function isAudioRed(codec: { readonly mimeType: string }): boolean {
  return codec.mimeType.toLowerCase() === 'audio/red'
}

/** Its blocks are all of one media codec that we know. */
function audioRedRow(codec: PayloadCodec, carried: ReadonlyMap<number, CodecRow>): CodecRow | undefined {
  const inside = (codec.sdpFmtpLine ?? '')
    .split('/')
    .map((text) => (/^\d{1,3}$/.test(text) ? carried.get(Number(text)) : undefined))
  const [first] = inside
  if (first === undefined || roleOf(first.codec) !== 'media' || inside.some((row) => row !== first)) return undefined
  if (first.codec.clockRate !== codec.clockRate) return undefined
  return rowMatching('audio', 'both', codec)
}
