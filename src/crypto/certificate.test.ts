import { X509Certificate, generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  fingerprintOf,
  generateCertificate,
  generateEcdsaCertificate,
  importCertificate,
  type CertificatePem,
  type ExportableCertificate,
} from './certificate.js'
import { nodeCrypto } from './node.js'
import type { SignatureScheme } from './types.js'

/** Made once with `openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -days 36500`; guards nothing. */
const IMPORTED_CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBfjCCASOgAwIBAgIUTCz49723tLIby5xMxq/nECBDsfIwCgYIKoZIzj0EAwIw
EzERMA8GA1UEAwwIaW1wb3J0ZWQwIBcNMjYxMTIyMDAwNDAwWhgPMjEyNjEwMjkw
MDA0MDBaMBMxETAPBgNVBAMMCGltcG9ydGVkMFkwEwYHKoZIzj0CAQYIKoZIzj0D
AQcDQgAEBG6b2dGryoslhZa3jQlHlH3Q+CLO4LzRSrV855GcsJUYRwHl0uzH/INL
SaCoQW0WEkQrchNMqDOXeIDYxBiQOqNTMFEwHQYDVR0OBBYEFN4DC0wQEiqlC6C8
tqSPXkC2lxZ+MB8GA1UdIwQYMBaAFN4DC0wQEiqlC6C8tqSPXkC2lxZ+MA8GA1Ud
EwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSQAwRgIhAO3JslJXFqQMmQofpyTh3O/z
nWkbo7puahsx9roHS+5AAiEAsUCGGPnBMazPJ8t0svy8L9VM0LrXD9C0qbclbyCo
Xr4=
-----END CERTIFICATE-----
`
const IMPORTED_KEY = `-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgueYKag16CORbnES+
cxpqg8QUZhPWnhgwgSrGQOa3goOhRANCAAQEbpvZ0avKiyWFlreNCUeUfdD4Is7g
vNFKtXznkZywlRhHAeXS7Mf8g0tJoKhBbRYSRCtyE0yoM5d4gNjEGJA6
-----END PRIVATE KEY-----
`
const IMPORTED_EXPIRES = Date.UTC(2126, 9, 29, 0, 4, 0)
/** The same with `-newkey ed25519`. */
const ED25519_CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBOjCB7aADAgECAhQsWE7DJfeT1WRTVGNIvwk1MaX4eDAFBgMrZXAwEjEQMA4G
A1UEAwwHZWQyNTUxOTAgFw0yNjExMjIwMzIyMDVaGA8yMTI2MTAyOTAzMjIwNVow
EjEQMA4GA1UEAwwHZWQyNTUxOTAqMAUGAytlcAMhAHK/99gkzuamYFasPhPXxizR
sALdovHcQBGOjLkbHk7Go1MwUTAdBgNVHQ4EFgQUMrR7fW8ZEI+ff74DFgRd5FD2
bnIwHwYDVR0jBBgwFoAUMrR7fW8ZEI+ff74DFgRd5FD2bnIwDwYDVR0TAQH/BAUw
AwEB/zAFBgMrZXADQQAF264zEdAu+EzevDOLbYcKIAvwSmumbkXvLzXBYX+yGjFe
IDmm40fO77qN8IAeosyTYaTA8uqjTAtqezDNWQsD
-----END CERTIFICATE-----
`
const ED25519_KEY = `-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIJgJ95BxOtIMmH6WLb0N6InXJHue6CzFSAbecxCU4K6X
-----END PRIVATE KEY-----
`

const expires = Date.UTC(2035, 4, 6, 7, 8, 9)
const certificates = {
  p256: generateEcdsaCertificate({ expires }),
  p384: await generateCertificate({ algorithm: { name: 'ECDSA', namedCurve: 'P-384' }, expires }),
  rsa: await generateCertificate({
    algorithm: { name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048, publicExponent: 65537, hash: 'SHA-256' },
    expires,
  }),
}

describe.each(Object.entries(certificates))('%s', (_, certificate) => {
  const parsed = new X509Certificate(certificate.der)

  test('is self-signed X.509 v3, valid since yesterday, until it expires', () => {
    expect(parsed.verify(parsed.publicKey)).toBe(true)
    expect(parsed.subject).toMatch(/^CN=[0-9a-f]{16}$/)
    expect(parsed.issuer).toBe(parsed.subject)
    expect(Date.parse(parsed.validTo)).toBe(expires)
    expect(Date.parse(parsed.validFrom)).toBeLessThan(Date.now() - 23 * 3600 * 1000)
    expect(parsed.serialNumber).toMatch(/^[4-7][0-9A-F]{31}$/)
    expect(parsed.toLegacyObject().infoAccess).toBeUndefined()
  })

  test('signs with each of its schemes; only this data, scheme and key verify', () => {
    const peer = nodeCrypto.parseCertificate(certificate.der)!
    expect(peer.keyType).toBe(certificate.keyType)
    const data = Uint8Array.of(1, 2, 3)
    const other = certificate === certificates.p256 ? certificates.p384 : certificates.p256
    for (const scheme of certificate.signatureSchemes) {
      const signature = certificate.sign(scheme, data)
      expect(peer.verify(scheme, data, signature)).toBe(true)
      expect(peer.verify(scheme, Uint8Array.of(1, 2, 4), signature)).toBe(false)
      expect(nodeCrypto.parseCertificate(other.der)!.verify(scheme, data, signature)).toBe(false)
      for (const wrong of ['ecdsa_secp384r1_sha384', 'rsa_pss_rsae_sha512', 'rsa_pkcs1_sha384'] as SignatureScheme[]) {
        if (wrong !== scheme) expect(peer.verify(wrong, data, signature)).toBe(false)
      }
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 300 }), (garbage) => !peer.verify(scheme, data, garbage)),
        { numRuns: 20 },
      )
    }
  })

  test('fingerprints are those that OpenSSL computes', () => {
    expect(fingerprintOf(certificate.der, 'sha-1')).toBe(parsed.fingerprint)
    expect(fingerprintOf(certificate.der, 'sha-256')).toBe(parsed.fingerprint256)
    expect(fingerprintOf(certificate.der, 'sha-512')).toBe(parsed.fingerprint512)
    expect(fingerprintOf(certificate.der, 'sha-384')).toHaveLength(48 * 3 - 1)
    expect(fingerprintOf(certificate.der, 'sha-224')).toHaveLength(28 * 3 - 1)
  })
})

