import { canonicalIpAddress } from '../core/index.js'
import type { CandidateType, IceCandidate, TcpType } from './types.js'

/**
 * Candidates as text (RFC 8839 §5.1, RFC 6544 §4.5, RFC 8838 §14):
 *
 *   candidate:<foundation> <component> <transport> <priority> <address> <port> typ <type>
 *     [raddr <address>] [rport <port>] *(<extension-name> <extension-value>)
 */

/** A line of a browser has some 150 characters. */
const MAX_TEXT_LENGTH = 1024
/** By one expression, as V8 compiles what runs through words when some hundred connections have been set up, and at length. */
const CANDIDATE =
  /^(?:a=)?candidate:([a-z0-9+/]{1,32}) +([12]) +(udp|tcp) +(\d{1,10}) +([^ \r\n\u2028\u2029]+) +(\d{1,10}) +(typ) +([a-z]+)(?: +([^ ].*))?$/i
const NUMBER = /^\d{1,10}$/
/** A name whose last label is no number, so that `1.2.3.400` is neither an address nor a name. */
const NAME = /^(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,62})\.)*[a-z]([a-z0-9-]{0,62})\.?$/i

// Candidates keep these words, and not what was cut out of their text.
const TYPES: readonly CandidateType[] = ['host', 'srflx', 'prflx', 'relay']
const TCP_TYPES: readonly TcpType[] = ['active', 'passive', 'so']

/** `undefined` when the text is no candidate, or one of a transport or component that nobody here could use. */
export function parseCandidate(text: string): IceCandidate | undefined {
  if (text.length > MAX_TEXT_LENGTH) return undefined
  const match = CANDIDATE.exec(text.trimEnd())
  return match === null ? undefined : candidateOf(match)
}

function candidateOf(match: readonly (string | undefined)[]): IceCandidate | undefined {
  const [, foundation, component, transport, priorityText, host, portText, typ, typeName, rest] = match
  const type = TYPES.find((known) => known === typeName)
  const address = parseHost(host)
  const port = parseNumber(portText, 0xffff)
  const priority = parseNumber(priorityText, 0xffffffff)
  const extensions = rest === undefined ? {} : parseExtensions(rest.split(/ +/))
  if (typ !== 'typ' || type === undefined || address === undefined) return undefined
  if (port === undefined || priority === undefined || extensions === undefined) return undefined
  return {
    foundation: foundation!,
    component: component === '1' ? 1 : 2,
    protocol: transport!.toLowerCase() === 'udp' ? 'udp' : 'tcp',
    priority,
    address,
    port,
    type,
    ...extensions,
  }
}

/** `candidate:…`, without `a=`. */
export function formatCandidate(candidate: IceCandidate): string {
  const { foundation, component, protocol, priority, address, port, type } = candidate
  const words = [`candidate:${foundation}`, component, protocol, priority, address, port, 'typ', type]
  if (candidate.relatedAddress !== undefined) words.push('raddr', candidate.relatedAddress)
  if (candidate.relatedPort !== undefined) words.push('rport', candidate.relatedPort)
  if (candidate.tcpType !== undefined) words.push('tcptype', candidate.tcpType)
  if (candidate.usernameFragment !== undefined) words.push('ufrag', candidate.usernameFragment)
  return words.join(' ')
}

type Extensions = Pick<IceCandidate, 'relatedAddress' | 'relatedPort' | 'tcpType' | 'usernameFragment'>

/** Names and values in turn; what we don't know (`generation`, `network-id`, `network-cost` …) is none of our business. */
function parseExtensions(words: readonly string[]): Extensions | undefined {
  if (words.length % 2 !== 0) return undefined
  const extensions: { -readonly [Key in keyof Extensions]: Extensions[Key] } = {}
  for (let i = 0; i < words.length; i += 2) {
    const value = words[i + 1]!
    if (words[i] === 'raddr') {
      const host = parseHost(value)
      if (host === undefined) return undefined
      extensions.relatedAddress = host
    } else if (words[i] === 'rport') {
      const port = parseNumber(value, 0xffff)
      if (port === undefined) return undefined
      extensions.relatedPort = port
    } else if (words[i] === 'tcptype') {
      const tcpType = TCP_TYPES.find((known) => known === value)
      if (tcpType === undefined) return undefined
      extensions.tcpType = tcpType
    } else if (words[i] === 'ufrag') {
      extensions.usernameFragment = value
    }
  }
  return extensions
}

/** SECURITY: no server is to learn of such an address (draft-ietf-mmusic-mdns-ice-candidates §3.3.2). */
export function isBehindMulticastName({ hostname }: Pick<IceCandidate, 'hostname'>): boolean {
  return hostname !== undefined && /\.local$/i.test(hostname)
}

function parseHost(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  return canonicalIpAddress(text) ?? (NAME.test(text) ? text : undefined)
}

function parseNumber(text: string | undefined, max: number): number | undefined {
  return text !== undefined && NUMBER.test(text) && Number(text) <= max ? Number(text) : undefined
}
