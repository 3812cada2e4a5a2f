import type { Direction, MediaDescription } from '../../sdp/index.js'
import type { Codec, MediaKind, PayloadCodec } from '../media-types.js'
import { isMediaCodec } from './capabilities.js'
import { withFormatParameter } from './format-parameters.js'
import { lowerLevel } from './h264-profile.js'
import { isAudioRed, knownCodecs, type KnownCodec } from './known-codecs.js'
import { parametersOf } from './media-format.js'
import { rtxCodec } from './offered-codecs.js'
import { preferenceOf, useOf } from './preference.js'
import { codecsOf } from './section-codecs.js'

/**
 * The codecs of an answered section (RFC 9429 §5.3.1): what was offered and we know, with the offer's payload types. In
 * our order where the transceiver has preferences, in the offer's otherwise. None that carries media: the section is to
 * be rejected ({@link hasMediaCodec}).
 */
export function answeredCodecs(
  kind: MediaKind,
  preferred: readonly Codec[],
  direction: Direction,
  offered: MediaDescription,
): readonly PayloadCodec[] {
  const known = knownCodecs(kind, codecsOf(offered), useOf(direction))
  const { rows, withRtx, isSet } = preferenceOf(kind, preferred, direction)
  const own = firstOfEach(known.filter(({ row, apt }) => apt === undefined && rows.includes(row)))
  if (isSet) own.sort((a, b) => rows.indexOf(a.row) - rows.indexOf(b.row))
  const accepted = new Map(own.map(({ codec, row }) => [codec.payloadType, row]))
  const chosen = isSet
    ? own.flatMap((one) => [one, ...(withRtx ? known.filter(({ apt }) => apt === one.codec.payloadType) : [])])
    : known.filter((one) => (one.apt === undefined ? own.includes(one) : accepted.has(one.apt)))
  const answered = firstOfEach(chosen).map(answeredCodec)
  return answered.filter((codec) => !isAudioRed(codec) || carriesAccepted(codec, accepted))
}

/** Whether any of them carries media by itself, and not only retransmissions, redundancy, noise or events. */
export function hasMediaCodec(codecs: readonly Codec[]): boolean {
  return codecs.some(isMediaCodec)
}

function carriesAccepted({ sdpFmtpLine = '' }: PayloadCodec, accepted: ReadonlyMap<number, unknown>): boolean {
  return sdpFmtpLine.split('/').every((number) => accepted.has(Number(number)))
}

/** A codec that is offered twice is taken once. */
function firstOfEach(known: readonly KnownCodec[]): KnownCodec[] {
  const keys = new Set<string>()
  return known.filter(({ key }) => !keys.has(key) && keys.add(key))
}

function answeredCodec({ codec, row, apt }: KnownCodec): PayloadCodec {
  const { payloadType, sdpFmtpLine } = codec
  if (apt !== undefined) return rtxCodec(payloadType, { ...row.codec, payloadType: apt })
  if (isAudioRed(codec) && sdpFmtpLine !== undefined) return { payloadType, ...row.codec, sdpFmtpLine }
  if (row.codec.sdpFmtpLine === undefined) return { payloadType, ...row.codec }
  return { payloadType, ...row.codec, sdpFmtpLine: answeredParameters(row.codec, codec) }
}

/** Our own parameters, as the receiver that they tell of; levels go down to the offered one where they must be one. */
function answeredParameters(ours: Codec, offered: Codec): string {
  const line = ours.sdpFmtpLine ?? ''
  const [our, their] = [ours, offered].map(({ sdpFmtpLine }) => parametersOf(sdpFmtpLine)) as [Parameters, Parameters]
  switch (ours.mimeType) {
    case 'video/H264': {
      // RFC 6184 §8.2.2: only where both say level-asymmetry-allowed may the answer's level be above the offer's.
      if (their.get('level-asymmetry-allowed') === '1') return line
      const level = lowerLevel(our.get('profile-level-id') ?? '', their.get('profile-level-id') ?? '42000a')
      return withFormatParameter(line, 'profile-level-id', level)
    }
    case 'video/H265': {
      // RFC 7798 §7.2.2: the answer's level is not above the offer's; 93 is inferred (§7.1).
      const levels = [Number(our.get('level-id')), Number(their.get('level-id') ?? 93)]
      const level = Math.min(...levels.filter((one) => Number.isInteger(one)))
      return withFormatParameter(line, 'level-id', `${level}`)
    }
    default:
      return line
  }
}

type Parameters = ReadonlyMap<string, string>
