import './fast-path-on.test-support.js'
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify, X509Certificate } from 'node:crypto'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { generateCertificate, generateEcdsaCertificate } from './certificate.js'
import { nodeCrypto } from './node.js'
import { openSslKeys, runtimeCrypto } from './openssl.js'
import { KNOWN_SIGNATURE, testP256 } from './p256-self-test.js'
import type { PeerCertificate } from './types.js'

const native = openSslKeys()
if (!native.isAvailable) throw new Error(native.reason)
const { p256, certificates } = native.value
const expires = Date.UTC(2040, 0, 1)
const SCHEMES = [
  ['ecdsa_secp256r1_sha256', 'sha256'],
  ['ecdsa_secp384r1_sha384', 'sha384'],
] as const

describe.each(SCHEMES)('%s', (scheme, hash) => {
  const key = p256.generateKey()
  const publicKey = createPublicKey({ key: Buffer.from(key.publicKeyInfo), format: 'der', type: 'spki' })
  const theirs = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const point = theirs.publicKey.export({ format: 'der', type: 'spki' }).subarray(26)
  const peer = p256.peerCertificate(new Uint8Array(0), Uint8Array.from(point))!

  test('signs what node:crypto verifies, and verifies what it signs, and nothing else', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 3000, size: 'max' }), fc.nat(), (data, at) => {
        expect(verify(hash, data, publicKey, key.sign(scheme, data))).toBe(true)
        const signature = sign(hash, data, theirs.privateKey)
        expect(peer.verify(scheme, data, signature)).toBe(true)
        expect(peer.verify(scheme, Uint8Array.of(...data, 0), signature)).toBe(false)
        const forged = Uint8Array.from(signature)
        forged[at % forged.length]! ^= 1
        expect(peer.verify(scheme, data, forged)).toBe(verify(hash, data, theirs.publicKey, forged))
        expect(peer.verify(scheme, data, signature.subarray(0, at % signature.length))).toBe(false)
        expect(peer.verify(scheme, data, data)).toBe(false)
      }),
    )
  })

  test('signs and verifies what is longer than any handshake', () => {
    const data = new Uint8Array(40_000).fill(9)
    expect(verify(hash, data, publicKey, key.sign(scheme, data))).toBe(true)
    expect(peer.verify(scheme, data, sign(hash, data, theirs.privateKey))).toBe(true)
  })

  test('refuses schemes of other keys', () => {
    expect(() => key.sign('rsa_pkcs1_sha256', point)).toThrow('does not sign with rsa_pkcs1_sha256')
    expect(peer.verify('rsa_pkcs1_sha256', point, sign(hash, point, theirs.privateKey))).toBe(false)
  })
})

test('RFC 6979 §A.2.5, and several peers by turns', () => {
  const { point, message, signature } = KNOWN_SIGNATURE
  const peers = Array.from({ length: 3 }, () => {
    const key = p256.generateKey()
    return { key, peer: p256.peerCertificate(point, key.publicKeyInfo.slice(26))! }
  })
  for (const scheme of ['ecdsa_secp256r1_sha256', 'ecdsa_secp256r1_sha256'] as const) {
    for (const { key, peer } of peers) {
      expect(peer.verify(scheme, message, key.sign(scheme, message))).toBe(true)
      expect(peer.verify(scheme, message, signature)).toBe(false)
    }
    expect(p256.peerCertificate(point, point)!.verify(scheme, message, signature)).toBe(true)
  }
})

test('points that are not on the curve, or not in the form of TLS, are refused', () => {
  const { point } = KNOWN_SIGNATURE
  expect(p256.peerCertificate(point, point.subarray(1))).toBeUndefined()
  expect(p256.peerCertificate(point, Uint8Array.of(4, ...new Uint8Array(64)))).toBeUndefined()
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 65, maxLength: 65 }), (garbage) => {
      expect(p256.peerCertificate(point, garbage)).toBeUndefined()
    }),
  )
})

test('a key is exported as node:crypto reads it, and is still the same', () => {
  const key = p256.generateKey()
  const privateKey = createPrivateKey(key.exportPem())
  const publicKey = createPublicKey(privateKey).export({ format: 'der', type: 'spki' })
  expect(Buffer.from(key.publicKeyInfo).equals(publicKey)).toBe(true)
})

