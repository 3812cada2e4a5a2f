import './fast-path-on.test-support.js'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { testAead } from './aead-self-test.js'
import { nodeCrypto } from './node.js'
import { openSslAeads, runtimeCrypto } from './openssl.js'
import type { Aead, AeadAlgorithm } from './types.js'

const ALGORITHMS = ['aes-128-gcm', 'aes-256-gcm', 'chacha20-poly1305'] as const
const native = openSslAeads()

function keyFor(algorithm: AeadAlgorithm): Uint8Array {
  return nodeCrypto.randomBytes(algorithm === 'aes-128-gcm' ? 16 : 32)
}

function bothWays(algorithm: AeadAlgorithm): [ours: Aead, theirs: Aead] {
  if (!native.isAvailable) throw new Error(native.reason)
  const key = keyFor(algorithm)
  return [native.value.aead(algorithm, key), nodeCrypto.aead(algorithm, key)]
}

afterEach(() => vi.unstubAllEnvs())

test('node:crypto has the known answers too', () => {
  expect(() => testAead((algorithm, key) => nodeCrypto.aead(algorithm, key))).not.toThrow()
})

test('a wrong answer is noticed', () => {
  const forgetful = (algorithm: AeadAlgorithm, key: Uint8Array): Aead => {
    const aead = nodeCrypto.aead(algorithm, key)
    return {
      seal: (...args) => aead.seal(...args),
      sealInPlace: (...args) => aead.sealInPlace(...args),
      open: (_nonce, _additionalData, sealed) => sealed.subarray(0, sealed.length - 16),
      release: () => aead.release(),
    }
  }
  expect(() => testAead(forgetful)).toThrow('wrong answers')
})

test('without it node:crypto does the work', async () => {
  vi.stubEnv('TINCAN_FAST_PATH', 'off')
  vi.resetModules()
  const off = await import('./openssl.js')
  expect(off.openSslAeads()).toEqual({ isAvailable: false, reason: 'TINCAN_FAST_PATH is off' })
  const key = keyFor('aes-128-gcm')
  const [nonce, none] = [new Uint8Array(12), new Uint8Array(0)]
  const sealed = runtimeCrypto.aead('aes-128-gcm', key).seal(nonce, none, nonce)
  expect(off.runtimeCrypto.aead('aes-128-gcm', key).open(nonce, none, sealed)).toEqual(nonce)
})

