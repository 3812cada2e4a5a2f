import './fast-path-on.test-support.js'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { nodeCrypto } from './node.js'
import { KNOWN_AGREEMENT, testX25519 } from './openssl-x25519.js'
import { openSslX25519, runtimeCrypto } from './openssl.js'
import type { KeyShare } from './types.js'

const native = openSslX25519()
if (!native.isAvailable) throw new Error(native.reason)
const x25519 = native.value

test('both ways get one secret', () => {
  for (let i = 0; i < 50; i++) {
    const [ours, theirs] = [runtimeCrypto.generateKeyShare('x25519'), nodeCrypto.generateKeyShare('x25519')]
    const secret = ours.deriveSecret(theirs.publicKey)
    expect(secret).toHaveLength(32)
    expect(theirs.deriveSecret(ours.publicKey)).toEqual(secret)
    expect(ours.deriveSecret(theirs.publicKey)).toEqual(secret)
  }
})

test('whatever is sent as a key, both ways make the same of it', () => {
  const { privateKey, publicKey } = KNOWN_AGREEMENT
  const share = x25519.keyShareOf(privateKey)
  expect(share.publicKey).toEqual(publicKey)
  const theirs = nodeCrypto.generateKeyShare('x25519')
  const ours = runtimeCrypto.generateKeyShare('x25519')
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (key) => {
      expect(ours.deriveSecret(key) === undefined).toBe(theirs.deriveSecret(key) === undefined)
    }),
  )
  // RFC 7748 §6.1: points of low order give all zeros, here those of order 1, 2, 4 and 8.
  const low = [
    '0000000000000000000000000000000000000000000000000000000000000000',
    '0100000000000000000000000000000000000000000000000000000000000000',
    'e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800',
    '5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157',
    'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  ]
  for (const key of low) {
    for (const one of [ours, theirs]) expect(one.deriveSecret(Uint8Array.from(Buffer.from(key, 'hex')))).toBeUndefined()
  }
  expect(ours.deriveSecret(theirs.publicKey)).toEqual(theirs.deriveSecret(ours.publicKey))
})

test('keys are given back with their objects', async () => {
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  const before = x25519.keys
  for (let i = 0; i < 50; i++) runtimeCrypto.generateKeyShare('x25519')
  expect(x25519.keys).toBe(before + 50)
  await vi.waitFor(() => {
    collectGarbage()
    expect(x25519.keys).toBeLessThanOrEqual(2) // the last one may still be on the stack
  })
})

test('a wrong answer is noticed', () => {
  const wrong = (privateKey: Uint8Array): KeyShare => x25519.keyShareOf(privateKey.map((byte) => byte ^ 8))
  expect(() => testX25519(wrong)).toThrow('wrong answers')
})
