import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nodeCrypto } from './node.js'
import type { NamedGroup } from './types.js'

function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(/\s/g, ''), 'hex'))
}

describe('aead', () => {
  test('AES-128-GCM: test case 4 of the GCM specification (McGrew and Viega)', () => {
    const aead = nodeCrypto.aead('aes-128-gcm', hex('feffe9928665731c6d6a8f9467308308'))
    const nonce = hex('cafebabefacedbaddecaf888')
    const additional = hex('feedfacedeadbeeffeedfacedeadbeefabaddad2')
    const plaintext = hex(`d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72
      1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39`)
    const sealed = hex(`42831ec2217774244b7221b784d0d49ce3aa212f2c02a4e035c17e2329aca12e
      21d514b25466931c7d8f6a5aac84aa051ba30b396a0aac973d58e091 5bc94fbc3221a5db94fae95ae7121a47`)
    expect(aead.seal(nonce, additional, plaintext)).toEqual(sealed)
    expect(aead.open(nonce, additional, sealed)).toEqual(plaintext)
  })

  test('ChaCha20-Poly1305: RFC 8439 §2.8.2', () => {
    const key = Uint8Array.from({ length: 32 }, (_, i) => 0x80 + i)
    const aead = nodeCrypto.aead('chacha20-poly1305', key)
    const nonce = hex('070000004041424344454647')
    const additional = hex('50515253c0c1c2c3c4c5c6c7')
    const words = "Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, "
    const plaintext = Uint8Array.from(Buffer.from(`${words}sunscreen would be it.`))
    const sealed = aead.seal(nonce, additional, plaintext)
    expect(sealed.slice(0, 16)).toEqual(hex('d31a8d34648e60db7b86afbc53ef7ec2'))
    expect(sealed.slice(-16)).toEqual(hex('1ae10b594f09e26a7e902ecbd0600691'))
    expect(aead.open(nonce, additional, sealed)).toEqual(plaintext)
  })

  test.each(['aes-128-gcm', 'aes-256-gcm', 'chacha20-poly1305'] as const)(
    '%s opens what it sealed, into plain memory of its own, and nothing else',
    (algorithm) => {
      const aead = nodeCrypto.aead(algorithm, nodeCrypto.randomBytes(algorithm === 'aes-128-gcm' ? 16 : 32))
      const nonce = nodeCrypto.randomBytes(12)
      fc.assert(
        fc.property(
          fc.uint8Array({ maxLength: 300 }),
          fc.uint8Array({ maxLength: 30 }),
          fc.nat(),
          (body, extra, at) => {
            const sealed = aead.seal(nonce, extra, body)
            const opened = aead.open(nonce, extra, sealed)
            expect(opened).toEqual(Uint8Array.from(body))
            expect(Object.getPrototypeOf(opened)).toBe(Uint8Array.prototype)
            sealed[at % sealed.length]! ^= 1
            expect(aead.open(nonce, extra, sealed)).toBeUndefined()
            expect(aead.open(nonce, extra, body.subarray(0, 15))).toBeUndefined()
          },
        ),
      )
    },
  )
})

describe('hashes', () => {
  test('parts are hashed as one: FIPS 180-4 "abc"', () => {
    const expected = hex('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
    expect(nodeCrypto.hash('sha256', Uint8Array.of(0x61), Uint8Array.of(0x62, 0x63))).toEqual(expected)
  })

  test('HMAC-SHA-1: RFC 2202 test case 2', () => {
    const mac = nodeCrypto.hmac(
      'sha1',
      Buffer.from('Jefe'),
      Buffer.from('what do ya want '),
      Buffer.from('for nothing?'),
    )
    expect(mac).toEqual(hex('effcdf6ae5eb2fa2d27416d5f184df9c259a7c79'))
  })

  test('timingSafeEqual takes any lengths', () => {
    expect(nodeCrypto.timingSafeEqual(Uint8Array.of(1, 2), Uint8Array.of(1, 2))).toBe(true)
    expect(nodeCrypto.timingSafeEqual(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false)
    expect(nodeCrypto.timingSafeEqual(Uint8Array.of(1, 2), Uint8Array.of(1))).toBe(false)
  })
})

describe('key shares', () => {
  const groups: readonly (readonly [NamedGroup, number])[] = [
    ['x25519', 32],
    ['secp256r1', 65],
    ['secp384r1', 97],
  ]
  test.each(groups)('%s: both sides get one secret, and garbage gets none', (group, publicKeyBytes) => {
    const [a, b] = [nodeCrypto.generateKeyShare(group), nodeCrypto.generateKeyShare(group)]
    expect(a.publicKey).toHaveLength(publicKeyBytes)
    const secret = a.deriveSecret(b.publicKey)
    expect(secret).toHaveLength(group === 'secp384r1' ? 48 : 32)
    expect(b.deriveSecret(a.publicKey)).toEqual(secret)
    expect(a.deriveSecret(new Uint8Array(publicKeyBytes))).toBeUndefined() // for X25519 a point of low order (RFC 7748 §6.1)
    expect(a.deriveSecret(b.publicKey.subarray(1))).toBeUndefined()
    fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (key) => void a.deriveSecret(key)))
  })

  test('compressed and hybrid points are refused, although OpenSSL reads them', () => {
    const [a, b] = [nodeCrypto.generateKeyShare('secp256r1'), nodeCrypto.generateKeyShare('secp256r1')]
    const sign = 2 + (b.publicKey[64]! & 1)
    expect(a.deriveSecret(Uint8Array.from([sign, ...b.publicKey.subarray(1, 33)]))).toBeUndefined()
    expect(a.deriveSecret(Uint8Array.from([sign + 4, ...b.publicKey.subarray(1)]))).toBeUndefined()
  })
})