describe.each(ALGORITHMS)("%s of the runtime's own OpenSSL", (algorithm) => {
  const [ours, theirs] = bothWays(algorithm)
  const bytes = (maxLength: number) => fc.uint8Array({ maxLength })
  const nonces = fc.uint8Array({ minLength: 12, maxLength: 12 })

  test('seals as node:crypto does, and opens what it sealed', () => {
    fc.assert(
      fc.property(nonces, bytes(200), bytes(3000), (nonce, additionalData, plaintext) => {
        const sealed = ours.seal(nonce, additionalData, plaintext)
        expect(sealed).toEqual(theirs.seal(nonce, additionalData, plaintext))
        expect(ours.open(nonce, additionalData, sealed)).toEqual(Uint8Array.from(plaintext))
        expect(theirs.open(nonce, additionalData, sealed)).toEqual(Uint8Array.from(plaintext))
      }),
    )
  })

  test('in place nothing else is touched', () => {
    fc.assert(
      fc.property(nonces, bytes(100), fc.nat(50), fc.nat(50), (nonce, plaintext, before, after) => {
        const memory = new Uint8Array(before + plaintext.length + 16 + after).fill(0xaa)
        memory.set(plaintext, before)
        ours.sealInPlace(nonce, new Uint8Array(0), memory, before, plaintext.length)
        const expected = new Uint8Array(memory.length).fill(0xaa)
        expected.set(theirs.seal(nonce, new Uint8Array(0), plaintext), before)
        expect(memory).toEqual(expected)
      }),
    )
  })

  test('forged, truncated and other bytes are refused, and do not disturb what comes after', () => {
    fc.assert(
      fc.property(nonces, bytes(30), bytes(300), fc.nat(), fc.nat(), (nonce, data, plaintext, at, cut) => {
        const sealed = theirs.seal(nonce, data, plaintext)
        const forged = sealed.slice()
        forged[at % forged.length]! ^= 1 << (cut & 7)
        expect(ours.open(nonce, data, forged)).toBeUndefined()
        expect(ours.open(nonce, data, sealed.subarray(0, cut % sealed.length))).toBeUndefined()
        expect(ours.open(nonce, Uint8Array.of(...data, 0), sealed)).toBeUndefined()
        expect(ours.open(nonce, data, sealed)).toEqual(Uint8Array.from(plaintext))
      }),
    )
    fc.assert(
      fc.property(nonces, bytes(64), (nonce, garbage) => {
        expect(ours.open(nonce, new Uint8Array(0), garbage)).toBeUndefined()
      }),
    )
  })

  test('records longer than any of DTLS are opened too', () => {
    const nonce = new Uint8Array(12)
    for (const length of [2 ** 14, 2 ** 16, 2 ** 16 + 1, 2 ** 20, 5]) {
      const text = new Uint8Array(length).fill(length)
      const opened = ours.open(nonce, nonce, theirs.seal(nonce, nonce, text))
      expect(Buffer.compare(opened!, text)).toBe(0)
    }
  })

  test('C reads and writes where it may, and nowhere else', () => {
    const memory = new Uint8Array(40)
    for (const [at, length] of [
      [-1, 10],
      [0, 25],
      [30, 0],
      [0, -17],
      [0.5, 1],
      [Number.NaN, 1],
    ] as const) {
      expect(() => ours.sealInPlace(new Uint8Array(12), new Uint8Array(0), memory, at, length)).toThrow(RangeError)
    }
    for (const length of [0, 11, 13]) {
      expect(() => ours.seal(new Uint8Array(length), new Uint8Array(0), memory)).toThrow(RangeError)
    }
    expect(() => (native.isAvailable ? native.value.aead(algorithm, new Uint8Array(5)) : undefined)).toThrow(RangeError)
    expect(memory).toEqual(new Uint8Array(40))
  })

  test('a released key seals and opens nothing any more; twice is once', () => {
    const [aead, other] = bothWays(algorithm)
    const nonce = new Uint8Array(12)
    const sealed = other.seal(nonce, nonce, nonce)
    expect(aead.open(nonce, nonce, sealed)).toEqual(nonce)
    aead.release()
    aead.release()
    expect(() => aead.seal(nonce, nonce, nonce)).toThrow('released')
    expect(() => aead.open(nonce, nonce, sealed)).toThrow('released')
  })
})

describe('contexts', () => {
  const held = (): number => (native.isAvailable ? native.value.contexts : Number.NaN)
  const use = (aead: Aead): void => {
    const nonce = new Uint8Array(12)
    aead.open(nonce, nonce, aead.seal(nonce, nonce, nonce))
  }

  test('are one per direction, made when needed, and given back with the key', () => {
    const before = held()
    const [aead] = bothWays('aes-128-gcm')
    expect(held()).toBe(before)
    for (let i = 0; i < 3; i++) use(aead)
    expect(held()).toBe(before + 2)
    aead.release()
    expect(held()).toBe(before)
  })

  test('of keys that nobody released are given back with their objects', async () => {
    setFlagsFromString('--expose-gc')
    const collectGarbage = runInNewContext('gc') as () => void
    const before = held()
    for (let i = 0; i < 100; i++) use(bothWays('chacha20-poly1305')[0])
    expect(held()).toBe(before + 200)
    await vi.waitFor(() => {
      collectGarbage()
      expect(held()).toBeLessThanOrEqual(before + 2) // the last one may still be on the stack
    })
  })
})
