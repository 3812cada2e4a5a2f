import type { Codec, MediaKind } from '../media-types.js'
import type { Direction } from '../../sdp/index.js'
import { isMediaCodec, isTelephoneEvent } from './capabilities.js'
import type { CodecRow } from './codec-row.js'
import { roleOf, rowsFor, type Use } from './codec-table.js'
import { isAudioRed } from './known-codecs.js'
import { isSameCodec } from './match.js'

/** What a section is to be made of, best first. */
export interface Preference {
  readonly rows: readonly CodecRow[]
  readonly withRtx: boolean
  /** False: the default order, which an answer replaces by that of the offer (RFC 9429 §5.3.1). */
  readonly isSet: boolean
}

export function useOf(direction: Direction): Use {
  if (direction === 'sendonly') return 'send'
  return direction === 'recvonly' ? 'receive' : 'both'
}

/**
 * The codec preferences of a transceiver (W3C createOffer, "let filteredCodecs be"): its preferred codecs without those
 * that its direction has no use for; unset where nothing remains.
 */
export function preferenceOf(kind: MediaKind, preferred: readonly Codec[], direction: Direction): Preference {
  const available = rowsFor(kind, useOf(direction))
  const chosen = preferred.flatMap((codec) => {
    const row = available.find((one) =>
      isAudioRed(codec) ? isAudioRed(one.codec) : isSameCodec(one.codec, codec, true),
    )
    return row === undefined ? [] : [row]
  })
  const rows = [...new Set(chosen)]
  if (!rows.some(({ codec }) => isMediaCodec(codec) || isTelephoneEvent(codec)))
    return { rows: available, withRtx: true, isSet: false }
  return { rows, withRtx: preferred.some((codec) => roleOf(codec) === 'rtx'), isSet: true }
}
