import { networkInterfaces } from 'node:os'
import type { NetworkInterfaceInfo } from 'node:os'

export type IpFamily = 'IPv4' | 'IPv6'

/** An interface as multicast has it: once for each family that it has addresses of. */
export interface MulticastInterface {
  readonly family: IpFamily
  /** One of its IPv4 addresses, or its zone (RFC 4007 §11). */
  readonly id: string
}

/** Containers and virtual machines bring many. */
const MAX_INTERFACES = 16

type Interfaces = NodeJS.Dict<NetworkInterfaceInfo[]>

export function multicastInterfaces(interfaces: Interfaces = networkInterfaces()): MulticastInterface[] {
  const each = Object.entries(interfaces).slice(0, MAX_INTERFACES)
  return each.flatMap(([name, addresses = []]) => familiesOf(name, addresses))
}

/** Those of the interface that has this address; none when no interface has it any more. */
export function multicastInterfacesWith(
  address: string,
  interfaces: Interfaces = networkInterfaces(),
): MulticastInterface[] {
  for (const [name, addresses = []] of Object.entries(interfaces))
    if (addresses.some((one) => one.address === address)) return familiesOf(name, addresses)
  return []
}

function familiesOf(name: string, addresses: readonly NetworkInterfaceInfo[]): MulticastInterface[] {
  const found: MulticastInterface[] = []
  const four = addresses.find(({ family }) => family === 'IPv4')
  if (four !== undefined) found.push({ family: 'IPv4', id: four.address })
  const zone = zoneOf(name, addresses)
  if (zone !== undefined) found.push({ family: 'IPv6', id: zone })
  return found
}

/** Multicast on a link is sent from its link-local address; where there is none, IPv6 is not on. Windows has numbers for names. */
function zoneOf(name: string, addresses: readonly NetworkInterfaceInfo[]): string | undefined {
  const linkLocal = addresses.find(({ address }) => /^fe[89ab]/i.test(address))
  if (linkLocal?.family !== 'IPv6') return undefined
  return process.platform === 'win32' ? String(linkLocal.scopeid) : name
}
