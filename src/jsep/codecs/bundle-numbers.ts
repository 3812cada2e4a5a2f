import type { MediaDescription } from '../../sdp/index.js'
import type { PayloadCodec } from '../media-types.js'
import { roleOf } from './codec-table.js'
import { matchesCodec } from './match.js'
import { codecsOf } from './section-codecs.js'

/**
 * What is wrong, in words, with the numbers of sections that share a transport: there one payload type is one codec
 * (RFC 9143 §9.1) and one id one header extension (RFC 9143 §12). `sections` are those of one BUNDLE group.
 */
export function conflictingNumbers(sections: readonly MediaDescription[]): string | undefined {
  const codecs = new Map<number, PayloadCodec>()
  const extensions = new Map<number, string>()
  for (const section of sections) {
    for (const codec of codecsOf(section)) {
      const before = codecs.get(codec.payloadType)
      if (before === undefined) codecs.set(codec.payloadType, codec)
      else if (!isEqual(before, codec)) {
        return `payload type ${codec.payloadType} is ${before.mimeType} and ${codec.mimeType} in one BUNDLE group`
      }
    }
    for (const { id, uri } of section.attributes.extmaps ?? []) {
      const before = extensions.get(id)
      if (before === undefined) extensions.set(id, uri)
      else if (before !== uri) return `the header extension id ${id} is ${before} and ${uri} in one BUNDLE group`
    }
  }
  return undefined
}

function isEqual(a: PayloadCodec, b: PayloadCodec): boolean {
  return matchesCodec(a, b) && (roleOf(a) !== 'rtx' || a.sdpFmtpLine === b.sdpFmtpLine)
}
