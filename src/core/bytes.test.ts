import fc from 'fast-check'
import { expect, test } from 'vitest'
import { ByteReader, ByteWriter, concatBytes, decodeUtf8, decodeUtf8Strictly, encodeUtf8, equalBytes } from './index.js'

test('what the writer writes the reader reads, at every width', () => {
  fc.assert(
    fc.property(
      fc.nat(0xff),
      fc.nat(0xffff),
      fc.nat(0xffffff),
      fc.nat(0xffffffff),
      fc.integer({ min: 0, max: 2 ** 48 - 1 }),
      fc.bigInt(0n, 2n ** 64n - 1n),
      fc.uint8Array(),
      (u8, u16, u24, u32, u48, u64, bytes) => {
        const writer = new ByteWriter(1)
          .uint8(u8)
          .uint16(u16)
          .uint24(u24)
          .uint32(u32)
          .uint48(u48)
          .uint64(u64)
          .bytes(bytes)
        const reader = new ByteReader(writer.finish())
        expect(reader.uint8()).toBe(u8)
        expect(reader.uint16()).toBe(u16)
        expect(reader.uint24()).toBe(u24)
        expect(reader.uint32()).toBe(u32)
        expect(reader.uint48()).toBe(u48)
        expect(reader.uint64()).toBe(u64)
        expect(reader.rest()).toEqual(bytes)
        expect(reader.ok).toBe(true)
        expect(reader.remaining).toBe(0)
      },
    ),
  )
})

test('a read past the end yields zeros, fails the reader for good and takes nothing', () => {
  const reader = new ByteReader(Uint8Array.of(1, 2, 3))
  expect(reader.uint32()).toBe(0)
  expect(reader.ok).toBe(false)
  expect(reader.uint8()).toBe(0)
  expect(reader.bytes(1)).toHaveLength(0)
  expect(reader.offset).toBe(0)
})

test('a vector that claims more than there is fails', () => {
  const reader = new ByteReader(Uint8Array.of(0, 5, 1, 2))
  expect(reader.vector(2)).toHaveLength(0)
  expect(reader.ok).toBe(false)
})

test('the writer overwrites fields in place and pads with zeros', () => {
  const writer = new ByteWriter().uint16(0).uint24(0).uint32(0)
  writer.setUint16(0, 0x0102).setUint24(2, 0x030405).setUint32(5, 0x06070809)
  expect([...writer.padTo4().finish()]).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0, 0])
})

test('zeros are zeros also where the buffer grew over old bytes', () => {
  expect([...new ByteWriter(2).uint8(7).zeros(5).uint8(9).finish()]).toEqual([7, 0, 0, 0, 0, 0, 9])
})

test('concatBytes and equalBytes', () => {
  expect([...concatBytes(Uint8Array.of(1), Uint8Array.of(), Uint8Array.of(2, 3))]).toEqual([1, 2, 3])
  expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true)
  expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false)
  expect(equalBytes(Uint8Array.of(1, 2), Uint8Array.of(1))).toBe(false)
})

test('UTF-8: malformed bytes become U+FFFD, or nothing where that matters; a byte order mark stays', () => {
  expect(decodeUtf8(Uint8Array.of(0x61, 0xff))).toBe('a\ufffd')
  expect(decodeUtf8Strictly(Uint8Array.of(0x61, 0xff))).toBeUndefined()
  expect(decodeUtf8(encodeUtf8('\ufeffgrüße'))).toBe('\ufeffgrüße')
})
