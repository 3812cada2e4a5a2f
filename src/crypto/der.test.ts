import { createPublicKey } from 'node:crypto'
import { fromBER, type BaseBlock } from 'asn1js'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bitString, objectIdentifier, sequence, time, utf8String } from './der.js'
import { generateEcdsaKey, generateRsaKey } from './node.js'

/** What another implementation reads, which has to be all of it. */
function read(der: Uint8Array): BaseBlock {
  const { offset, result } = fromBER(der)
  expect(offset).toBe(der.length)
  return result
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')

test('lengths below 128 are one byte, longer ones as many as they need (X.690 §8.1.3)', () => {
  expect(hex(bitString(new Uint8Array(126))).slice(0, 6)).toBe('037f00')
  expect(hex(bitString(new Uint8Array(127))).slice(0, 8)).toBe('03818000')
  expect(hex(bitString(new Uint8Array(300))).slice(0, 10)).toBe('0382012d00')
  fc.assert(
    fc.property(fc.array(fc.string({ maxLength: 200 }), { maxLength: 300 }), (texts) => {
      const { valueBlock } = read(sequence(...texts.map(utf8String))) as unknown as {
        valueBlock: { value: BaseBlock[] }
      }
      expect(valueBlock.value.map((block) => Reflect.get(block.valueBlock, 'value') as string)).toEqual(texts)
    }),
    { numRuns: 30 },
  )
})

test('object identifiers (X.690 §8.19.5)', () => {
  expect(hex(objectIdentifier('1.2.840.113549.1.1.11'))).toBe('06092a864886f70d01010b')
  const arcs = fc.array(fc.nat({ max: 2 ** 31 - 1 }), { minLength: 1, maxLength: 10 })
  fc.assert(
    fc.property(fc.nat({ max: 1 }), fc.nat({ max: 39 }), arcs, (first, second, rest) => {
      const dotted = [first, second, ...rest].join('.')
      expect(read(objectIdentifier(dotted)).toJSON()).toMatchObject({ valueBlock: { value: dotted } })
    }),
  )
})

test('times change their form with the year 2050 (RFC 5280 §4.1.2.5)', () => {
  const text = (millis: number) => Buffer.from(time(millis)).subarray(2).toString()
  expect(text(Date.UTC(2049, 11, 31, 23, 59, 59, 999))).toBe('491231235959Z')
  expect(text(Date.UTC(2050, 0, 1))).toBe('20500101000000Z')
  expect(text(8.64e15)).toBe('99991231235959Z')
})

test('public keys are written as OpenSSL writes them', async () => {
  for (const { publicKeyInfo } of [
    generateEcdsaKey('P-256'),
    generateEcdsaKey('P-384'),
    await generateRsaKey(2048, 65537),
  ]) {
    const key = createPublicKey({ key: Buffer.from(publicKeyInfo), format: 'der', type: 'spki' })
    expect(hex(key.export({ format: 'der', type: 'spki' }))).toBe(hex(publicKeyInfo))
  }
})
