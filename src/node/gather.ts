import type { Millis } from '../core/index.js'
import type { StunServer } from '../ice/types.js'
import type { PeerContract, PeerEvent, TransportId } from '../peer/contract.js'
import type { LocalAddress } from './io.js'
import type { BoundSocket, LocalSockets } from './local-sockets.js'
import type { NameLookups } from './name-lookups.js'
import { parseStunUrl } from './stun-url.js'

/** RTCIceServer, validated and with its URLs as a list. */
export interface IceServer {
  readonly urls: readonly string[]
  readonly username?: string
  readonly credential?: string
}

/** W3C RTCPeerConnectionIceErrorEvent: no host candidate could reach the server; its name not resolving is one reason. */
const SERVER_NOT_REACHED = 701

export interface GatherOptions {
  readonly transportId: TransportId
  readonly iceServers: readonly IceServer[]
  readonly localAddresses: readonly LocalAddress[]
  readonly sockets: LocalSockets
  readonly lookups: NameLookups
  /** Calls back unless this gathering does not count any more. */
  readonly tellPeer: (call: (peer: PeerContract, now: Millis) => void) => void
  readonly tellApplication: (event: PeerEvent) => void
}

/**
 * What a gathering needs of the machine (RFC 8445 §5.1.1): a socket per local address, and the addresses of the STUN
 * servers. Never rejects: what does not bind or resolve is left out, and the end is told in any case.
 */
export async function gather(options: GatherOptions): Promise<void> {
  const { transportId, tellPeer } = options
  const servers = stunServers(options)
  const sockets = await options.sockets.bind(transportId, options.localAddresses)
  tellPeer((peer, now) => {
    for (const { socketId, socket, localPreference } of sockets) {
      peer.addLocalSocket(now, transportId, { socketId, local: socket.local, localPreference })
    }
  })
  const families = new Set(sockets.map(({ family }) => family))
  await Promise.all(
    servers.map(async ({ url, addresses }) => {
      const found = onePerFamily(await addresses).filter((address) => families.has(familyOf(address)))
      if (found.length === 0) tellUnresolved(options, url.url, sockets)
      tellPeer((peer, now) => {
        for (const address of found) {
          const server: StunServer = { address, port: url.port, url: url.url }
          peer.addStunServer(now, transportId, server)
        }
      })
    }),
  )
  tellPeer((peer, now) => peer.endOfLocalSockets(now, transportId))
}

interface ServerLookup {
  readonly url: { readonly url: string; readonly port: number }
  readonly addresses: Promise<readonly string[]>
}

/** Starts to resolve every `stun:` URL. `turn:` and `turns:` are the business of the TURN client (RFC 8656), not of sockets. */
function stunServers({ iceServers, lookups }: GatherOptions): readonly ServerLookup[] {
  const urls = new Set(iceServers.flatMap((server) => server.urls))
  return [...urls].flatMap((url) => {
    const parsed = parseStunUrl(url)
    if (parsed === undefined) return []
    return [{ url: { url, port: parsed.port }, addresses: lookups.resolve(parsed.host) }]
  })
}

function tellUnresolved(options: GatherOptions, url: string, sockets: readonly BoundSocket[]): void {
  const [first] = sockets
  if (first === undefined) return
  options.tellApplication({
    type: 'candidateError',
    transportId: options.transportId,
    local: first.socket.local,
    url,
    errorCode: SERVER_NOT_REACHED,
    errorText: 'The name of the STUN server has no address that a local socket could reach.',
  })
}

/** A dual-stack server shows one mapping per family; further addresses of a family would show the same again. */
function onePerFamily(addresses: readonly string[]): readonly string[] {
  const first = new Map<LocalAddress['family'], string>()
  for (const address of addresses) if (!first.has(familyOf(address))) first.set(familyOf(address), address)
  return [...first.values()]
}

function familyOf(address: string): LocalAddress['family'] {
  return address.includes(':') ? 'IPv6' : 'IPv4'
}
