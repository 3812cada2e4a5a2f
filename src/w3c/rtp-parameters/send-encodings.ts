import { capabilitiesOf, isRid, isSameCodec } from '../../jsep/codecs/index.js'
import type { MediaKind } from '../../jsep/media-types.js'
import {
  checkPacketTimes,
  checkRanges,
  resolutionProblem,
  scalabilityProblem,
  withoutVideoMembers,
} from './encoding-checks.js'
import { newEncoding, type RTCRtpEncodingParameters } from './rtp-encoding-parameters.js'

/** The most encodings that one sender has. */
export const MAX_ENCODINGS: Readonly<Record<MediaKind, number>> = { audio: 1, video: 8 }

const CONTEXT = "Failed to execute 'addTransceiver' on 'RTCPeerConnection'"

/**
 * The "addTransceiver sendEncodings validation steps": what the sender is to be created with.
 * @throws TypeError for rids that are malformed, stand twice or are missing in some encodings
 * @throws OperationError for codecs and scalability modes that we do not have
 * @throws RangeError for a scale below 1 and a frame rate below 0
 * @see https://www.w3.org/TR/webrtc/#dfn-addtransceiver-sendencodings-validation-steps
 */
export function validateSendEncodings(
  kind: MediaKind,
  sendEncodings: readonly RTCRtpEncodingParameters[],
): RTCRtpEncodingParameters[] {
  // 1. Rids are well-formed, in all encodings or in none, and all different.
  checkRids(sendEncodings)
  // 2. No read-only parameter but rid exists in RTCRtpEncodingParameters.
  // 3. If any encoding contains a codec that does not match any that can be sent, throw an OperationError.
  const codecs = capabilitiesOf(kind, 'send').codecs
  const stranger = sendEncodings.find(
    ({ codec }) => codec !== undefined && !codecs.some((one) => isSameCodec(one, codec)),
  )
  if (stranger !== undefined) throw operation(`${stranger.codec?.mimeType ?? ''} as given is no codec of ours.`)
  const problem = scalabilityProblem(kind, sendEncodings, []) ?? resolutionProblem(sendEncodings)
  if (problem !== undefined) throw operation(problem)
  checkPacketTimes(sendEncodings, CONTEXT)
  // 4. If kind is "audio", remove scaleResolutionDownBy and maxFramerate from all encodings.
  let encodings = kind === 'audio' ? withoutVideoMembers(sendEncodings) : sendEncodings.map((one) => ({ ...one }))
  // 5. If any scaleResolutionDownBy is less than 1.0, throw a RangeError. 6. Likewise for maxFramerate.
  checkRanges(encodings, CONTEXT)
  // 8. If any encoding contains scaleResolutionDownBy, then add it with the value 1.0 to those that do not.
  if (encodings.some(({ scaleResolutionDownBy }) => scaleResolutionDownBy !== undefined)) {
    encodings = encodings.map((encoding) => ({
      ...encoding,
      scaleResolutionDownBy: encoding.scaleResolutionDownBy ?? 1,
    }))
  }
  // 7., 9. Trim sendEncodings from the tail to the number of encodings that there may be.
  encodings = encodings.slice(0, MAX_ENCODINGS[kind])
  // 10. If kind is "video" and none of the encodings contains scaleResolutionDownBy, add it, smaller to larger.
  if (kind === 'video' && encodings.every(({ scaleResolutionDownBy }) => scaleResolutionDownBy === undefined)) {
    encodings = withDefaultScales(encodings)
  }
  // 11. If the number of encodings is now 1, then remove any rid from the lone entry.
  if (encodings.length === 1) delete encodings[0]!.rid
  return encodings
}

function checkRids(encodings: readonly RTCRtpEncodingParameters[]): void {
  const rids = encodings.flatMap(({ rid }) => rid ?? [])
  // Deviation: RFC 8851 §10 also knows "-" and "_", which RFC 8852 §3.3 cannot carry; the Web Platform Tests ask for this.
  const malformed = rids.find((rid) => !isRid(rid))
  if (malformed !== undefined)
    throw new TypeError(`${CONTEXT}: '${malformed}' is no rid of 1 to 255 letters and digits.`)
  if (rids.length > 0 && rids.length < encodings.length) {
    throw new TypeError(`${CONTEXT}: some encodings have a rid, and some have none.`)
  }
  if (new Set(rids).size < rids.length) throw new TypeError(`${CONTEXT}: a rid stands twice.`)
}

/** [[SendEncodings]] of a new sender ("create an RTCRtpSender"). `encodings` are validated, or proposed by the peer. */
export function initialSendEncodings(
  kind: MediaKind,
  encodings: readonly RTCRtpEncodingParameters[] = [],
): RTCRtpEncodingParameters[] {
  if (encodings.length > 0) return [...encodings]
  // A single new dictionary, and if kind is "video", add scaleResolutionDownBy with the value 1.0 to it.
  return kind === 'video' ? [{ ...newEncoding(), scaleResolutionDownBy: 1 }] : [newEncoding()]
}

/** 2^(length of encodings - encoding index - 1). */
export function withDefaultScales(encodings: readonly RTCRtpEncodingParameters[]): RTCRtpEncodingParameters[] {
  return encodings.map((encoding, index) => ({
    ...encoding,
    scaleResolutionDownBy: 2 ** (encodings.length - index - 1),
  }))
}

function operation(problem: string): DOMException {
  return new DOMException(`${CONTEXT}: ${problem}`, 'OperationError')
}
