import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nodeCrypto } from '../crypto/node.js'
import { hmacSha1, isHmacSha1Key } from './hmac-sha1.js'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const ascii = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, 'latin1'))

/** RFC 2202 §3, the cases whose keys are no longer than a block. */
test.each([
  [new Uint8Array(20).fill(0x0b), ascii('Hi There'), 'b617318655057264e28bc0b6fb378c8ef146be00'],
  [ascii('Jefe'), ascii('what do ya want for nothing?'), 'effcdf6ae5eb2fa2d27416d5f184df9c259a7c79'],
  [new Uint8Array(20).fill(0xaa), new Uint8Array(50).fill(0xdd), '125d7342b9ac11cd91a39af48aa17b4f63f175d3'],
  [
    Uint8Array.from({ length: 25 }, (_, i) => i + 1),
    new Uint8Array(50).fill(0xcd),
    '4c9007f4026250c6bc8414f9bf50c86c2d7235da',
  ],
  [new Uint8Array(20).fill(0x0c), ascii('Test With Truncation'), '4c1a03424b55e07fe7f27be1d58bb9324a9a5a04'],
])('HMAC-SHA1 is that of RFC 2202: %#', (key, message, expected) => {
  expect(hex(hmacSha1(key, message, message.length))).toBe(expected)
})

test('it is the one of the crypto library, for keys up to a block and messages of any length', () => {
  const bytes = (maxLength: number) => fc.uint8Array({ maxLength, size: 'max' })
  fc.assert(
    fc.property(bytes(64), bytes(300), fc.nat(300), (key, message, length) => {
      const end = Math.min(length, message.length)
      const expected = nodeCrypto.hmac('sha1', key, message.subarray(0, end))
      expect(hex(hmacSha1(key, message, end))).toBe(hex(expected))
      expect(isHmacSha1Key(key)).toBe(true)
    }),
  )
  expect(isHmacSha1Key(new Uint8Array(65))).toBe(false)
})
