import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  candidatePriority,
  formatCandidate,
  generateIceParameters,
  parseCandidate,
  type IceCandidate,
} from './index.js'
import { comparePairs } from './priority.js'
import { seededCrypto } from './virtual-network.test-support.js'

const HOST: IceCandidate = {
  foundation: '1',
  component: 1,
  protocol: 'udp',
  priority: 2130706431,
  address: '192.0.2.1',
  port: 8998,
  type: 'host',
}

test.each<[string, Partial<IceCandidate>]>([
  // RFC 8839 §5.1, the examples.
  ['candidate:1 1 UDP 2130706431 203.0.113.141 8998 typ host', { address: '203.0.113.141' }],
  [
    'candidate:2 1 UDP 1694498815 192.0.2.3 45664 typ srflx raddr 203.0.113.141 rport 8998',
    {
      foundation: '2',
      priority: 1694498815,
      address: '192.0.2.3',
      port: 45664,
      type: 'srflx',
      relatedAddress: '203.0.113.141',
      relatedPort: 8998,
    },
  ],
  // As Chromium and Firefox write them.
  [
    'candidate:842163049 1 udp 1677729535 198.51.100.7 46154 typ srflx raddr 0.0.0.0 rport 0 generation 0 ufrag EsAw network-id 1 network-cost 10',
    {
      foundation: '842163049',
      priority: 1677729535,
      address: '198.51.100.7',
      port: 46154,
      type: 'srflx',
      relatedAddress: '0.0.0.0',
      relatedPort: 0,
      usernameFragment: 'EsAw',
    },
  ],
  [
    'candidate:0 1 UDP 2122252543 1b2a8f1e-0f3c-4e6b-9a35-0d8c52c0a1b2.local 54321 typ host',
    { foundation: '0', priority: 2122252543, address: '1b2a8f1e-0f3c-4e6b-9a35-0d8c52c0a1b2.local', port: 54321 },
  ],
  [
    'a=candidate:3 1 TCP 2105524479 192.0.2.1 9 typ host tcptype active',
    { foundation: '3', protocol: 'tcp', priority: 2105524479, port: 9, tcpType: 'active' },
  ],
  ['candidate:1 2 udp 2130706431 2001:DB8:0::1 8998 typ host', { component: 2, address: '2001:db8::1' }],
])('%s', (text, expected) => {
  expect(parseCandidate(text)).toEqual({ ...HOST, ...expected })
})

test.each([
  '',
  'candidate:',
  'candidate:1 1 udp 2130706431 192.0.2.1 8998 typ',
  'candidate:1 1 udp 2130706431 192.0.2.1 8998 host',
  'candidate:1 1 udp 2130706431 192.0.2.1 8998 typ hosts',
  'candidate:1 3 udp 2130706431 192.0.2.1 8998 typ host',
  'candidate:1 1 sctp 2130706431 192.0.2.1 8998 typ host',
  'candidate:1 1 udp 4294967296 192.0.2.1 8998 typ host',
  'candidate:1 1 udp -1 192.0.2.1 8998 typ host',
  'candidate:1 1 udp 1e3 192.0.2.1 8998 typ host',
  'candidate:1 1 udp 2130706431 192.0.2.256 8998 typ host',
  'candidate:1 1 udp 2130706431 192.0.2.1 65536 typ host',
  'candidate:1 1 udp 2130706431 host_with_,comma 8998 typ host',
  `candidate:${'1'.repeat(33)} 1 udp 2130706431 192.0.2.1 8998 typ host`,
  'candidate:? 1 udp 2130706431 192.0.2.1 8998 typ host',
  'candidate:1 1 udp 2130706431 192.0.2.1 8998 typ host raddr',
  'candidate:1 1 udp 2130706431 192.0.2.1 8998 typ host raddr 1.2.3.999',
  'candidate:1 1 udp 2130706431 192.0.2.1 8998 typ host rport x',
  'candidate:1 1 tcp 2130706431 192.0.2.1 8998 typ host tcptype lazy',
  `candidate:1 1 udp 2130706431 192.0.2.1 8998 typ host ${'x y '.repeat(400)}`,
  'candidates:1 1 udp 2130706431 192.0.2.1 8998 typ host',
])('no candidate: %s', (text) => {
  expect(parseCandidate(text)).toBeUndefined()
})

