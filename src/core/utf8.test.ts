import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decodeUtf8, decodeUtf8Strictly, encodeUtf8 } from './utf8.js'

const lenient = new TextDecoder('utf-8', { ignoreBOM: true })
const strict = new TextDecoder('utf-8', { ignoreBOM: true, fatal: true })

function strictly(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes)
  } catch {
    return undefined // what it throws says no more
  }
}

// Short ones, and those of ASCII alone, go another way than the others.
const text = fc.oneof(fc.string({ maxLength: 130 }), fc.string({ unit: 'binary-ascii', maxLength: 130 }))
const bytes = fc.oneof(fc.uint8Array({ maxLength: 130 }), fc.uint8Array({ max: 0x7f, maxLength: 130 }))

test('texts are encoded as the encoder of the platform has it, long and short ones', () => {
  fc.assert(
    fc.property(text, (any) => {
      expect([...encodeUtf8(any)]).toEqual([...new TextEncoder().encode(any)])
    }),
  )
  expect([...encodeUtf8('\ud800')]).toEqual([0xef, 0xbf, 0xbd])
})

test('bytes are decoded as the decoder of the platform has it, malformed ones and those with a BOM too', () => {
  fc.assert(
    fc.property(bytes, (any) => {
      expect(decodeUtf8(any)).toBe(lenient.decode(any))
      expect(decodeUtf8Strictly(any)).toBe(strictly(any))
    }),
  )
  expect(decodeUtf8Strictly(Uint8Array.of(0xef, 0xbb, 0xbf, 0x61))).toBe('\ufeffa')
})
