/** What the URL of a STUN or TURN server says (RFC 7064 §3.1, RFC 7065 §3.1). */
export interface ServerUrl {
  readonly url: string
  readonly scheme: 'stun' | 'stuns' | 'turn' | 'turns'
  /** A name in lower case and ASCII, or an IP address without brackets. */
  readonly host: string
  /** `undefined` when the URL names none: SRV records may, else there is {@link defaultPortOf}. */
  readonly port: number | undefined
  /**
   * How it is reached; `tls` is over TCP, `dtls` over UDP (RFC 7350). The latter is the only way in which `stuns:` can tell the
   * address of a UDP socket.
   */
  readonly protocol: 'udp' | 'tcp' | 'tls' | 'dtls'
}

const SCHEME = /^(stuns?|turns?):$/
const QUERY = /^\?transport=(udp|tcp)$/i

/**
 * `undefined` for URLs of other schemes and malformed ones. They are read as the check of configurations reads them, by the URL
 * standard: names may be in any script (RFC 5890), escaped, or addresses in an unusual notation; the port may be empty.
 */
export function parseServerUrl(url: string): ServerUrl | undefined {
  if (!URL.canParse(url)) return undefined
  const { protocol: schemeText, pathname: path, search, host: authority } = new URL(url)
  const scheme = SCHEME.exec(schemeText)?.[1] as ServerUrl['scheme'] | undefined
  const query = search === '' ? undefined : QUERY.exec(search)
  const isTurn = scheme === 'turn' || scheme === 'turns'
  if (scheme === undefined || authority !== '' || query === null || (query !== undefined && !isTurn)) return undefined
  const place = placeOf(path)
  if (place === undefined) return undefined
  return { url, scheme, ...place, protocol: protocolOf(scheme, query?.[1]?.toLowerCase()) }
}

function placeOf(path: string): Pick<ServerUrl, 'host' | 'port'> | undefined {
  if (!URL.canParse(`https://${path}`)) return undefined
  const { hostname, port: portText, pathname, username, password } = new URL(`https://${path}`)
  // The usual port of a scheme is left out: that of this one may be meant all the same.
  const port = portText === '' ? new URL(`http://${path}`).port : portText
  if (port === '0' || pathname !== '/' || username !== '' || password !== '') return undefined
  return { host: hostname.replace(/^\[|\]$/g, ''), port: port === '' ? undefined : Number(port) }
}

function protocolOf(scheme: ServerUrl['scheme'], transport: string | undefined): ServerUrl['protocol'] {
  if (scheme === 'stun') return 'udp'
  if (scheme === 'stuns') return 'dtls'
  if (scheme === 'turns') return transport === 'udp' ? 'dtls' : 'tls'
  return transport === 'tcp' ? 'tcp' : 'udp'
}

/** RFC 7064 §3.2, RFC 7065 §3.2. */
export function defaultPortOf({ protocol }: Pick<ServerUrl, 'protocol'>): number {
  return protocol === 'tls' || protocol === 'dtls' ? 5349 : 3478
}

/** The name that SRV records for the URL have (RFC 8489 §8, RFC 5928 §3); `undefined` where none are to be asked for. */
export function serviceNameOf({ scheme, host, port, protocol }: ServerUrl): string | undefined {
  // A name of one label, such as localhost, is no domain; an address has no records.
  if (port !== undefined || !host.includes('.') || /^[\d.]+$|:|\.local$/i.test(host)) return undefined
  return `_${scheme}._${protocol === 'tcp' || protocol === 'tls' ? 'tcp' : 'udp'}.${host}`
}
