import { expect, test } from 'vitest'
import { asciiString, bitString, explicit, integer, nothing, objectIdentifier, sequence, setOf, time } from './der.js'

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}

test.each([
  // X.690 §8.3: two's complement in no more bytes than needed.
  ['zero', integer(Uint8Array.of(0)), '020100'],
  ['127', integer(Uint8Array.of(127)), '02017f'],
  ['128', integer(Uint8Array.of(128)), '02020080'],
  ['256, with a byte too many', integer(Uint8Array.of(0, 1, 0)), '02020100'],
  // X.690 §8.19.5: the example of the standard, and RSA's own arc.
  ['2.100.3', objectIdentifier('2.100.3'), '0603813403'],
  ['sha256WithRSAEncryption', objectIdentifier('1.2.840.113549.1.1.11'), '06092a864886f70d01010b'],
  ['commonName', objectIdentifier('2.5.4.3'), '0603550403'],
  ['a bit string', bitString(Uint8Array.of(0x0a, 0x3b)), '0303000a3b'],
  ['null', nothing(), '0500'],
  ['text', asciiString('ab'), '0c026162'],
  ['a set in a sequence', sequence(setOf(nothing()), nothing()), '300631020500' + '0500'],
  ['explicit', explicit(0, integer(Uint8Array.of(2))), 'a003020102'],
  // X.690 §11.8, §11.7.
  ['UTCTime', time(Date.UTC(1991, 4, 6, 23, 45, 40, 999)), `170d${Buffer.from('910506234540Z').toString('hex')}`],
  ['GeneralizedTime', time(Date.UTC(2050, 0, 1)), `180f${Buffer.from('20500101000000Z').toString('hex')}`],
])('%s', (_, bytes, expected) => {
  expect(hex(bytes)).toBe(expected)
})

test.each([
  [127, '307f'],
  [128, '308180'],
  [255, '3081ff'],
  [256, '30820100'],
  [65535, '3082ffff'],
])('a sequence of %d bytes begins with %s', (length, header) => {
  const written = sequence(new Uint8Array(length))
  expect(hex(written.subarray(0, written.length - length))).toBe(header)
})
