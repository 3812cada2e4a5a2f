/** What a STUN URL names (RFC 7064 §3.1): `stun:host[:port]`, IPv6 literals in brackets. */
export interface StunUrl {
  /** A name, or an IP address without brackets. */
  readonly host: string
  readonly port: number
}

/** RFC 7064 §3.2: the port of `stun:`. */
const DEFAULT_STUN_PORT = 3478

const STUN_URL = /^stun:(?:\[([0-9a-f:.]+)\]|([^:[\]/?#@]+))(?::(\d{1,5}))?$/i

/** `undefined` for URLs of other schemes and for malformed ones. */
export function parseStunUrl(url: string): StunUrl | undefined {
  const match = STUN_URL.exec(url)
  const host = match?.[1] ?? match?.[2]
  if (host === undefined) return undefined
  const port = match?.[3] === undefined ? DEFAULT_STUN_PORT : Number(match[3])
  return port >= 1 && port <= 65535 ? { host, port } : undefined
}
