import './fast-path-on.test-support.js'
import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { KNOWN_HMAC_SHA1, KNOWN_HMAC_SHA2, testHmac } from './hmac-self-test.js'
import { nodeCrypto } from './node.js'
import { openSslHmacSha1, runtimeCrypto } from './openssl.js'

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex')
const bytes = (maxLength: number) => fc.uint8Array({ maxLength, size: 'max' })

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllEnvs()
})

describe.each([
  ["the runtime's own OpenSSL", runtimeCrypto],
  ['node:crypto', nodeCrypto],
])('HMAC-SHA1 by %s', (_, crypto) => {
  test.each(KNOWN_HMAC_SHA1)('is that of RFC 2202: $tag', ({ key, message, tag }) => {
    expect(hex(crypto.hmacSha1(key, message, message.length))).toBe(tag)
    const longer = Uint8Array.of(...message, 1, 2, 3)
    expect(hex(crypto.hmacSha1(key, longer, message.length))).toBe(tag)
    expect(hex(crypto.hmac('sha1', key, message))).toBe(tag)
  })

  test('is the same for keys and messages of any length, one after the other', () => {
    fc.assert(
      fc.property(bytes(300), bytes(1100), fc.nat(1100), (key, message, length) => {
        const end = Math.min(length, message.length)
        const tag = crypto.hmacSha1(key, message, end)
        expect(tag.length).toBe(20)
        expect(hex(tag)).toBe(hex(nodeCrypto.hmac('sha1', key, message.subarray(0, end))))
      }),
    )
  })

  test('reads no more than there is', () => {
    const [key, message] = [new Uint8Array(20), new Uint8Array(64)]
    for (const length of [-1, 65, 2 ** 32, 0.5, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => crypto.hmacSha1(key, message, length)).toThrow(RangeError)
    }
    structuredClone(message.buffer, { transfer: [message.buffer] })
    expect(() => crypto.hmacSha1(key, message, 64)).toThrow(RangeError)
  })
})

describe.each(['sha256', 'sha384'] as const)('HMAC-%s', (algorithm) => {
  test.each(KNOWN_HMAC_SHA2[algorithm])('is that of RFC 4231: $tag', ({ key, message, tag }) => {
    for (const crypto of [runtimeCrypto, nodeCrypto]) expect(hex(crypto.hmac(algorithm, key, message))).toBe(tag)
  })
})

test('tags of several parts are those of node:crypto, in memory of their own, which no object is made for', () => {
  const algorithms = fc.constantFrom('sha1', 'sha256', 'sha384', 'sha512', 'md5')
  fc.assert(
    fc.property(algorithms, bytes(260), fc.array(bytes(400), { maxLength: 4 }), (algorithm, key, parts) => {
      const tag = runtimeCrypto.hmac(algorithm, key, ...parts)
      const expected = hex(nodeCrypto.hmac(algorithm, key, ...parts))
      runtimeCrypto.hmac(algorithm, Uint8Array.of(1), Uint8Array.of(2))
      expect(hex(tag)).toBe(expected)
    }),
  )
  const objects = vi.spyOn(nodeCrypto, 'hmac')
  for (const algorithm of ['sha1', 'sha256', 'sha384'] as const) {
    runtimeCrypto.hmac(algorithm, new Uint8Array(256), new Uint8Array(1000), new Uint8Array(24))
  }
  expect(objects).not.toHaveBeenCalled()
})

test('a wrong answer, one from before, and none are noticed', () => {
  const tagOf = (key: Uint8Array, message: Uint8Array) => nodeCrypto.hmacSha1(key, message, message.length)
  expect(() => testHmac(KNOWN_HMAC_SHA1, tagOf)).not.toThrow()
  expect(() => testHmac(KNOWN_HMAC_SHA1, (key, message) => tagOf(key, message).fill(0, 19))).toThrow('wrong answers')
  const first = KNOWN_HMAC_SHA1[0]!
  expect(() => testHmac(KNOWN_HMAC_SHA1, () => tagOf(first.key, first.message))).toThrow('wrong answers')
  expect(() => testHmac(KNOWN_HMAC_SHA1, () => undefined)).toThrow('wrong answers')
})

test('no object of node:crypto is made for a tag, but where there is no room for it in the memory of C', () => {
  expect(openSslHmacSha1().isAvailable).toBe(true)
  const plain = vi.spyOn(nodeCrypto, 'hmacSha1')
  const objects = vi.spyOn(nodeCrypto, 'hmac')
  const message = new Uint8Array(1025)
  for (let i = 0; i < 1000; i++) runtimeCrypto.hmacSha1(new Uint8Array(i % 257), message, i)
  runtimeCrypto.hmacSha1(new Uint8Array(256), message, 1024)
  expect([plain.mock.calls.length, objects.mock.calls.length]).toEqual([0, 0])
  runtimeCrypto.hmacSha1(new Uint8Array(257), message, 1024)
  runtimeCrypto.hmacSha1(new Uint8Array(256), message, 1025)
  expect([plain.mock.calls.length, objects.mock.calls.length]).toEqual([2, 2])
})

test('P_hash is what its tags make, one by one, for secrets, seeds and lengths of any kind', () => {
  const pHash = (hash: 'sha256' | 'sha384', secret: Uint8Array, seed: Uint8Array, length: number): string => {
    const blocks: Uint8Array[] = []
    for (let a = nodeCrypto.hmac(hash, secret, seed); blocks.length * a.length < length;) {
      blocks.push(nodeCrypto.hmac(hash, secret, a, seed))
      a = nodeCrypto.hmac(hash, secret, a)
    }
    return hex(Buffer.concat(blocks).subarray(0, length))
  }
  fc.assert(
    fc.property(
      fc.constantFrom('sha256', 'sha384'),
      bytes(256),
      bytes(900),
      fc.nat(150),
      (hash, secret, seed, length) => {
        expect(hex(runtimeCrypto.pHash!(hash, secret, seed, length)!)).toBe(pHash(hash, secret, seed, length))
      },
    ),
  )
  expect(runtimeCrypto.pHash!('sha256', new Uint8Array(257), new Uint8Array(8), 8)).toBeUndefined()
  expect(runtimeCrypto.pHash!('sha256', new Uint8Array(8), new Uint8Array(1024), 8)).toBeUndefined()
  expect(runtimeCrypto.pHash!('sha1', new Uint8Array(8), new Uint8Array(8), 8)).toBeUndefined()
})

test('the memory of a tag is the same each time, and neither the key nor the message is written to', () => {
  const native = openSslHmacSha1()
  if (!native.isAvailable) throw new Error(native.reason)
  const { key, message, tag } = KNOWN_HMAC_SHA1[1]!
  const [keyBefore, messageBefore] = [key.slice(), message.slice()]
  const first = native.value.tagOf(key, message, message.length)
  expect(native.value.tagOf(message, key, key.length)).toBe(first)
  expect(native.value.tagOf(key, message, message.length)).toBe(first)
  expect(hex(first!)).toBe(tag)
  expect([key, message]).toEqual([keyBefore, messageBefore])
})

test('without it node:crypto does the work', async () => {
  vi.stubEnv('TINCAN_FAST_PATH', 'off')
  vi.resetModules()
  const off = await import('./openssl.js')
  expect(off.openSslHmacSha1()).toEqual({ isAvailable: false, reason: 'TINCAN_FAST_PATH is off' })
  const { key, message, tag } = KNOWN_HMAC_SHA1[0]!
  expect(hex(off.runtimeCrypto.hmacSha1(key, message, message.length))).toBe(tag)
})
