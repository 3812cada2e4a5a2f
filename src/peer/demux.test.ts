import { expect, test } from 'vitest'
import { isDtlsHandshake, packetKind } from './demux.js'

test.each([
  [0, 'stun'],
  [3, 'stun'],
  [4, 'unknown'],
  [19, 'unknown'],
  [20, 'dtls'],
  [63, 'dtls'],
  [64, 'turnChannel'],
  [79, 'turnChannel'],
  [80, 'unknown'],
  [127, 'unknown'],
  [128, 'rtp'],
  [191, 'rtp'],
  [192, 'unknown'],
  [255, 'unknown'],
])('a datagram that begins with %i is %s (RFC 7983 §7)', (first, kind) => {
  expect(packetKind(Uint8Array.of(first, 0, 0))).toBe(kind)
})

test('an empty datagram is nothing', () => {
  expect(packetKind(new Uint8Array(0))).toBe('unknown')
  expect(isDtlsHandshake(new Uint8Array(0))).toBe(false)
})
