import { ipFamily, type IpFamily } from '../core/index.js'
import { candidatePriority, tcpCandidatePriority } from './priority.js'
import type { IceCandidate, LocalSocket, RelayedSocket, SocketId, TransportAddress } from './types.js'

/**
 * What candidates are sent from (RFC 8445 §4, "base"): a socket. A relayed candidate is its own base; its `socketId`
 * names the allocation that datagrams go through, so nothing here needs to know the difference.
 */
export interface Base {
  readonly socketId: SocketId
  readonly local: TransportAddress
  readonly localPreference: number
  readonly type: 'host' | 'relay'
  readonly family: IpFamily
  // Not left out where there are none: V8 keeps members that are added later, or come by `...`, in memory of their own.
  /** Of a host base over TCP; every other one is for datagrams. */
  readonly tcpType: 'active' | 'passive' | undefined
  /** Told in place of the address (draft-ietf-mmusic-mdns-ice-candidates). */
  readonly name: string | undefined
  /** Where the type is `relay`. */
  readonly relay: Pick<RelayedSocket, 'related' | 'protocol' | 'url'> | undefined
}

/** `undefined` when the socket is bound to no IP address. */
export function baseOfSocket({ socketId, local, localPreference, tcpType, name }: LocalSocket): Base | undefined {
  const family = ipFamily(local.address)
  return family && { socketId, local, localPreference, type: 'host', family, tcpType, name, relay: undefined }
}

export function baseOfRelay(relay: RelayedSocket): Base | undefined {
  const base = baseOfSocket(relay)
  const { related, protocol, url } = relay
  return base && { ...base, type: 'relay', relay: { related, protocol, url } }
}

/** The candidate that a base is itself; with `hidesRelated` it does not tell where a relay sees us. */
export function candidateOfBase(
  base: Base,
  foundation: string,
  usernameFragment: string,
  hidesRelated = false,
): IceCandidate {
  const { tcpType, relay, type, local } = base
  const address = base.name ?? local.address
  const { port } = local
  const priority = priorityOf(base)
  // Each form with all of its members: a connection keeps four of them.
  if (tcpType !== undefined) {
    return { foundation, component: 1, protocol: 'tcp', priority, address, port, type, tcpType, usernameFragment }
  }
  const own = { foundation, component: 1, protocol: 'udp', priority, address, port, type, usernameFragment } as const
  return relay === undefined ? own : { ...own, ...relayMembers(base, relay, hidesRelated) }
}

function relayMembers(
  { family }: Base,
  { related, protocol, url }: NonNullable<Base['relay']>,
  hidesRelated: boolean,
): Pick<IceCandidate, 'relatedAddress' | 'relatedPort' | 'relayProtocol' | 'url'> {
  const { address, port } = hidesRelated ? unspecified(family) : related
  return { relatedAddress: address, relatedPort: port, relayProtocol: protocol, url }
}

/** RFC 8839 §5.1: what an agent that does not want to say puts there. */
function unspecified(family: IpFamily): TransportAddress {
  return { address: family === 'IPv4' ? '0.0.0.0' : '::', port: 9 }
}

/** The related address of a candidate that is not its own base, as it may be told. */
export function toldRelated({ name, family, local }: Base): TransportAddress {
  return name === undefined ? local : unspecified(family)
}

/** What a server sees of a base (RFC 8445 §5.1.1.2). */
export function reflexiveCandidate(
  base: Base,
  mapped: TransportAddress,
  foundation: string,
  url: string,
  usernameFragment: string,
): IceCandidate {
  const related = toldRelated(base)
  return {
    foundation,
    component: 1,
    protocol: 'udp',
    priority: candidatePriority('srflx', base.localPreference),
    address: mapped.address,
    port: mapped.port,
    type: 'srflx',
    relatedAddress: related.address,
    relatedPort: related.port,
    usernameFragment,
    url,
  }
}

export function protocolOf({ tcpType }: Base): 'udp' | 'tcp' {
  return tcpType === undefined ? 'udp' : 'tcp'
}

/** Of the candidate that the base is, or of a peer-reflexive one that it may turn out to be. */
export function priorityOf(base: Base, type: 'prflx' | Base['type'] = base.type): number {
  const { tcpType, localPreference, relay } = base
  if (tcpType !== undefined && type !== 'relay') return tcpCandidatePriority(type, tcpType, localPreference)
  return candidatePriority(type, localPreference, 1, type === 'relay' ? relay?.protocol : undefined)
}

/** RFC 8445 §6.1.2.2: of one family, and link-local IPv6 addresses only with each other. */
export function canReach(base: Base, address: string): boolean {
  return base.family === ipFamily(address) && isLinkLocalIpv6(base.local.address) === isLinkLocalIpv6(address)
}

/** fe80::/10. */
export function isLinkLocalIpv6(address: string): boolean {
  return /^fe[89ab]/.test(address)
}

export function sameAddress(a: TransportAddress, b: TransportAddress): boolean {
  return a.port === b.port && a.address === b.address
}
