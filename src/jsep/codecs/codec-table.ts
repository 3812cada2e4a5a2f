import type { Codec, MediaKind } from '../media-types.js'
import { AUDIO_CODECS } from './audio-codecs.js'
import type { CodecRow } from './codec-row.js'
import { meaningOf } from './match.js'
import { VIDEO_CODECS } from './video-codecs.js'

export const CODEC_TABLE: Readonly<Record<MediaKind, readonly CodecRow[]>> = {
  audio: AUDIO_CODECS,
  video: VIDEO_CODECS,
}

/** Which way codecs are to be used: both for a section that is sendrecv or inactive. */
export type Use = 'send' | 'receive' | 'both'

export function rowsFor(kind: MediaKind, use: Use): readonly CodecRow[] {
  return use === 'receive' ? CODEC_TABLE[kind] : CODEC_TABLE[kind].filter((row) => row.use === 'both')
}

const ROWS_BY_MEANING: Readonly<Record<MediaKind, ReadonlyMap<string, CodecRow>>> = {
  audio: new Map(AUDIO_CODECS.map((row) => [meaningOf(row.codec), row])),
  video: new Map(VIDEO_CODECS.map((row) => [meaningOf(row.codec), row])),
}

/** The row that means the same as a codec of a description. */
export function rowMatching(kind: MediaKind, use: Use, codec: Codec): CodecRow | undefined {
  const row = ROWS_BY_MEANING[kind].get(meaningOf(codec))
  return row?.use === 'receive' && use !== 'receive' ? undefined : row
}

/** What a codec is for, by its name (RFC 4588, 2198, 5109, 8627, 3389, 4733). */
export type CodecRole = 'media' | 'rtx' | 'red' | 'fec' | 'comfort-noise' | 'telephone-event'

const ROLES: Readonly<Record<string, CodecRole>> = {
  rtx: 'rtx',
  red: 'red',
  ulpfec: 'fec',
  'flexfec-03': 'fec',
  flexfec: 'fec',
  cn: 'comfort-noise',
  'telephone-event': 'telephone-event',
}

export function roleOf({ mimeType }: Pick<Codec, 'mimeType'>): CodecRole {
  const name = mimeType.slice(mimeType.indexOf('/') + 1).toLowerCase()
  return Object.hasOwn(ROLES, name) ? ROLES[name]! : 'media'
}
