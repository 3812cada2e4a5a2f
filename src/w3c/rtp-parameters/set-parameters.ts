import { capabilitiesOf, isSameCodec } from '../../jsep/codecs/index.js'
import type { Codec, MediaKind } from '../../jsep/media-types.js'
import {
  checkPacketTimes,
  checkRanges,
  resolutionProblem,
  scalabilityProblem,
  withoutVideoMembers,
} from './encoding-checks.js'
import type { RTCRtpEncodingParameters } from './rtp-encoding-parameters.js'
import type { RTCEncodingOptions, RTCRtpSendParameters } from './rtp-parameters.js'

const CONTEXT = "Failed to execute 'setParameters' on 'RTCRtpSender'"

export interface SetParametersInputs {
  readonly kind: MediaKind
  /** [[SendEncodings]]. */
  readonly sendEncodings: readonly RTCRtpEncodingParameters[]
  /** [[LastReturnedParameters]]: a copy that the application never saw. */
  readonly lastReturned: RTCRtpSendParameters
  /** The converted arguments. */
  readonly parameters: RTCRtpSendParameters
  readonly encodingOptions: readonly RTCEncodingOptions[]
}

export interface ValidParameters {
  /** What [[SendEncodings]] is to be set to. */
  readonly encodings: RTCRtpEncodingParameters[]
  /** Whether a key frame is asked for, for each encoding. */
  readonly keyFrames: readonly boolean[]
}

/**
 * The "setParameters validation steps".
 * @throws InvalidModificationError for other encodings than there are, changed read-only members, and codecs or
 * scalability modes that cannot be used
 * @throws RangeError for a scale below 1 and a frame rate below 0
 * @see https://www.w3.org/TR/webrtc/#dfn-setparameters-validation-steps
 */
export function validateSetParameters(inputs: SetParametersInputs): ValidParameters {
  const { kind, sendEncodings, lastReturned, parameters, encodingOptions } = inputs
  // 1. Let encodings be parameters.encodings. 2. Let codecs be parameters.codecs.
  const { encodings, codecs } = parameters
  // 3. Let choosableCodecs be codecs. 4. If it is empty, set it to the list of implemented send codecs.
  const choosable: readonly Codec[] = codecs.length > 0 ? codecs : capabilitiesOf(kind, 'send').codecs
  // 5. Let N be the number of encodings in [[SendEncodings]].
  // 6. If any of the following conditions are met, reject with an InvalidModificationError:
  // 6.1. encodings.length is different from N. 6.2. encodings has been re-ordered.
  if (encodings.length !== sendEncodings.length) throw modification(`there are ${sendEncodings.length} encodings.`)
  // 6.3. Any read-only parameter has another value than in [[LastReturnedParameters]].
  const changed = changedMember(lastReturned, parameters)
  if (changed !== undefined) throw modification(`${changed} is read-only.`)
  // 6.4. Any encoding contains a codec that is not found in choosableCodecs, asymmetrical parameters ignored.
  const stranger = encodings.find(({ codec }) => codec && !choosable.some((one) => isSameCodec(one, codec, true)))
  if (stranger !== undefined) throw modification(`${stranger.codec?.mimeType ?? ''} as given was not negotiated.`)
  // W3C webrtc-svc and webrtc-extensions add conditions of the same error.
  const problem = scalabilityProblem(kind, encodings, codecs) ?? resolutionProblem(encodings)
  if (problem !== undefined) throw modification(problem)
  checkPacketTimes(encodings, CONTEXT)
  // 7. If kind is "audio", remove scaleResolutionDownBy and maxFramerate. 8. If it is "video", add the former as 1.0.
  const valid = kind === 'audio' ? withoutVideoMembers(encodings) : encodings.map(withScale)
  // 9. If any scaleResolutionDownBy is less than 1.0, reject with a RangeError. 10. Likewise for maxFramerate.
  checkRanges(valid, CONTEXT)
  // W3C webrtc-extensions, 1. For "audio" there are no encoding options. 2. Otherwise none, or one for each encoding.
  const options = kind === 'audio' ? [] : encodingOptions
  if (options.length > 0 && options.length !== valid.length) throw modification('encodingOptions has another length.')
  return { encodings: valid, keyFrames: valid.map((_, index) => options[index]?.keyFrame === true) }
}

function withScale(encoding: RTCRtpEncodingParameters): RTCRtpEncodingParameters {
  return { ...encoding, scaleResolutionDownBy: encoding.scaleResolutionDownBy ?? 1 }
}

/** The name of a read-only member that differs. */
function changedMember(before: RTCRtpSendParameters, after: RTCRtpSendParameters): string | undefined {
  if (before.transactionId !== after.transactionId) return 'transactionId'
  if (before.encodings.some(({ rid }, index) => rid !== after.encodings[index]?.rid)) return 'rid'
  return (['headerExtensions', 'rtcp', 'codecs'] as const).find((name) => !isEqual(before[name], after[name]))
}

/** Lists and dictionaries of numbers, strings and booleans; an undefined member is as good as a missing one. */
function isEqual(a: unknown, b: unknown): boolean {
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return a === b
  if (Array.isArray(a) !== Array.isArray(b)) return false
  const [first, second] = [a, b] as Record<string, unknown>[] as [Record<string, unknown>, Record<string, unknown>]
  return [...new Set([...Object.keys(first), ...Object.keys(second)])].every((key) => isEqual(first[key], second[key]))
}

function modification(problem: string): DOMException {
  return new DOMException(`${CONTEXT}: ${problem}`, 'InvalidModificationError')
}
