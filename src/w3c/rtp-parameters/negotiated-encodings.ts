/** What "set a session description" does with [[SendEncodings]] (https://www.w3.org/TR/webrtc/#set-description). */
import { isMediaCodec, isSameCodec, scalabilityModesOf } from '../../jsep/codecs/index.js'
import type { Codec, MediaKind, SimulcastStream } from '../../jsep/media-types.js'
import { newEncoding, type RTCRtpEncodingParameters } from './rtp-encoding-parameters.js'
import { MAX_ENCODINGS, withDefaultScales } from './send-encodings.js'

/**
 * proposedSendEncodings: what an offer to receive simulcast asks for, with first alternatives, each rid once
 * (`MediaSectionView.receiveRids`). Empty for audio, which has no simulcast.
 */
export function proposedSendEncodings(
  kind: MediaKind,
  receiveRids: readonly SimulcastStream[],
): RTCRtpEncodingParameters[] {
  if (kind === 'audio') return []
  const rids = [...new Set(receiveRids.map(({ rid }) => rid))].slice(0, MAX_ENCODINGS[kind])
  return withDefaultScales(rids.map((rid) => ({ ...newEncoding(), rid })))
}

/** Whether an offer's proposal takes the place of what a sender has: one encoding without a rid. */
export function takesProposal(
  encodings: readonly RTCRtpEncodingParameters[],
  proposed: readonly RTCRtpEncodingParameters[],
): boolean {
  return proposed.length > 0 && encodings.length === 1 && encodings[0]?.rid === undefined
}

/**
 * After an answer of either side: what is missing of the layers in it is removed; where it takes none of them, or says
 * nothing of simulcast, the first remains. `accepted` are the rids that both descriptions have
 * (`NegotiatedMedia.sendRids`). The very same list where nothing changes.
 */
export function encodingsAfterAnswer<T extends readonly RTCRtpEncodingParameters[]>(
  encodings: T,
  accepted: readonly SimulcastStream[],
): T | RTCRtpEncodingParameters[] {
  if (encodings.length < 2) return encodings
  const rids = new Set(accepted.map(({ rid }) => rid))
  const kept = encodings.filter(({ rid }) => rid !== undefined && rids.has(rid))
  if (kept.length === encodings.length) return encodings
  return kept.length === 0 ? encodings.slice(0, 1) : kept
}

/**
 * Once negotiation is over: codecs that were not negotiated are forgotten, and scalability modes that the codec cannot
 * do become what of them it can (W3C webrtc-svc §4.3). The very same list where nothing changes.
 */
export function encodingsWithCodecs<T extends readonly RTCRtpEncodingParameters[]>(
  encodings: T,
  sendCodecs: readonly Codec[],
): T | RTCRtpEncodingParameters[] {
  if (sendCodecs.length === 0) return encodings
  const changed = encodings.map((encoding) => withPossibleMode(withNegotiatedCodec(encoding, sendCodecs), sendCodecs))
  return changed.some((encoding, index) => encoding !== encodings[index]) ? changed : encodings
}

function withNegotiatedCodec(
  encoding: RTCRtpEncodingParameters,
  sendCodecs: readonly Codec[],
): RTCRtpEncodingParameters {
  const { codec, ...rest } = encoding
  if (codec === undefined || sendCodecs.some((one) => isSameCodec(one, codec, true))) return encoding
  return rest
}

function withPossibleMode(encoding: RTCRtpEncodingParameters, sendCodecs: readonly Codec[]): RTCRtpEncodingParameters {
  const { scalabilityMode, codec = sendCodecs.find(isMediaCodec) } = encoding
  if (scalabilityMode === undefined || codec === undefined) return encoding
  const possible = scalabilityModesOf(codec)
  if (possible.includes(scalabilityMode)) return encoding
  // One spatial layer, with as many temporal ones.
  const temporal = `L1T${/T(\d)/.exec(scalabilityMode)?.[1] ?? 1}`
  return { ...encoding, scalabilityMode: possible.includes(temporal) ? temporal : 'L1T1' }
}
