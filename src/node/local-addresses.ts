import { networkInterfaces } from 'node:os'
import type { NetworkInterfaceInfo } from 'node:os'
import { parseIpAddress } from '../core/index.js'
import { compileSelection } from './address-selection.js'
import type { LocalAddress, LocalAddressOptions } from './io.js'
import { ipv6Flags } from './ipv6-flags.js'
import type { Ipv6FlagTable } from './ipv6-flags.js'

/** Containers and virtual machines bring many; every one costs a socket and its share of the checks. */
const MAX_ADDRESSES = 16
/** RFC 8445 §5.1.2.1: the local preference of the best address. */
const HIGHEST_PREFERENCE = 65535

/** Asking costs 0.2 ms: who opens hundreds of connections a second need not ask for each. */
const SNAPSHOT_MILLIS = 50

type Interfaces = NodeJS.Dict<NetworkInterfaceInfo[]>

interface Snapshot {
  readonly takenAt: number
  readonly interfaces: Interfaces
  readonly flags: Ipv6FlagTable
  /** What {@link localAddresses} makes of it where nothing is selected: by whether loopback is included. */
  readonly usual: Map<boolean, readonly LocalAddress[]>
}

let latest: Snapshot | undefined

function snapshot(): Snapshot {
  const now = performance.now()
  if (latest === undefined || now >= latest.takenAt + SNAPSHOT_MILLIS) {
    latest = { takenAt: now, interfaces: networkInterfaces(), flags: ipv6Flags(), usual: new Map() }
  }
  return latest
}

interface Address {
  readonly address: string
  readonly family: 'IPv4' | 'IPv6'
  readonly interfaceName: string
  readonly isLoopback: boolean
  /** The application named it, so that it is used whatever it looks like. */
  readonly isNamed: boolean
}

/**
 * Addresses worth a host candidate (RFC 8445 §5.1.1.1), best first: the families alternate, IPv6 leading, so that a
 * broken one cannot delay the other (RFC 8421 §4). Loopback counts where there is nothing else, or when asked for.
 */
export function localAddresses(
  options: LocalAddressOptions,
  interfaces: Interfaces = snapshot().interfaces,
  flags: Ipv6FlagTable = snapshot().flags,
): LocalAddress[] {
  const all = selected(options, interfaces)
  const usable = all.filter((address) => !address.isLoopback && isUsable(address, all, flags))
  const loopback = all.filter(({ isLoopback }) => isLoopback)
  const isWanted = options.includeLoopback || usable.length === 0
  const ranked = [...interleave(usable), ...interleave(loopback.filter(({ isNamed }) => isNamed || isWanted))]
  const distinct = [...new Map(ranked.map((address) => [address.address, address])).values()]
  return distinct.slice(0, MAX_ADDRESSES).map(({ address, family }, rank) => {
    return { address, family, localPreference: HIGHEST_PREFERENCE - rank }
  })
}

/** {@link localAddresses} of now, or of a moment ago. */
export function presentLocalAddresses(options: LocalAddressOptions): readonly LocalAddress[] {
  const { interfaces, flags, usual } = snapshot()
  if (options.selection !== undefined) return localAddresses(options, interfaces, flags)
  const known = usual.get(options.includeLoopback)
  if (known !== undefined) return known
  const found = localAddresses(options, interfaces, flags)
  usual.set(options.includeLoopback, found)
  return found
}

export function presentAddresses(): readonly string[] {
  return Object.values(snapshot().interfaces).flatMap((infos = []) => infos.map(({ address }) => address))
}

function selected({ selection }: LocalAddressOptions, interfaces: Interfaces): Address[] {
  const judge = compileSelection(selection)
  return Object.entries(interfaces).flatMap(([interfaceName, infos = []]) =>
    infos.flatMap(({ address, family, internal }) => {
      const verdict = judge({ address, interfaceName })
      if (verdict === 'not') return []
      return [{ address, family, interfaceName, isLoopback: internal, isNamed: verdict === 'named' }]
    }),
  )
}

/**
 * As browsers have it. Link-local IPv6 needs a zone to send from, which no candidate can carry (RFC 8839 §5.1 has no place for
 * one). What holds a hardware address tells the machine wherever it goes (RFC 8981 §1). Of the addresses of one prefix the
 * temporary one is for connections that we begin (RFC 6724 §5 rule 7), and the lasting ones would tie them together.
 */
function isUsable(address: Address, all: readonly Address[], flags: Ipv6FlagTable): boolean {
  if (address.family === 'IPv4') return true
  if (/^fe[89ab]/i.test(address.address)) return false
  if (address.isNamed) return true
  const flag = flags.get(address.address)
  if (flag?.isUnusable === true || holdsHardwareAddress(address.address)) return false
  if (flag?.isTemporary === true) return true
  return !all.some((other) => {
    const theirs = flags.get(other.address)
    return theirs?.isTemporary === true && !theirs.isUnusable && sharePrefix(address, other)
  })
}

/** RFC 4291 appendix A: ff:fe between the halves of a MAC address. */
function holdsHardwareAddress(address: string): boolean {
  const bytes = parseIpAddress(address)
  return bytes?.[11] === 0xff && bytes[12] === 0xfe
}

/** Networks have 64 bits (RFC 4291 §2.5.4). */
function sharePrefix(one: Address, other: Address): boolean {
  if (one.interfaceName !== other.interfaceName || other.family !== 'IPv6') return false
  const [a, b] = [parseIpAddress(one.address), parseIpAddress(other.address)]
  return a !== undefined && b !== undefined && a.subarray(0, 8).every((byte, i) => byte === b[i])
}

function interleave(addresses: readonly Address[]): Address[] {
  const byRank = addresses.toSorted((a, b) => rankOf(a.address) - rankOf(b.address))
  const sixes = byRank.filter(({ family }) => family === 'IPv6')
  const fours = byRank.filter(({ family }) => family === 'IPv4')
  const mixed: Address[] = []
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
