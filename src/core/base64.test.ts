import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeBase64, encodeBase64 } from './base64.js'

const ascii = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0))

test.each([
  // RFC 4648 §10
  ['', ''],
  ['f', 'Zg=='],
  ['fo', 'Zm8='],
  ['foo', 'Zm9v'],
  ['foob', 'Zm9vYg=='],
  ['fooba', 'Zm9vYmE='],
  ['foobar', 'Zm9vYmFy'],
])('%j is %j', (text, encoded) => {
  expect(encodeBase64(ascii(text))).toBe(encoded)
  expect(decodeBase64(encoded)).toEqual(ascii(text))
})

test('what was encoded is decoded, as others do it', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => {
      expect(encodeBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'))
      expect(decodeBase64(encodeBase64(bytes))).toEqual(bytes)
    }),
  )
})

test.each(['Zg', 'Zg=', 'Z===', '====', 'Zm9v=', 'Zm=v', 'Zm9_', 'Zm 9', 'Zm9\n', 'Zg==Zg==', 'Zmö='])(
  '%j is none',
  (text) => {
    expect(decodeBase64(text)).toBeUndefined()
  },
)

test('anything else is taken or refused, and never throws', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('A', 'z', '/', '+', '=', '-', ' '), maxLength: 12 }), (text) => {
      const strict = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text)
      expect(decodeBase64(text) !== undefined).toBe(strict)
    }),
  )
})
