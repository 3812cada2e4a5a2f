import type { Millis } from '../core/index.js'
import type { SecureStunServer, TransportAddress, TurnServer, VerifyServer } from '../ice/types.js'
import type { PeerContract, TransportId } from '../peer/contract.js'
import type { HostNames } from './host-names.js'
import type { LocalAddress } from './io.js'
import type { Listeners } from './listeners.js'
import type { BoundSocket, LocalSockets } from './local-sockets.js'
import type { NameLookups } from './name-lookups.js'
import type { Refusals } from './refusals.js'
import { defaultPortOf, parseServerUrl, serviceNameOf } from './server-url.js'
import type { ServerUrl } from './server-url.js'
import { trustedBy } from './stream-security.js'

/** RTCIceServer, validated and with its URLs as a list. */
export interface IceServer {
  readonly urls: readonly string[]
  readonly username?: string
  readonly credential?: string
}

/** W3C RTCPeerConnectionIceErrorEvent: no host candidate could reach the server; its name not resolving is one reason. */
const SERVER_NOT_REACHED = 701
const UNRESOLVED = 'The name of the server has no address that a local socket could reach.'
const NOT_SHARED =
  'A server of TURN, or over DTLS, is not asked over the UDP port of a mux, which it would take for one client.'
/** Of each family. A name with more addresses than this is reached at one of the first, or not at all. */
const MAX_ADDRESSES_PER_FAMILY = 2

export interface GatherOptions {
  readonly transportId: TransportId
  readonly iceServers: readonly IceServer[]
  /** Certificates in PEM of authorities that may vouch for servers over DTLS, besides those that Node trusts. */
  readonly ca: readonly string[] | undefined
  readonly localAddresses: readonly LocalAddress[]
  /** Told in place of addresses. */
  readonly hostNames?: HostNames | undefined
  /** Of the generation that is gathered for. */
  readonly usernameFragment: string
  /** Sockets are shared: a server of TURN or over DTLS, which knows us by address and port alone, could not tell us apart over UDP. */
  readonly sharesSockets: boolean
  readonly sockets: LocalSockets
  /** Where peers may connect over TCP. */
  readonly listeners: Listeners | undefined
  /** Others than `localAddresses`. */
  readonly listenAddresses?: readonly LocalAddress[] | undefined
  readonly lookups: NameLookups
  readonly refusals: Refusals
  /** Calls back unless this gathering does not count any more. */
  readonly tellPeer: (call: (peer: PeerContract, now: Millis) => void) => void
}

/** One URL of the configuration, with the credentials that stand beside it. */
interface NamedServer {
  readonly url: ServerUrl
  readonly username: string
  readonly password: string
  /** Over DTLS, as soon as it is loaded. */
  readonly verify?: VerifyServer | undefined
}

/** Most connections have no server over DTLS. */
async function loadVerifier(ca: GatherOptions['ca']): Promise<VerifyServer> {
  const { serverVerifier } = await import('./server-chain/index.js')
  return serverVerifier(ca, async (authorities) => trustedBy(await import('node:tls'), authorities))
}

/**
 * What a gathering needs of the machine (RFC 8445 §5.1.1): a socket per local address, and the addresses of the STUN and
 * TURN servers. Sockets come first: host candidates wait for no name. Never rejects: what does not bind or resolve is left
 * out, and the end is told in any case.
 */
export async function gather(options: GatherOptions): Promise<void> {
  const { transportId, tellPeer, lookups } = options
  const servers = namedServers(options.iceServers).map((server) => {
    const verify = server.url.protocol === 'dtls' ? loadVerifier(options.ca) : undefined
    return { server, addresses: addressesOf(server.url, lookups), verify }
  })
  const [sockets, listening = []] = await Promise.all([
    options.sockets.bind(transportId, options.localAddresses, options.usernameFragment),
    options.listeners?.listen(transportId, options.listenAddresses ?? options.localAddresses),
  ])
  tellPeer((peer, now) => {
    const named = ({ address }: TransportAddress): { name?: string } =>
      options.hostNames === undefined ? {} : { name: options.hostNames.of(address) }
    for (const { socketId, socket, localPreference, neverFragments } of sockets) {
      const { local } = socket
      peer.addLocalSocket(now, transportId, { socketId, local, localPreference, neverFragments, ...named(local) })
    }
    for (const { socketId, local, localPreference } of listening) {
      const passive = { socketId, local, localPreference, tcpType: 'passive' } as const
      peer.addLocalSocket(now, transportId, { ...passive, ...named(local) })
    }
  })
  // Not before the peer knows where they listen: what waits already comes in the call.
  for (const { claim } of listening) claim(options.usernameFragment)
  await Promise.all(
    servers.map(async ({ server, addresses, verify }) => {
      nameServer(options, { ...server, verify: await verify }, await addresses, sockets)
    }),
  )
  tellPeer((peer, now) => peer.endOfLocalSockets(now, transportId))
}

