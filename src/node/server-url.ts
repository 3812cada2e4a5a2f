/** What the URL of a STUN or TURN server says (RFC 7064 §3.1, RFC 7065 §3.1); IPv6 literals are in brackets. */
export interface ServerUrl {
  readonly url: string
  readonly scheme: 'stun' | 'stuns' | 'turn' | 'turns'
  /** A name, or an IP address without brackets. */
  readonly host: string
  /** `undefined` when the URL names none: SRV records may, else there is {@link defaultPortOf}. */
  readonly port: number | undefined
  /**
   * How it is reached; `tls` is over TCP, `dtls` over UDP (RFC 7350). The latter is the only way in which `stuns:` can tell the
   * address of a UDP socket.
   */
  readonly protocol: 'udp' | 'tcp' | 'tls' | 'dtls'
}

const SERVER_URL = /^(stuns?|turns?):(?:\[([0-9a-f:.]+)\]|([^:[\]/?#@]+))(?::(\d{1,5}))?(?:\?transport=(udp|tcp))?$/i

/** `undefined` for URLs of other schemes and malformed ones. */
export function parseServerUrl(url: string): ServerUrl | undefined {
  const match = SERVER_URL.exec(url)
  const scheme = match?.[1]?.toLowerCase() as ServerUrl['scheme'] | undefined
  const host = match?.[2] ?? match?.[3]
  if (match === null || scheme === undefined || host === undefined) return undefined
  const transport = match[5]?.toLowerCase()
  const isTurn = scheme === 'turn' || scheme === 'turns'
  if (transport !== undefined && !isTurn) return undefined
  const port = match[4] === undefined ? undefined : Number(match[4])
  if (port !== undefined && (port < 1 || port > 65535)) return undefined
  return { url, scheme, host, port, protocol: protocolOf(scheme, transport) }
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