describe('certificates', () => {
  const sameKey = (a: PeerCertificate, b: PeerCertificate, sign: (data: Uint8Array) => Uint8Array): void => {
    const data = nodeCrypto.randomBytes(32)
    for (const peer of [a, b]) expect(peer.verify('ecdsa_secp256r1_sha256', data, sign(data))).toBe(true)
  }

  test.each([true, false])('of ours have the key that OpenSSL reads as a whole; made plainly: %s', (isPlain) => {
    const certificate = generateEcdsaCertificate({ expires, isPlain })
    const info = new X509Certificate(certificate.der).publicKey.export({ format: 'der', type: 'spki' })
    expect(Buffer.from(certificates.p256PointOf(certificate.der)!).equals(info.subarray(26))).toBe(true)
    const [ours, theirs] = [runtimeCrypto, nodeCrypto].map((crypto) => crypto.parseCertificate(certificate.der)!)
    sameKey(ours!, theirs!, (data) => certificate.sign('ecdsa_secp256r1_sha256', data))
  })

  test('with other keys are read by node:crypto', async () => {
    const [p384, rsa] = [
      generateEcdsaCertificate({ namedCurve: 'P-384', expires }),
      await generateCertificate({
        algorithm: { name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048, publicExponent: 65537, hash: 'SHA-256' },
        expires,
      }),
    ]
    const read = vi.spyOn(nodeCrypto, 'parseCertificate')
    for (const certificate of [p384, rsa]) {
      expect(certificates.p256PointOf(certificate.der)).toBeUndefined()
      const peer = runtimeCrypto.parseCertificate(certificate.der)!
      const [scheme] = certificate.signatureSchemes
      expect(peer.verify(scheme!, p384.der, certificate.sign(scheme!, p384.der))).toBe(true)
    }
    expect(read).toHaveBeenCalledTimes(2)
    runtimeCrypto.parseCertificate(generateEcdsaCertificate({ expires }).der)
    expect(read).toHaveBeenCalledTimes(2)
    read.mockRestore()
  })

  test('whatever OpenSSL reads as a whole has the key that is found in it', () => {
    const { der } = generateEcdsaCertificate({ expires })
    fc.assert(
      fc.property(fc.nat(der.length - 1), fc.nat(255), fc.nat(der.length), (at, byte, cut) => {
        const changed = der.slice()
        changed[at] = byte
        const point = certificates.p256PointOf(changed)
        let whole: X509Certificate | undefined
        try {
          whole = new X509Certificate(changed)
        } catch {
          // no certificate
        }
        const key = whole && keyOf(whole)
        if (point !== undefined && key !== undefined) expect(Buffer.from(point).equals(key.subarray(26))).toBe(true)
        if (cut < der.length) expect(certificates.p256PointOf(der.subarray(0, cut))).toBeUndefined()
      }),
      { numRuns: 1000 },
    )
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (garbage) => !certificates.p256PointOf(garbage)))
    expect(certificates.p256PointOf(new Uint8Array(5000))).toBeUndefined()
  })

  function keyOf(certificate: X509Certificate): Buffer | undefined {
    try {
      return certificate.publicKey.export({ format: 'der', type: 'spki' })
    } catch {
      return undefined // a point that is none
    }
  }
})

test('keys are given back with their objects', async () => {
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  await vi.waitFor(() => {
    collectGarbage()
    expect(p256.keys).toBeLessThanOrEqual(8)
  })
  const before = p256.keys
  for (let i = 0; i < 50; i++) generateEcdsaCertificate({ expires })
  expect(p256.keys).toBe(before + 50)
  await vi.waitFor(() => {
    collectGarbage()
    expect(p256.keys).toBeLessThanOrEqual(before + 1) // the last one may still be on the stack
  })
})

test('a key lives for as long as something of it can be called', async () => {
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  const kept = Array.from({ length: 20 }, () => p256.generateKey().sign)
  for (let i = 0; i < 20; i++) generateEcdsaCertificate({ expires })
  const before = p256.keys
  await vi.waitFor(() => {
    collectGarbage()
    expect(p256.keys).toBeLessThanOrEqual(before - 19) // those of nobody are gone
  })
  expect(p256.keys).toBeGreaterThanOrEqual(20)
  const data = Uint8Array.of(1)
  for (const sign of kept) expect(sign('ecdsa_secp256r1_sha256', data).length).toBeGreaterThan(60)
})

test('what comes out wrong is noticed', () => {
  const [keys, reader] = [p256, certificates]
  expect(() => testP256(keys, reader)).not.toThrow()
  const gullible = { verify: () => true, der: new Uint8Array(0), keyType: 'ecdsa' } as const
  const believing = { generateKey: () => keys.generateKey(), peerCertificate: () => gullible }
  expect(() => testP256(believing, reader)).toThrow('come out wrong')
  expect(() => testP256(keys, { p256PointOf: () => KNOWN_SIGNATURE.point })).toThrow('come out wrong')
})