/** Names a server to the peer, by every address that a socket could reach. */
function nameServer(
  options: GatherOptions,
  server: NamedServer,
  addresses: readonly TransportAddress[],
  sockets: readonly BoundSocket[],
): void {
  const { transportId, tellPeer } = options
  const { scheme, protocol, url } = server.url
  const isOverUdp = protocol === 'udp' || protocol === 'dtls'
  if (isOverUdp && scheme !== 'stun' && options.sharesSockets) {
    return tellNotReached(options, url, NOT_SHARED, sockets)
  }
  const families = new Set(sockets.map(({ family }) => family))
  const reachable = firstOfEachFamily(addresses).filter(({ address }) => families.has(familyOf(address)))
  if (reachable.length === 0) tellNotReached(options, url, UNRESOLVED, sockets)
  tellPeer((peer, now) => {
    for (const address of reachable) tellServer(peer, now, transportId, server, address)
  })
  if (!isOverUdp) return // a stream tells by itself that it is refused
  for (const address of reachable) void tellIfRefused(options, address, sockets)
}

function tellServer(
  peer: PeerContract,
  now: Millis,
  transportId: TransportId,
  server: NamedServer,
  address: TransportAddress,
): void {
  const { scheme, url, host: serverName } = server.url
  const { verify } = server
  if (scheme === 'stun') peer.addStunServer(now, transportId, { ...address, url })
  else if (scheme !== 'stuns') peer.addTurnServer(now, transportId, turnServer(server, address))
  else if (verify !== undefined) {
    const secure: SecureStunServer = { ...address, url, protocol: 'dtls', serverName, verify }
    peer.addStunServer(now, transportId, secure)
  }
}

async function tellIfRefused(
  { refusals, transportId, tellPeer }: GatherOptions,
  server: TransportAddress,
  sockets: readonly BoundSocket[],
): Promise<void> {
  const localAddresses = sockets.map(({ socket }) => socket.local.address)
  if (!(await refusals.refuses(transportId, localAddresses, server))) return
  tellPeer((peer, now) => peer.serverUnreachable(now, transportId, server))
}

/** Each once with the same credentials. */
function namedServers(iceServers: readonly IceServer[]): readonly NamedServer[] {
  const named = new Map<string, NamedServer>()
  for (const { urls, username = '', credential = '' } of iceServers) {
    for (const text of urls) {
      const url = parseServerUrl(text)
      const key = JSON.stringify([text, username, credential])
      if (url !== undefined && !named.has(key)) named.set(key, { url, username, password: credential })
    }
  }
  return [...named.values()]
}

function turnServer(
  { url: { url, protocol, host: serverName }, username, password, verify }: NamedServer,
  { address, port }: TransportAddress,
): TurnServer {
  const server = { address, port, url, protocol, serverName, username, password }
  return verify === undefined ? server : { ...server, verify }
}

/**
 * RFC 8489 §8, RFC 5928 §3: where the URL has no port, SRV records say where the service is; where there are none, it is at the
 * addresses of the host, on its usual port. Both are asked for at once.
 */
export async function addressesOf(url: ServerUrl, lookups: NameLookups): Promise<readonly TransportAddress[]> {
  const service = serviceNameOf(url)
  const [locations, addresses] = await Promise.all([
    service === undefined ? [] : lookups.resolveService(service),
    lookups.resolve(url.host),
  ])
  const port = url.port ?? defaultPortOf(url)
  if (locations.length === 0) return addresses.map((address) => ({ address, port }))
  const found = await Promise.all(
    locations.map(async (location) => {
      const targets = await lookups.resolve(location.target)
      return targets.map((address) => ({ address, port: location.port }))
    }),
  )
  return found.flat()
}

function tellNotReached(
  { tellPeer, transportId }: GatherOptions,
  url: string,
  errorText: string,
  [first]: readonly BoundSocket[],
): void {
  if (first === undefined) return
  const { local } = first.socket
  const error = { local, url, errorCode: SERVER_NOT_REACHED, errorText }
  tellPeer((peer, now) => peer.serverNotAsked(now, transportId, error))
}

/** The families alternate as they were found; further addresses of one would hardly be another server. */
function firstOfEachFamily(addresses: readonly TransportAddress[]): readonly TransportAddress[] {
  const taken = new Map<LocalAddress['family'], number>()
  const seen = new Set<string>()
  return addresses.filter(({ address, port }) => {
    const family = familyOf(address)
    const count = taken.get(family) ?? 0
    const key = `${address} ${port}`
    if (count === MAX_ADDRESSES_PER_FAMILY || seen.has(key)) return false
    seen.add(key)
    taken.set(family, count + 1)
    return true
  })
}

function familyOf(address: string): LocalAddress['family'] {
  return address.includes(':') ? 'IPv6' : 'IPv4'
}
