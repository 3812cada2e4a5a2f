/** What addTransceiver and setParameters both ask of encodings. Each tells a problem in words, or nothing. */
import { capabilitiesOf, isMediaCodec, scalabilityModesOf } from '../../jsep/codecs/index.js'
import type { Codec, MediaKind } from '../../jsep/media-types.js'
import type { RTCRtpEncodingParameters } from './rtp-encoding-parameters.js'

type Encodings = readonly RTCRtpEncodingParameters[]

/**
 * Scalability modes that no codec, or not the codec of their encoding, supports; and simulcast inside one stream next to
 * other streams (W3C webrtc-svc §4.2). `sendCodecs` is empty before they are negotiated.
 */
export function scalabilityProblem(
  kind: MediaKind,
  encodings: Encodings,
  sendCodecs: readonly Codec[],
): string | undefined {
  for (const { codec, scalabilityMode } of encodings) {
    if (scalabilityMode === undefined) continue
    const candidates = codec === undefined ? candidatesOf(kind, sendCodecs) : [codec]
    if (!candidates.some((one) => scalabilityModesOf(one).includes(scalabilityMode))) {
      return `the scalability mode '${scalabilityMode}' is not supported.`
    }
  }
  const active = encodings.filter(isActive)
  const hasSimulcastMode = active.some(({ scalabilityMode }) => scalabilityMode?.startsWith('S') === true)
  return active.length > 1 && hasSimulcastMode
    ? 'simulcast in one stream and in several ones exclude each other.'
    : undefined
}

/** Without a codec of its own an encoding uses the first that was negotiated; before that it may be any. */
function candidatesOf(kind: MediaKind, sendCodecs: readonly Codec[]): readonly Codec[] {
  if (sendCodecs.length === 0) return capabilitiesOf(kind, 'send').codecs
  return sendCodecs.filter(isMediaCodec).slice(0, 1)
}

/** W3C webrtc-extensions: scaleResolutionDownTo is given for all active encodings or none, and is larger than nothing. */
export function resolutionProblem(encodings: Encodings): string | undefined {
  const restrictions = encodings.flatMap(({ scaleResolutionDownTo }) => scaleResolutionDownTo ?? [])
  if (restrictions.length === 0) return undefined
  if (encodings.some((encoding) => isActive(encoding) && encoding.scaleResolutionDownTo === undefined)) {
    return 'scaleResolutionDownTo is missing in an active encoding.'
  }
  const isEmpty = restrictions.some(({ maxWidth = 0, maxHeight = 0 }) => maxWidth === 0 || maxHeight === 0)
  return isEmpty ? 'scaleResolutionDownTo has a side of 0.' : undefined
}

function isActive({ active }: RTCRtpEncodingParameters): boolean {
  return active !== false
}

/** @throws RangeError for a frame rate below 0 or a scale below 1 */
export function checkRanges(encodings: Encodings, context: string): void {
  for (const { scaleResolutionDownBy = 1, maxFramerate = 0 } of encodings) {
    if (scaleResolutionDownBy < 1) throw new RangeError(`${context}: scaleResolutionDownBy is below 1.`)
    // Deviation: addTransceiver, too, takes 0, which freezes the video, as browsers and the Web Platform Tests have it.
    if (maxFramerate < 0) throw new RangeError(`${context}: maxFramerate is below 0.`)
  }
}

/** W3C webrtc-extensions. @throws InvalidModificationError for a packet time that is both fixed and adaptive */
export function checkPacketTimes(encodings: Encodings, context: string): void {
  if (encodings.some(({ adaptivePtime, ptime }) => adaptivePtime === true && ptime !== undefined)) {
    throw new DOMException(`${context}: ptime excludes adaptivePtime.`, 'InvalidModificationError')
  }
}

/** The same encodings without what only video has. */
export function withoutVideoMembers(encodings: Encodings): RTCRtpEncodingParameters[] {
  return encodings.map((encoding) => {
    const kept = { ...encoding }
    delete kept.scaleResolutionDownBy
    delete kept.maxFramerate
    return kept
  })
}
