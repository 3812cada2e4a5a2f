import { isPrivate } from '../core/index.js'
import { canReach, type Base } from './base.js'
import { isBehindMulticastName } from './candidate.js'
import type { IceCandidate, TransportAddress } from './types.js'

/** RFC 6544 §4.1: in place of the port where there is none, since connections are opened from any. */
export const ACTIVE_PORT = 9

/**
 * RFC 6544 §6.2: datagrams pair with datagrams. Of TCP who is active opens a connection to who is passive, and the latter has no
 * pair before it comes; simultaneous open is left out. A server is not told whom a name of multicast DNS hides, which permissions
 * for a relay would do (draft-ietf-mmusic-mdns-ice-candidates §3.3.2); the peer's own checks may still come to it.
 */
export function canPair(base: Base, remote: IceCandidate): boolean {
  if (base.type === 'relay' && isBehindMulticastName(remote)) return false
  const fits =
    base.tcpType === undefined ? remote.protocol === 'udp' : base.tcpType === 'active' && remote.tcpType === 'passive'
  return fits && canReach(base, remote.address)
}

/** The "bad ports" of https://fetch.spec.whatwg.org/#port-blocking that are above those of well-known services. */
const BAD_PORTS: ReadonlySet<number> = new Set([
  1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080,
])

/**
 * SECURITY: a connection can be opened to whatever a peer names, and the first bytes of ours may mean something there. As in
 * libwebrtc the ports of well-known services are not for it; but for those of the web, which are public in public networks only.
 * Nor are those that browsers fetch nothing from.
 */
export function mayConnectTo({ address, port }: TransportAddress): boolean {
  if (BAD_PORTS.has(port)) return false
  return port >= 1024 || ((port === 80 || port === 443) && !isPrivate(address))
}
