import { capabilitiesOf, isMediaCodec, isSameCodec, isTelephoneEvent } from '../../jsep/codecs/index.js'
import type { MediaKind } from '../../jsep/media-types.js'
import type { RTCRtpCodec } from './rtp-codec.js'

const CONTEXT = "Failed to execute 'setCodecPreferences' on 'RTCRtpTransceiver'"

/**
 * The steps of setCodecPreferences up to its last: what [[PreferredCodecs]] is to be set to.
 * @throws InvalidModificationError for a codec that is not among the capabilities, and where none of them carries media
 * @see https://www.w3.org/TR/webrtc/#dom-rtcrtptransceiver-setcodecpreferences
 */
export function validateCodecPreferences(kind: MediaKind, codecs: readonly RTCRtpCodec[]): RTCRtpCodec[] {
  // 3. If codecs is an empty list, set [[PreferredCodecs]] to codecs and abort these steps.
  if (codecs.length === 0) return []
  // 4. Remove any duplicate values in codecs, ensuring that the first occurrence of each value remains in place.
  // Done after step 7, where each is one of the capabilities: so a long list costs no square of its length.
  // 6. Let codecCapabilities be the union of what sender and receiver are capable of.
  const capabilities = [...capabilitiesOf(kind, 'send').codecs, ...capabilitiesOf(kind, 'receive').codecs]
  // 7. For each codec that does not match any codec in codecCapabilities, throw InvalidModificationError.
  const chosen = codecs.map((codec) => {
    const found = capabilities.find((one) => isSameCodec(one, codec))
    if (found !== undefined) return found
    throw new DOMException(`${CONTEXT}: ${codec.mimeType} as given is no codec of ours.`, 'InvalidModificationError')
  })
  // 8. If codecs only contains entries for RTX, RED, FEC or Comfort Noise, throw InvalidModificationError.
  if (!chosen.some((codec) => isMediaCodec(codec) || isTelephoneEvent(codec))) {
    throw new DOMException(`${CONTEXT}: none of the codecs carries media.`, 'InvalidModificationError')
  }
  return [...new Set(chosen)].map((codec) => ({ ...codec }))
}
