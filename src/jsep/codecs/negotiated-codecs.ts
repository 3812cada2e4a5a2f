import type { MediaDescription } from '../../sdp/index.js'
import type { MediaKind, PayloadCodec } from '../media-types.js'
import { hasMediaCodec } from './answered-codecs.js'
import { knownCodecs } from './known-codecs.js'
import { codecsOf } from './section-codecs.js'

export interface NegotiatedCodecs {
  /** What the peer takes and we can send: its numbers, its parameters, its order. */
  readonly send: readonly PayloadCodec[]
  /** What we said that we take and the peer knows: our numbers, our parameters, our order. */
  readonly receive: readonly PayloadCodec[]
}

/** What offer and answer come to for one accepted section. */
export function negotiatedCodecs(
  kind: MediaKind,
  local: MediaDescription,
  remote: MediaDescription,
  answerBy: 'local' | 'remote',
): NegotiatedCodecs {
  const ours = knownCodecs(kind, codecsOf(local), 'receive')
  const theirs = knownCodecs(kind, codecsOf(remote), 'send')
  const ourKeys = new Set(ours.map(({ key }) => key))
  // RFC 9429 §5.3.1: an answer may name more than the offer did, and what it names may be sent to its author.
  const send = answerBy === 'remote' ? theirs : theirs.filter(({ key }) => ourKeys.has(key))
  const theirKeys = new Set(knownCodecs(kind, codecsOf(remote), 'receive').map(({ key }) => key))
  const common = ours.filter(({ key }) => theirKeys.has(key)).map(({ codec }) => codec)
  // RFC 3264 §6.1: the peer sends what we listed; with nothing in common that is the only promise there is.
  const receive = hasMediaCodec(common) ? common : ours.map(({ codec }) => codec)
  return { send: send.map(({ codec }) => codec), receive }
}
