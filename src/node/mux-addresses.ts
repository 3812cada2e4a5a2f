import { canonicalIpAddress, isUnicast } from '../core/index.js'
import type { TransportAddress } from '../ice/types.js'
import type { Io, LocalAddress, PortRange } from './io.js'

/** Where a mux is to listen: one port, on several addresses. */
export interface MuxPlace {
  readonly port: number
  /** Undefined: those that a connection would use. */
  readonly addresses: readonly string[] | undefined
  readonly includeLoopback: boolean
}

interface PlaceOptions {
  port?: number
  address?: string | string[]
  includeLoopback?: boolean
}

/** Throws a TypeError for a port that there is not, and for what is no address that can be listened on. */
export function muxPlace({ port = 0, address, includeLoopback = false }: PlaceOptions, protocol: string): MuxPlace {
  if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new TypeError(`there is no ${protocol} port ${port}`)
  const addresses = address === undefined ? undefined : [address].flat().map(listenable)
  return { port, addresses, includeLoopback }
}

/** By address. Rejects when none can be had, with the reason of the last. */
export async function onEachAddress<Bound extends { readonly local: TransportAddress }>(
  io: Io,
  place: MuxPlace,
  bind: (address: string, range: PortRange | undefined) => Promise<Bound>,
): Promise<ReadonlyMap<string, Bound>> {
  const { includeLoopback } = place
  const addresses = place.addresses ?? io.localAddresses({ includeLoopback }).map(({ address }) => address)
  let { port } = place
  const all = new Map<string, Bound>()
  let failure: unknown = new Error('there is no address to listen on')
  for (const one of addresses) {
    try {
      const bound = await bind(one, port === 0 ? undefined : { min: port, max: port })
      port = bound.local.port // any, but the same on all
      all.set(one, bound)
    } catch (error) {
      failure = error // an address that vanished, or a port that is taken there: the others may do
    }
  }
  if (all.size === 0) throw failure
  return all
}

/** Of what a mux listens on, best first. */
export function muxAddresses(addresses: Iterable<string>): readonly LocalAddress[] {
  return [...addresses].map((address, rank) => {
    return { address, family: address.includes(':') ? 'IPv6' : 'IPv4', localPreference: 65_535 - rank }
  })
}

/** As the operating system writes it: by that it is found among the addresses that are still there. */
function listenable(text: string): string {
  const address = canonicalIpAddress(text)
  if (address === undefined || !isUnicast(address)) throw new TypeError(`${text} is no address to listen on`)
  return address
}
