import type { NetworkInterfaceInfo } from 'node:os'
import { expect, test } from 'vitest'
import { multicastInterfaces, multicastInterfacesWith } from './multicast-interfaces.js'

function info(address: string): NetworkInterfaceInfo {
  const shared = { address, netmask: '', mac: '', internal: false, cidr: null }
  return address.includes(':') ? { ...shared, family: 'IPv6', scopeid: 7 } : { ...shared, family: 'IPv4' }
}

const INTERFACES = {
  lo: [info('127.0.0.1'), info('::1')],
  both: [info('192.0.2.1'), info('192.0.2.2'), info('2001:db8::1'), info('fe80::1')],
  six: [info('2001:db8::2'), info('fe80::2')],
}
const zone = (name: string): string => (process.platform === 'win32' ? '7' : name)
const BOTH = [
  { family: 'IPv4', id: '192.0.2.1' },
  { family: 'IPv6', id: zone('both') },
]
const SIX = [{ family: 'IPv6', id: zone('six') }]

test('every interface is there once for each family; for IPv6 it takes a link-local address to send from', () => {
  expect(multicastInterfaces(INTERFACES)).toEqual([{ family: 'IPv4', id: '127.0.0.1' }, ...BOTH, ...SIX])
})

test.each([
  ['192.0.2.2', BOTH],
  ['2001:db8::1', BOTH],
  ['2001:db8::2', SIX],
  ['192.0.2.99', []],
])('%s is told where the interface is that has it', (address, expected) => {
  expect(multicastInterfacesWith(address, INTERFACES)).toEqual(expected)
})

test('of very many interfaces the first are enough', () => {
  const many = Object.fromEntries(Array.from({ length: 100 }, (_, i) => [`veth${i}`, [info(`10.0.0.${i}`)]]))
  expect(multicastInterfaces(many).length).toBe(16)
})
