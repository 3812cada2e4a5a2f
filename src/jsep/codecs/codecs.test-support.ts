import type { Direction, MediaDescription } from '../../sdp/index.js'
import type { MediaKind, PayloadCodec } from '../media-types.js'
import { parseSdp } from '../../sdp/index.js'
import { attributesOfCodecs } from './codec-attributes.js'

/** One section of a description with these attribute lines, without `a=`. */
export function sectionOf(mediaLine: string, ...attributes: readonly string[]): MediaDescription {
  const lines = ['v=0', 'o=- 1 1 IN IP4 127.0.0.1', 's=-', 't=0 0', `m=${mediaLine}`, 'c=IN IP4 0.0.0.0']
  const parsed = parseSdp([...lines, ...attributes.map((line) => `a=${line}`), ''].join('\r\n'))
  if (!parsed.ok) throw new Error(`line ${parsed.error.line}: ${parsed.error.message}`)
  return parsed.value.media[0]!
}

export function sectionWith(kind: MediaKind, codecs: readonly PayloadCodec[], direction?: Direction): MediaDescription {
  const { formats, ...attributes } = attributesOfCodecs(kind, codecs)
  const protocol = 'UDP/TLS/RTP/SAVPF'
  return {
    kind,
    port: 9,
    protocol,
    formats,
    bandwidths: [],
    attributes: { ...attributes, direction: direction ?? 'sendrecv' },
  }
}

/** `VP8/96`: what a list of codecs comes to, for short. */
export function namesOf(codecs: readonly PayloadCodec[]): string[] {
  return codecs.map(({ mimeType, payloadType }) => `${mimeType.slice(mimeType.indexOf('/') + 1)}/${payloadType}`)
}
