import type { NetworkInterfaceInfo } from 'node:os'
import { describe, expect, test } from 'vitest'
import { isAddressPattern } from './address-selection.js'
import type { AddressSelection } from './io.js'
import { ipv6Flags, parseIfInet6 } from './ipv6-flags.js'
import type { Ipv6FlagTable } from './ipv6-flags.js'
import { localAddresses } from './local-addresses.js'

function infosOf(addresses: readonly string[]): NetworkInterfaceInfo[] {
  return addresses.map((address) => {
    const family = address.includes(':') ? 'IPv6' : 'IPv4'
    const internal = address === '::1' || address.startsWith('127.')
    const info = { address, family, internal, netmask: '', mac: '', cidr: null, scopeid: 0 }
    return info as NetworkInterfaceInfo
  })
}

const NO_FLAGS: Ipv6FlagTable = new Map()

function found(addresses: readonly string[], includeLoopback = false, flags = NO_FLAGS): readonly string[] {
  const options = { includeLoopback }
  return localAddresses(options, { eth0: infosOf(addresses) }, flags).map(({ address }) => address)
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

  test('an address that tells the hardware address is left out (RFC 8981)', () => {
    expect(found(['2001:db8::211:22ff:fe33:4455', '192.0.2.1'])).toEqual(['192.0.2.1'])
  })

  test('a temporary address stands in for the lasting ones of its prefix; those that are over do not count', () => {
    const line = (address: string, flags: string): string => `${address} 02 40 00 ${flags}     eth0`
    const flags = parseIfInet6(
      [
        line('20010db8000000010000000000000001', '80'), // lasting
        line('20010db80000000100000000000000aa', '01'), // temporary
        line('20010db80000000100000000000000bb', '21'), // temporary, deprecated
        line('20010db8000000020000000000000001', '80'), // of another prefix
        line('20010db80000000200000000000000cc', '41'), // temporary, tentative
        'nonsense 1 2 3 zz eth0',
      ].join('\n'),
    )
    expect(flags.size).toBe(5)
    expect(found([...flags.keys()], false, flags)).toEqual(['2001:db8:0:1::aa', '2001:db8:0:2::1'])
  })

  test('what the kernel says of flags can be read on this machine', () => {
    expect(ipv6Flags('/nonexistent')).toEqual(new Map())
    if (process.platform === 'linux') for (const address of ipv6Flags().keys()) expect(address).toContain(':')
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

describe('a selection of addresses', () => {
  const interfaces = {
    lo: infosOf(['127.0.0.1', '::1']),
    eth0: infosOf(['192.0.2.1', '2001:db8::1', 'fe80::1']),
    wlan0: infosOf(['198.51.100.1', '2001:db8:5::211:22ff:fe33:4455']),
  }

  test.each<[string, AddressSelection, readonly string[]]>([
    ['none is all', {}, ['2001:db8::1', '192.0.2.1', '198.51.100.1']],
    ['an interface alone', { only: ['eth0'] }, ['2001:db8::1', '192.0.2.1']],
    [
      'what is named is used, whatever it looks like',
      { only: ['wlan0', 'lo'] },
      ['2001:db8:5::211:22ff:fe33:4455', '198.51.100.1', '::1', '127.0.0.1'],
    ],
    ['but no link-local address', { only: ['fe80::/10', '192.0.2.1'] }, ['192.0.2.1']],
    ['addresses and prefixes', { only: ['192.0.2.0/24', '2001:db8::1'] }, ['2001:db8::1', '192.0.2.1']],
    ['all but an interface', { except: ['eth0'] }, ['198.51.100.1']],
    ['all but a prefix', { except: ['2001:db8::/32', '192.0.2.1'] }, ['198.51.100.1']],
    ['both', { only: ['eth0'], except: ['::/0'] }, ['192.0.2.1']],
    ['nothing left', { only: ['eth7'] }, []],
  ])('%s', (_, selection, expected) => {
    const options = { includeLoopback: false, selection }
    expect(localAddresses(options, interfaces, NO_FLAGS).map(({ address }) => address)).toEqual(expected)
  })

  test.each([
    ['eth0', true],
    ['192.0.2.1', true],
    ['192.0.2.0/32', true],
    ['::/0', true],
    ['', false],
    ['192.0.2.0/33', false],
    ['::/129', false],
    ['eth0/24', false],
    ['192.0.2.0/', false],
    ['192.0.2.0/1/2', false],
    ['192.0.2.0/-1', false],
  ])('%s as an entry: %s', (entry, expected) => {
    expect(isAddressPattern(entry)).toBe(expected)
  })
})
