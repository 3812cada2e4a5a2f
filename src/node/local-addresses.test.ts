import type { NetworkInterfaceInfo } from 'node:os'
import { describe, expect, test } from 'vitest'
import { localAddresses } from './local-addresses.js'

function found(addresses: readonly string[], includeLoopback = false): readonly string[] {
  const infos = addresses.map((address) => {
    const family = address.includes(':') ? 'IPv6' : 'IPv4'
    const internal = address === '::1' || address.startsWith('127.')
    const info = { address, family, internal, netmask: '', mac: '', cidr: null, scopeid: 0 }
    return info as NetworkInterfaceInfo
  })
  return localAddresses({ includeLoopback }, { eth0: infos }).map(({ address }) => address)
}

describe('local addresses', () => {
  test('the families alternate, IPv6 leading (RFC 8421 §4)', () => {
    expect(found(['192.0.2.1', '192.0.2.2', '192.0.2.3', '2001:db8::1', '2001:db8::2'])).toEqual([
      '2001:db8::1',
      '192.0.2.1',
      '2001:db8::2',
      '192.0.2.2',
      '192.0.2.3',
    ])
  })

  test('within a family global ones come first, made-up ones last', () => {
    expect(found(['169.254.3.4', '192.0.2.1', 'fd00::1', '2001:db8::1'])).toEqual([
      '2001:db8::1',
      '192.0.2.1',
      'fd00::1',
      '169.254.3.4',
    ])
  })

  test('link-local IPv6 addresses are left out: no candidate could name their zone', () => {
    expect(found(['fe80::1', 'febf::1', '192.0.2.1'])).toEqual(['192.0.2.1'])
  })

  test('loopback only where there is nothing else, or when asked for, and then last', () => {
    expect(found(['127.0.0.1', '::1', '192.0.2.1'])).toEqual(['192.0.2.1'])
    expect(found(['127.0.0.1', '::1', 'fe80::1'])).toEqual(['::1', '127.0.0.1'])
    expect(found(['127.0.0.1', '::1', '192.0.2.1'], true)).toEqual(['192.0.2.1', '::1', '127.0.0.1'])
  })

  test('every address once, no more than sixteen, each with a preference of its own', () => {
    const many = Array.from({ length: 40 }, (_, i) => `192.0.2.${i >> 1}`)
    expect(found(many)).toHaveLength(16)
    const preferences = localAddresses({ includeLoopback: true }).map(({ localPreference }) => localPreference)
    expect(preferences.length).toBeGreaterThan(0)
    expect(new Set(preferences).size).toBe(preferences.length)
    expect(preferences[0]).toBe(65_535)
  })

  test('no interfaces, no addresses', () => {
    expect(localAddresses({ includeLoopback: true }, {})).toEqual([])
  })
})
