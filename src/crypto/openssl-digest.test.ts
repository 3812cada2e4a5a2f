import './fast-path-on.test-support.js'
import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { nodeCrypto } from './node.js'
import { testDigest, type OpenSslDigest } from './openssl-digest.js'
import { runtimeCrypto } from './openssl.js'
import type { HashAlgorithm } from './types.js'

const ALGORITHMS: readonly HashAlgorithm[] = ['md5', 'sha1', 'sha224', 'sha256', 'sha384', 'sha512']

test('digests are those of node:crypto, however the data is cut, and in memory of their own', () => {
  const parts = fc.array(fc.uint8Array({ maxLength: 9000, size: 'max' }), { maxLength: 3 })
  fc.assert(
    fc.property(fc.constantFrom(...ALGORITHMS), parts, (algorithm, data) => {
      const digest = runtimeCrypto.hash(algorithm, ...data)
      runtimeCrypto.hash(algorithm, Uint8Array.of(1, 2, 3))
      expect(digest).toEqual(nodeCrypto.hash(algorithm, ...data))
    }),
  )
})

test('no object of node:crypto is made, but for what is longer than any handshake', () => {
  const objects = vi.spyOn(nodeCrypto, 'hash')
  runtimeCrypto.hash('sha256', new Uint8Array(16 * 1024 - 1), new Uint8Array(1))
  expect(objects).not.toHaveBeenCalled()
  runtimeCrypto.hash('sha256', new Uint8Array(16 * 1024 + 1))
  expect(objects).toHaveBeenCalledOnce()
})

test('a wrong answer is noticed', () => {
  const forgetful = {
    digestOf: (algorithm: HashAlgorithm, [first]: readonly Uint8Array[]) => ({
      bytes: nodeCrypto.hash(algorithm, first!),
      address: 0,
    }),
  } as unknown as OpenSslDigest
  expect(() => testDigest(forgetful)).toThrow('wrong answers')
})
