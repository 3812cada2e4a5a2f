import { isAddressPattern, isCertificate } from '../node/index.js'
import type { IceServer } from '../node/index.js'
import { isTurnUrl, validateIceServerUrl } from './ice-server-url.js'
import type { Configuration, RTCIceServer } from './rtc-configuration.js'

/** More servers than this are ignored, as the specification allows. */
const MAX_ICE_SERVERS = 64

/**
 * Checks the certificates of a new connection.
 * @throws DOMException `InvalidAccessError` when one has expired
 */
export function checkCertificates(configuration: Configuration, context: string): void {
  // Constructor 5.1. If the value of certificate.expires is less than the current time, throw an InvalidAccessError.
  const now = Date.now()
  if (configuration.certificates.every((certificate) => certificate.expires >= now)) return
  throw new DOMException(`${context}: Expired certificate(s).`, 'InvalidAccessError')
}

/**
 * The checks of "set a configuration"; yields the servers for the ICE agent.
 * @throws DOMException `InvalidModificationError` when a member changed that must not
 * @throws DOMException `SyntaxError`, `InvalidAccessError`: see {@link validateIceServerUrl}
 * @see https://www.w3.org/TR/webrtc/#set-the-configuration
 */
export function checkConfiguration(
  configuration: Configuration,
  old: Configuration | undefined,
  localDescriptionWasSet: boolean,
  context: string,
): readonly IceServer[] {
  // 3. If oldConfig is not null, run the following steps, and if any of them fail, throw an InvalidModificationError.
  if (old !== undefined) checkModification(configuration, old, localDescriptionWasSet, context)
  // 4. and 5. Let iceServers be configuration.iceServers, truncated to the maximum number of supported elements.
  const iceServers = configuration.iceServers.slice(0, MAX_ICE_SERVERS)
  // 6. For each server in iceServers, run the following steps:
  return iceServers.map((server) => checkedServer(server, context))
}

/** Whether gathering anew would ask the same servers in the same way. Both are plain data after their conversion. */
export function areSameServers(one: Configuration, other: Configuration): boolean {
  return JSON.stringify(one.iceServers) === JSON.stringify(other.iceServers)
}

/** A lite agent asks nobody. With a policy of "relay" nothing is sent but to relays: not even a STUN server, which would yield no candidate, is asked. */
export function serversToAsk(
  iceServers: readonly IceServer[],
  { iceTransportPolicy, tincan }: Pick<Configuration, 'iceTransportPolicy' | 'tincan'>,
): readonly IceServer[] {
  if (tincan?.iceLite === true) return []
  if (iceTransportPolicy === 'all') return iceServers
  return iceServers.map((server) => ({ ...server, urls: server.urls.filter(isTurnUrl) }))
}

/** What an ArrayBuffer of any runtime holds. */
const LARGEST_MESSAGE_BYTES = 2 ** 30

/**
 * Checks our extensions.
 * @throws TypeError for a range that is empty, a prefix that is none, or a certificate that cannot be read
 */
export function checkExtensions({ tincan, iceTransportPolicy }: Configuration, context: string): void {
  const refuse = (what: string): never => {
    throw new TypeError(`${context}: ${what}`)
  }
  const { portRange, addresses, certificateAuthorities, iceParameters, iceLite, maxMessageSize } = tincan ?? {}
  if (iceLite === true && iceTransportPolicy === 'relay') refuse('a lite ICE agent has no relays.')
  if (portRange !== undefined && (portRange.min < 1 || portRange.min > portRange.max)) {
    refuse(`there is no UDP port from ${portRange.min} to ${portRange.max}.`)
  }
  if (maxMessageSize !== undefined && (maxMessageSize < 1 || maxMessageSize > LARGEST_MESSAGE_BYTES)) {
    refuse(`messages have a limit from 1 to ${LARGEST_MESSAGE_BYTES} bytes.`)
  }
  for (const entry of [...(addresses?.only ?? []), ...(addresses?.except ?? [])]) {
    if (!isAddressPattern(entry)) refuse(`'${entry}' is no interface, address or prefix.`)
  }
  if (certificateAuthorities?.some((pem) => !isCertificate(pem)) === true) {
    refuse('a certificate authority is not a certificate in PEM.')
  }
  if (iceParameters !== undefined && !areIceParameters(iceParameters)) {
    refuse('the ICE parameters are not what RFC 8839 allows.')
  }
}

/** RFC 8839 §5.4: ice-char is a letter, a digit, `+` or `/`. */
function areIceParameters({ usernameFragment, password }: { usernameFragment: string; password: string }): boolean {
  return /^[a-z\d+/]{4,256}$/i.test(usernameFragment) && /^[a-z\d+/]{22,256}$/i.test(password)
}

function checkModification(
  configuration: Configuration,
  old: Configuration,
  localDescriptionWasSet: boolean,
  context: string,
): void {
  const fail = (member: string) => {
    throw new DOMException(`${context}: '${member}' must not change.`, 'InvalidModificationError')
  }
  // 3.1. to 3.3. The certificates have to be the same objects in the same order.
  const { certificates } = configuration
  const sameCertificates =
    certificates.length === old.certificates.length &&
    certificates.every((certificate, index) => certificate === old.certificates[index])
  if (!sameCertificates) fail('certificates')
  // 3.4. and 3.5. bundlePolicy and rtcpMuxPolicy must not differ.
  if (configuration.bundlePolicy !== old.bundlePolicy) fail('bundlePolicy')
  // 3.6. iceCandidatePoolSize must not differ once setLocalDescription has been called.
  if (configuration.iceCandidatePoolSize !== old.iceCandidatePoolSize && localDescriptionWasSet) {
    fail('iceCandidatePoolSize')
  }
}

function checkedServer(server: RTCIceServer, context: string): IceServer {
  // 6.1. and 6.2. The conversion made a list of urls that was a string.
  const urls = [server.urls].flat()
  // 6.3. If urls is empty, throw a SyntaxError.
  if (urls.length === 0) throw new DOMException(`${context}: an ICE server has no URLs.`, 'SyntaxError')
  // 6.4. For each url in urls, run the validate an ICE server URL algorithm on url.
  for (const url of urls) validateIceServerUrl(url, server, context)
  const { username, credential } = server
  return { urls, ...(username !== undefined && { username }), ...(credential !== undefined && { credential }) }
}
