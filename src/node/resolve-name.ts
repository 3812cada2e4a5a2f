import { isIP } from 'node:net'
import { resolveDnsName } from './dns.js'
import type { PublishedName } from './io.js'
import { isMulticastName, MulticastResolver } from './mdns.js'

const multicast = new MulticastResolver()

/** Addresses of a name; multicast DNS has those of one label under `local` to itself, DNS has all others. */
export async function resolveName(name: string, signal: AbortSignal): Promise<readonly string[]> {
  if (signal.aborted) return []
  if (isIP(name) !== 0) return [name]
  return isMulticastName(name) ? multicast.resolve(name, signal) : resolveDnsName(name, signal)
}

/** By multicast DNS, on the interface that has the address. */
export function publishName(name: string, address: string): PublishedName {
  return multicast.publish(name, address)
}