test.each([Date.UTC(2049, 11, 31, 23, 59, 59), Date.UTC(2050, 0, 1), Date.UTC(2060, 5, 5, 1, 2, 3)])(
  'expiry %d is written as RFC 5280 §4.1.2.5 asks',
  (time) => {
    const { der } = generateEcdsaCertificate({ expires: time })
    expect(Date.parse(new X509Certificate(der).validTo)).toBe(time)
  },
)

test('an expiry beyond all calendars is the last that can be written', () => {
  const { der } = generateEcdsaCertificate({ expires: 8.64e15 })
  expect(new X509Certificate(der).validTo).toContain('9999')
})

test('names, serial numbers and keys are fresh each time', () => {
  const [a, b] = [generateEcdsaCertificate({ expires }), generateEcdsaCertificate({ expires })]
  const [x, y] = [new X509Certificate(a.der), new X509Certificate(b.der)]
  expect(x.subject).not.toBe(y.subject)
  expect(x.serialNumber).not.toBe(y.serialNumber)
  expect(x.publicKey.equals(y.publicKey)).toBe(false)
})

test('RSA parameters that no key can have reject', async () => {
  const algorithm = { name: 'RSASSA-PKCS1-v1_5', publicExponent: 65537, hash: 'SHA-256' } as const
  await expect(generateCertificate({ algorithm: { ...algorithm, modulusLength: 512 }, expires })).rejects.toThrow()
  const even = { ...algorithm, modulusLength: 2048, publicExponent: 2 }
  await expect(generateCertificate({ algorithm: even, expires })).rejects.toThrow()
})

function imported(pem: CertificatePem): ExportableCertificate {
  const certificate = importCertificate(pem)
  if (typeof certificate === 'string') throw new Error(certificate)
  return certificate
}

describe('importCertificate', () => {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const privateKeyPem = privateKey.export({ type: 'pkcs8', format: 'pem' }) as string
  const ours = certificates.p256.exportPem()

  test.each([
    ['certificate-malformed', { ...ours, certificatePem: 'nonsense' }],
    ['certificate-malformed', { ...ours, certificatePem: ours.certificatePem.slice(0, 200) }],
    ['key-malformed', { ...ours, privateKeyPem: '' }],
    ['key-malformed', { ...ours, privateKeyPem: ours.certificatePem }],
    ['key-mismatch', { ...ours, privateKeyPem }],
    ['key-mismatch', { ...ours, privateKeyPem: certificates.rsa.exportPem().privateKeyPem }],
    ['algorithm-unsupported', { certificatePem: ED25519_CERTIFICATE, privateKeyPem: ED25519_KEY }],
  ])('%s', (error, pem) => {
    expect(importCertificate(pem)).toBe(error)
  })

  test('no text makes it throw', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (certificatePem, key) => {
        expect(importCertificate({ certificatePem, privateKeyPem: key })).toBe('certificate-malformed')
        expect(importCertificate({ ...ours, privateKeyPem: key })).toBe('key-malformed')
      }),
    )
  })

  test.each(Object.entries(certificates))('%s: what was exported is the same identity again', (_, certificate) => {
    const again = imported(certificate.exportPem())
    expect(again.der).toEqual(certificate.der)
    expect(again).toMatchObject({ keyType: certificate.keyType, expires: certificate.expires })
    expect(again.exportPem()).toEqual(certificate.exportPem())
    const data = Uint8Array.of(7)
    const [scheme] = certificate.signatureSchemes
    expect(nodeCrypto.parseCertificate(certificate.der)!.verify(scheme!, data, again.sign(scheme!, data))).toBe(true)
  })

  test('a pair made by OpenSSL signs', () => {
    const certificate = imported({ certificatePem: IMPORTED_CERTIFICATE, privateKeyPem: IMPORTED_KEY })
    expect(certificate.keyType).toBe('ecdsa')
    expect(certificate.expires).toBe(IMPORTED_EXPIRES)
    const data = Uint8Array.of(9)
    const peer = nodeCrypto.parseCertificate(certificate.der)!
    expect(peer.verify('ecdsa_secp256r1_sha256', data, certificate.sign('ecdsa_secp256r1_sha256', data))).toBe(true)
  })
})

test('garbage is no certificate, and a key that we cannot verify with makes none', () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (der) => nodeCrypto.parseCertificate(der) === undefined))
  const { der } = certificates.p256
  for (let end = 0; end < der.length; end += 7)
    expect(nodeCrypto.parseCertificate(der.subarray(0, end))).toBeUndefined()
  expect(nodeCrypto.parseCertificate(new X509Certificate(ED25519_CERTIFICATE).raw)).toBeUndefined()
})
