import fc from 'fast-check'
import { isIPv4, isIPv6 } from 'node:net'
import { expect, test } from 'vitest'
import { canonicalIpAddress, formatIpAddress, ipFamily, parseIpAddress, writeIpAddress } from './ip-address.js'

test.each([
  ['192.0.2.1', '192.0.2.1'],
  ['0.0.0.0', '0.0.0.0'],
  ['255.255.255.255', '255.255.255.255'],
  ['::', '::'],
  ['::1', '::1'],
  ['0:0:0:0:0:0:0:1', '::1'],
  ['2001:0DB8::0001', '2001:db8::1'],
  ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'], // RFC 5952 §4.2.2
  ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'], // §4.2.3, the longest run
  ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'], // §4.2.3, the first of two
  ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
  ['1::', '1::'],
  ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
  ['::ffff:c000:201', '::ffff:192.0.2.1'],
  ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
  ['fe80::1%eth0', 'fe80::1'],
])('%s is %s', (text, canonical) => {
  expect(canonicalIpAddress(text)).toBe(canonical)
})

test.each([
  ['', '1.2.3', '1.2.3.4.5', '1.2.3.256', '01.2.3.4', '1.2.3.4 ', '1.2.3.4%eth0', 'example.com', '1.2..3', '0x1.2.3.4'],
  [
    ':',
    ':::',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1::2::3',
    '12345::',
    'g::',
    '::1%',
    '1.2.3.4::',
    '1:2:3:4:5:6:7:8::',
  ],
  ['::1.2.3', '1:2:3:4:5:6:7:1.2.3.4', 'a6f0.local', ':1', '1:', '::' + '0'.repeat(200)],
])('no addresses: %s …', (...texts) => {
  for (const text of texts) expect(parseIpAddress(text), text).toBeUndefined()
})

test('bytes survive the way through text', () => {
  fc.assert(
    fc.property(
      fc.oneof(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.uint8Array({ minLength: 16, maxLength: 16 })),
      (bytes) => {
        const text = formatIpAddress(bytes)!
        const among = new Uint8Array(24).fill(0xee)
        expect(writeIpAddress(text, among, 5)).toBe(bytes.length)
        expect(among).toEqual(
          Uint8Array.from([...Array<number>(5).fill(0xee), ...bytes, ...among.subarray(5 + bytes.length)]),
        )
        expect(formatIpAddress(among, 5, bytes.length)).toBe(text)
        expect(parseIpAddress(text)).toEqual(Uint8Array.from(bytes))
        expect(ipFamily(text)).toBe(bytes.length === 4 ? 'IPv4' : 'IPv6')
      },
    ),
  )
  expect(formatIpAddress(new Uint8Array(5))).toBeUndefined()
  expect(writeIpAddress('a name', new Uint8Array(16), 0)).toBe(0)
})

test('agrees with Node on what is an address', () => {
  const text = fc.oneof(fc.ipV4(), fc.ipV6(), fc.stringMatching(/^[0-9a-f:.]{0,24}$/))
  fc.assert(
    fc.property(text, (candidate) => {
      expect(ipFamily(candidate)).toBe(isIPv4(candidate) ? 'IPv4' : isIPv6(candidate) ? 'IPv6' : undefined)
    }),
    { numRuns: 2000 },
  )
})
