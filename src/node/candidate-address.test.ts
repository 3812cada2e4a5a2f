import { expect, test } from 'vitest'
import { candidateAddress } from './candidate-address.js'
import type { LocalAddress } from './io.js'

const [FOUR, SIX] = ['192.0.2.7', '2001:db8::7']

function own(...families: LocalAddress['family'][]): LocalAddress[] {
  return families.map((family) => ({
    family,
    address: family === 'IPv4' ? '192.0.2.1' : '2001:db8::1',
    localPreference: 1,
  }))
}

test.each([
  ['nothing', [], own('IPv6', 'IPv4'), undefined],
  ['one', [FOUR], own('IPv6', 'IPv4'), FOUR],
  ['both families: the first of IPv6', [FOUR, '192.0.2.8', SIX, '2001:db8::8'], own('IPv4', 'IPv6'), SIX],
  ['both families, and we have IPv6 alone', [FOUR, SIX], own('IPv6'), SIX],
  ['both families, and we have IPv4 alone', [SIX, FOUR, '192.0.2.8'], own('IPv4'), FOUR],
  ['a family that we do not have', [SIX], own('IPv4'), SIX],
  ['both families, and we have nothing yet', [FOUR, SIX], [], SIX],
])('of a name that stands for %s', (_what, found, addresses, expected) => {
  expect(candidateAddress(found, addresses)).toBe(expected)
})
