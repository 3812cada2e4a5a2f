import { X509Certificate } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { generateEcdsaKey } from './node.js'
import { selfSigned, Template, toBeSigned, type Fields } from './self-signed.js'

const SCHEME = 'ecdsa_secp256r1_sha256'
const keys = Array.from({ length: 4 }, () => generateEcdsaKey('P-256').publicKeyInfo)
const END_OF_UTC_TIME = Date.UTC(2049, 11, 31, 23, 59, 59, 999)

const fields: fc.Arbitrary<Fields> = fc.record({
  // Positive and without a leading zero, as all of ours are.
  serial: fc.uint8Array({ minLength: 16, maxLength: 16 }).map((bytes) => {
    return bytes.with(0, (bytes[0]! & 0x3f) | 0x40)
  }),
  name: fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((number) => number.toString(16).padStart(16, '0')),
  notBefore: fc.integer({ min: Date.UTC(2000, 0), max: END_OF_UTC_TIME }),
  notAfter: fc.integer({ min: Date.UTC(2000, 0), max: END_OF_UTC_TIME }),
  publicKeyInfo: fc.constantFrom(...keys),
})

describe('a template', () => {
  test('gives what the library would have encoded', () => {
    fc.assert(
      fc.property(fields, fields, (made, wanted) => {
        const template = new Template(toBeSigned(SCHEME, made), made)
        expect(template.isComplete).toBe(true)
        expect(template.filledWith(wanted)).toEqual(toBeSigned(SCHEME, wanted))
      }),
    )
  })

  test('leaves what has another form to the library', () => {
    const [made] = fc.sample(fields, 1) as [Fields]
    const template = new Template(toBeSigned(SCHEME, made), made)
    expect(template.filledWith({ ...made, notAfter: END_OF_UTC_TIME + 1 })).toBeUndefined()
    expect(template.filledWith({ ...made, publicKeyInfo: generateEcdsaKey('P-384').publicKeyInfo })).toBeUndefined()
    const later = { ...made, notAfter: END_OF_UTC_TIME + 1 }
    expect(new Template(toBeSigned(SCHEME, later), later).isComplete).toBe(false)
  })
})

test.each(['P-256', 'P-384'] as const)(
  'every certificate of many over %s is one that OpenSSL reads and verifies',
  (curve) => {
    const serials = new Set<string>()
    // Signatures differ in length, by a byte that says whether a number is positive.
    for (let count = 0; count < 50; count++) {
      const expires = count === 25 ? Date.UTC(2051, 0) : Date.UTC(2030, 0, count + 1)
      const certificate = new X509Certificate(selfSigned(generateEcdsaKey(curve), expires))
      expect(certificate.verify(certificate.publicKey)).toBe(true)
      expect(Date.parse(certificate.validTo)).toBe(expires)
      expect(certificate.subject).toBe(certificate.issuer)
      serials.add(certificate.serialNumber)
    }
    expect(serials.size).toBe(50)
  },
)
