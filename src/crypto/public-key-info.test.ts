import { X509Certificate } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { generateCertificate } from './certificate.js'
import { nodeCrypto } from './node.js'
import { publicKeyInfoIn } from './public-key-info.js'

const expires = Date.UTC(2035, 0)
const certificates = await Promise.all([
  generateCertificate({ algorithm: { name: 'ECDSA', namedCurve: 'P-256' }, expires }),
  generateCertificate({ algorithm: { name: 'ECDSA', namedCurve: 'P-384' }, expires }),
  generateCertificate({
    algorithm: { name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048, publicExponent: 65537, hash: 'SHA-256' },
    expires,
  }),
])

test.each(certificates)('is what OpenSSL finds ($keyType)', ({ der }) => {
  const expected = new X509Certificate(der).publicKey.export({ type: 'spki', format: 'der' })
  expect(Buffer.from(publicKeyInfoIn(der)!)).toEqual(expected)
})

test('a certificate of version 1 says no version', () => {
  // RFC 5280 §4.1: TBSCertificate without version; each of the others empty but for the key.
  const version1 = Uint8Array.of(
    0x30,
    21,
    0x30,
    15,
    2,
    1,
    7,
    0x30,
    0,
    0x30,
    0,
    0x30,
    0,
    0x30,
    0,
    0x30,
    2,
    5,
    0,
    0x30,
    0,
    3,
    0,
  )
  expect(publicKeyInfoIn(version1)).toEqual(Uint8Array.of(0x30, 2, 5, 0))
})

test('what is cut short, or goes on, is none', () => {
  for (const { der } of certificates) {
    for (let length = 0; length < der.length; length++) expect(publicKeyInfoIn(der.subarray(0, length))).toBeUndefined()
    expect(publicKeyInfoIn(Uint8Array.of(...der, 0))).toBeUndefined()
  }
})

test('anything else is read without an exception', () => {
  const [{ der }] = certificates
  fc.assert(fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => void nodeCrypto.parseCertificate(bytes)))
  fc.assert(
    fc.property(fc.nat(der.length - 1), fc.nat(255), (at, byte) => {
      const changed = der.with(at, byte)
      if (nodeCrypto.parseCertificate(changed) !== undefined) expect(publicKeyInfoIn(changed)).toBeDefined()
    }),
  )
})

test('a point that is not on its curve is no key', () => {
  const [{ der }] = certificates
  const info = publicKeyInfoIn(der)!
  const lastCoordinate = info.byteOffset - der.byteOffset + info.length - 1
  const changed = der.with(lastCoordinate, der[lastCoordinate]! ^ 1)
  expect(publicKeyInfoIn(changed)).toHaveLength(info.length)
  expect(nodeCrypto.parseCertificate(changed)).toBeUndefined()
})
