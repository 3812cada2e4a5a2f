import type { Codec } from '../media-types.js'
import { parseFormatParameters } from './format-parameters.js'
import { hasEqualParameters, parametersOf, symmetricalFormat } from './media-format.js'

/**
 * Equal for what two sides mean by the same codec (RFC 3264 §6.1, RFC 9429 §5.3.1): name without case, clock rate,
 * channels, and of the format what must be symmetrical. Retransmissions and redundancy are told apart by what they carry,
 * and not by this: `knownCodecs`.
 */
export function meaningOf({ mimeType, clockRate, channels = 1, sdpFmtpLine }: Codec): string {
  const name = mimeType.toLowerCase()
  // RFC 8866 §6.6: one channel where nothing is said; video has none.
  return `${name}/${clockRate}/${channels} ${symmetricalFormat(name, parametersOf(sdpFmtpLine))}`
}

export function matchesCodec(a: Codec, b: Codec): boolean {
  return meaningOf(a) === meaningOf(b)
}

/**
 * Whether two codecs are the same for the calls of the W3C API.
 * @see https://www.w3.org/TR/webrtc/#dfn-codec-dictionary-match
 */
export function isSameCodec(first: Codec, second: Codec, ignoreAsymmetricalParameters = false): boolean {
  // 1. The mimeTypes, without case.
  const mimeType = first.mimeType.toLowerCase()
  if (mimeType !== second.mimeType.toLowerCase()) return false
  // 2. The clock rates. 3. The channels, missing in both or equal.
  if (first.clockRate !== second.clockRate || first.channels !== second.channels) return false
  // 4. The parameters, missing in both or in none.
  if (first.sdpFmtpLine === undefined || second.sdpFmtpLine === undefined) {
    return first.sdpFmtpLine === second.sdpFmtpLine
  }
  // 5.1. If either is not in key-value format, compare the text.
  const parameters = parseFormatParameters(first.sdpFmtpLine)
  const others = parseFormatParameters(second.sdpFmtpLine)
  if (parameters === undefined || others === undefined) return first.sdpFmtpLine === second.sdpFmtpLine
  // 5.2.-5.3. Symmetrical parameters must be equal. 5.4. So must the others, unless they are to be ignored.
  if (symmetricalFormat(mimeType, parameters) !== symmetricalFormat(mimeType, others)) return false
  return ignoreAsymmetricalParameters || hasEqualParameters(mimeType, parameters, others)
}
