import type { RTCIceServer } from './rtc-configuration.js'

const STUN_SCHEMES = ['stun', 'stuns']
const TURN_SCHEMES = ['turn', 'turns']

/** RFC 8489 §14.3: USERNAME has fewer than 509 bytes. */
const MAX_USERNAME_BYTES = 508

/**
 * Validates an ICE server URL (RFC 7064 §3.1, RFC 7065 §3.1).
 * @throws DOMException `SyntaxError` for a malformed URL, `InvalidAccessError` for a TURN URL without credentials
 * @see https://www.w3.org/TR/webrtc/#dfn-validate-an-ice-server-url
 */
export function validateIceServerUrl(url: string, server: RTCIceServer, context: string): void {
  const malformed = () => new DOMException(`${context}: '${url}' is not a valid stun or turn URL.`, 'SyntaxError')
  // 1. Let parsedURL be the result of parsing url.
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  // 2. If parsedURL is failure, its scheme is none of the four, it has no opaque path or one with "/" or "@", or its
  //    fragment is non-null, or its scheme is stun or stuns and its query is non-null: throw a SyntaxError.
  if (parsed === undefined) throw malformed()
  const scheme = parsed.protocol.slice(0, -1)
  const isTurn = TURN_SCHEMES.includes(scheme)
  if (!isTurn && !STUN_SCHEMES.includes(scheme)) throw malformed()
  const { pathname: path, href } = parsed
  if (path === '' || parsed.host !== '' || /[/@]/.test(path) || href.includes('#')) throw malformed()
  if (!isTurn && href.includes('?')) throw malformed()
  // 3. If parsedURL's scheme is not implemented by the user agent, throw a NotSupportedError: all four are.
  // 4. Let hostAndPortURL be the result of parsing the concatenation of "https://" and parsedURL's path.
  // 5. If hostAndPortURL is failure, or has a path, a user name or a password, throw a SyntaxError.
  const hostAndPort = `https://${path}`
  if (!URL.canParse(hostAndPort)) throw malformed()
  const { pathname, username, password, hostname, port } = new URL(hostAndPort)
  if (hostname === '' || pathname !== '/' || username !== '' || password !== '') throw malformed()
  // Deviation: neither UDP nor TCP leads to port 0, which is malformed to libwebrtc, too.
  if (port === '0') throw malformed()
  // 6. If parsedURL's query is non-null and neither "transport=udp" nor "transport=tcp", throw a SyntaxError.
  const query = href.includes('?') ? href.slice(href.indexOf('?') + 1) : undefined
  if (query !== undefined && query !== 'transport=udp' && query !== 'transport=tcp') throw malformed()
  // 7. If the scheme is turn or turns, and the credentials are missing or do not conform, throw an InvalidAccessError.
  if (!isTurn) return
  const conforms = server.username !== undefined && byteLength(server.username) <= MAX_USERNAME_BYTES
  if (conforms && server.credential !== undefined) return
  throw new DOMException(`${context}: a TURN server needs a username and a credential.`, 'InvalidAccessError')
}

/** Of a URL that {@link validateIceServerUrl} has taken: whether it is that of a relay. */
export function isTurnUrl(url: string): boolean {
  return TURN_SCHEMES.includes(new URL(url).protocol.slice(0, -1))
}

function byteLength(text: string): number {
  return new TextEncoder().encode(text).length
}
