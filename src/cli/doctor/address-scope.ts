import { BlockList } from 'node:net'
import type { AddressScope } from './report.js'

/** The IANA registries of special-purpose addresses, as far as they are for hosts: none is reached from the internet. */
const NOT_GLOBAL: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
  ['2001:db8::', 32],
  ['fc00::', 7],
]

const loopback = listOf([
  ['127.0.0.0', 8],
  ['::1', 128],
])
const linkLocal = listOf([
  ['169.254.0.0', 16],
  ['fe80::', 10],
])
const notGlobal = listOf(NOT_GLOBAL)

export function addressScope(address: string): AddressScope {
  const family = address.includes(':') ? 'ipv6' : 'ipv4'
  if (loopback.check(address, family)) return 'loopback'
  if (linkLocal.check(address, family)) return 'link-local'
  return notGlobal.check(address, family) ? 'private' : 'global'
}

function listOf(subnets: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList()
  for (const [network, bits] of subnets) list.addSubnet(network, bits, network.includes(':') ? 'ipv6' : 'ipv4')
  return list
}