test('what is written is read again', () => {
  const word = fc.stringMatching(/^[A-Za-z0-9+/]{1,32}$/)
  const candidate: fc.Arbitrary<IceCandidate> = fc
    .record(
      {
        foundation: word,
        component: fc.constantFrom<(1 | 2)[]>(1, 2),
        protocol: fc.constantFrom<('udp' | 'tcp')[]>('udp', 'tcp'),
        priority: fc.nat(0xffffffff),
        address: fc.oneof(fc.ipV4(), fc.constantFrom('2001:db8::1', 'abc-def.local')),
        port: fc.nat(0xffff),
        type: fc.constantFrom<IceCandidate['type'][]>('host', 'srflx', 'prflx', 'relay'),
        tcpType: fc.constantFrom<NonNullable<IceCandidate['tcpType']>[]>('active', 'passive', 'so'),
        relatedAddress: fc.ipV4(),
        relatedPort: fc.nat(0xffff),
        usernameFragment: word,
      },
      { requiredKeys: ['foundation', 'component', 'protocol', 'priority', 'address', 'port', 'type'] },
    )
    .map((record) => ({ ...record }))
  fc.assert(
    fc.property(candidate, (value) => {
      expect(parseCandidate(formatCandidate(value))).toEqual(value)
    }),
  )
})

test('garbage never throws', () => {
  const line = formatCandidate({ ...HOST, relatedAddress: '10.0.0.1', relatedPort: 5 })
  const mutated = fc
    .tuple(fc.nat(line.length), fc.nat(9), fc.string())
    .map(([at, removed, put]) => line.slice(0, at) + put + line.slice(at + removed))
  fc.assert(
    fc.property(fc.oneof(fc.string(), mutated), (text) => {
      const parsed = parseCandidate(text)
      if (parsed !== undefined) expect(parseCandidate(formatCandidate(parsed))).toEqual(parsed)
    }),
    { numRuns: 1000 },
  )
})

test('priorities (RFC 8445 §5.1.2.1)', () => {
  expect(candidatePriority('host', 65535)).toBe(2130706431)
  expect(candidatePriority('prflx', 65535)).toBe(1862270975)
  expect(candidatePriority('srflx', 65535)).toBe(1694498815)
  expect(candidatePriority('relay', 0, 2)).toBe(254)
})

test('pairs are ordered as their 64-bit priorities are (RFC 8445 §6.1.2.3)', () => {
  const pair = fc.record({ local: fc.nat(0x7fffffff), remote: fc.nat(0x7fffffff) })
  const priority = ({ local, remote }: { local: number; remote: number }, controlling: boolean): bigint => {
    const [g, d] = controlling ? [BigInt(local), BigInt(remote)] : [BigInt(remote), BigInt(local)]
    return 2n ** 32n * (g < d ? g : d) + 2n * (g > d ? g : d) + (g > d ? 1n : 0n)
  }
  const close = fc.record({ local: fc.nat(3), remote: fc.nat(3) })
  fc.assert(
    fc.property(fc.oneof(fc.tuple(pair, pair), fc.tuple(close, close)), fc.boolean(), ([a, b], controlling) => {
      const wrap = ({ local, remote }: { local: number; remote: number }) => ({
        local: { priority: local },
        remote: { priority: remote },
      })
      const difference = priority(b, controlling) - priority(a, controlling)
      const expected = difference > 0n ? 1 : difference < 0n ? -1 : 0
      expect(Math.sign(comparePairs(wrap(a), wrap(b), controlling ? 'controlling' : 'controlled'))).toBe(expected)
    }),
  )
})

test('parameters are as long as RFC 8445 §5.3 asks, of ice-chars, and differ', () => {
  const crypto = seededCrypto(1)
  const seen = new Set<string>()
  for (let i = 0; i < 50; i++) {
    const { usernameFragment, password } = generateIceParameters(crypto)
    expect(usernameFragment).toMatch(/^[A-Za-z0-9+/]{4,256}$/)
    expect(password).toMatch(/^[A-Za-z0-9+/]{22,256}$/)
    seen.add(usernameFragment).add(password)
  }
  expect(seen.size).toBe(100)
})
