/**
 * Which header extensions a transceiver negotiates (https://w3c.github.io/webrtc-extensions/, "RTP header extension
 * control"). Lists are in the order of the capabilities.
 */
import { capabilitiesOf, isMandatoryExtension } from '../../jsep/codecs/index.js'
import type { MediaKind, NumberedHeaderExtension } from '../../jsep/media-types.js'
import type { RTCRtpHeaderExtensionCapability } from './rtp-capabilities.js'

const CONTEXT = "Failed to execute 'setHeaderExtensionsToNegotiate' on 'RTCRtpTransceiver'"

/**
 * [[HeaderExtensionsToNegotiate]] of a new transceiver: that of the first of its kind that is not stopping, else what
 * there is. `first` is that transceiver's list.
 */
export function initialHeaderExtensions(
  kind: MediaKind,
  first: readonly RTCRtpHeaderExtensionCapability[] | undefined,
): RTCRtpHeaderExtensionCapability[] {
  return copiesOf(first ?? capabilitiesOf(kind, 'send').headerExtensions)
}

/**
 * The steps of setHeaderExtensionsToNegotiate up to its last: what [[HeaderExtensionsToNegotiate]] is to be set to.
 * @throws TypeError for an empty URI
 * @throws InvalidModificationError for extensions added, removed or moved, and for a mandatory one that is not sendrecv
 */
export function validateHeaderExtensions(
  kind: MediaKind,
  current: readonly RTCRtpHeaderExtensionCapability[],
  extensions: readonly RTCRtpHeaderExtensionCapability[],
): RTCRtpHeaderExtensionCapability[] {
  // Deviation: an empty URI is a TypeError, as the Web Platform Tests and browsers have it, and not step 4.2.'s error.
  if (extensions.some(({ uri }) => uri === '')) throw new TypeError(`${CONTEXT}: a URI is empty.`)
  // 3. If the sizes do not match, throw an InvalidModificationError.
  if (extensions.length !== current.length) throw modification('extensions can neither be added nor removed.')
  // 4. For each index i of extensions:
  for (const [index, { uri, direction }] of extensions.entries()) {
    // 4.2. If its uri is not that of the i-th element of [[HeaderExtensionsToNegotiate]], throw.
    if (uri !== current[index]?.uri) throw modification(`'${uri}' is not what stands in its place.`)
    // 4.3. If its direction is not "sendrecv" and it is mandatory to send and receive, throw. 4.4. Stopped, the same.
    if (direction !== 'sendrecv' && isMandatoryExtension(kind, uri)) throw modification(`'${uri}' is mandatory.`)
  }
  // 4.5. Restrict directions to what the user agent is capable of: all of ours go both ways.
  return copiesOf(extensions)
}

/**
 * [[NegotiatedHeaderExtensions]]: what an answer made of the extensions that were to be negotiated. `negotiated` is
 * undefined before there is an answer, or where the section is rejected: all are stopped then.
 */
export function answeredExtensions(
  toNegotiate: readonly RTCRtpHeaderExtensionCapability[],
  negotiated: readonly NumberedHeaderExtension[] | undefined,
): RTCRtpHeaderExtensionCapability[] {
  const directions = new Map((negotiated ?? []).map(({ uri, direction }) => [uri, direction]))
  return toNegotiate.map(({ uri }) => ({ uri, direction: directions.get(uri) ?? 'stopped' }))
}

function copiesOf(extensions: readonly RTCRtpHeaderExtensionCapability[]): RTCRtpHeaderExtensionCapability[] {
  return extensions.map(({ uri, direction }) => ({ uri, direction }))
}

function modification(problem: string): DOMException {
  return new DOMException(`${CONTEXT}: ${problem}`, 'InvalidModificationError')
}
