import { networkInterfaces } from 'node:os'
import type { NetworkInterfaceInfo } from 'node:os'
import type { LocalAddress, LocalAddressOptions } from './io.js'

/** Containers and virtual machines bring many; every one costs a socket and its share of the checks. */
const MAX_ADDRESSES = 16
/** RFC 8445 §5.1.2.1: the local preference of the best address. */
const HIGHEST_PREFERENCE = 65535

type Interfaces = NodeJS.Dict<NetworkInterfaceInfo[]>

/**
 * Addresses worth a host candidate (RFC 8445 §5.1.1.1), best first: the families alternate, IPv6 leading, so that a
 * broken one cannot delay the other (RFC 8421 §4). Loopback counts where there is nothing else, or when asked for.
 */
export function localAddresses(
  options: LocalAddressOptions,
  interfaces: Interfaces = networkInterfaces(),
): LocalAddress[] {
  const all = Object.values(interfaces).flatMap((addresses) => addresses ?? [])
  const usable = all.filter(({ address, internal }) => !internal && isUsable(address))
  const loopback = all.filter(({ internal, address }) => internal && isUsable(address))
  const ranked = interleave(usable)
  if (options.includeLoopback || ranked.length === 0) ranked.push(...interleave(loopback))
  const distinct = [...new Map(ranked.map((info) => [info.address, info])).values()]
  return distinct.slice(0, MAX_ADDRESSES).map(({ address, family }, rank) => {
    return { address, family, localPreference: HIGHEST_PREFERENCE - rank }
  })
}

/** Link-local IPv6 needs a zone to send from, which no candidate can carry (RFC 8839 §5.1 has no place for one). */
function isUsable(address: string): boolean {
  return !/^fe[89ab]/i.test(address)
}

function interleave(addresses: readonly NetworkInterfaceInfo[]): NetworkInterfaceInfo[] {
  const byRank = addresses.toSorted((a, b) => rankOf(a.address) - rankOf(b.address))
  const sixes = byRank.filter(({ family }) => family === 'IPv6')
  const fours = byRank.filter(({ family }) => family === 'IPv4')
  const mixed: NetworkInterfaceInfo[] = []
  for (let i = 0; i < Math.max(sixes.length, fours.length); i++) {
    mixed.push(...sixes.slice(i, i + 1), ...fours.slice(i, i + 1))
  }
  return mixed
}

/** Within a family: global first, then unique local (RFC 4193), then what was made up for want of DHCP (RFC 3927). */
function rankOf(address: string): number {
  if (address.startsWith('169.254.')) return 2
  return /^f[cd]/i.test(address) ? 1 : 0
}
