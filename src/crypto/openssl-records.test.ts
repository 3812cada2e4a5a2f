import './fast-path-on.test-support.js'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { testRecordAead } from './aead-self-test.js'
import { nodeCrypto } from './node.js'
import { OpenSslRecordAead } from './openssl-records.js'
import { openSslAeads, openSslRecordAeads, runtimeCrypto } from './openssl.js'
import type { Aead, RecordAead } from './types.js'

const FIXED_IV = Uint8Array.of(9, 8, 7, 6)
const OVERHEAD_BYTES = 24

function bothWays(algorithm: 'aes-128-gcm' | 'aes-256-gcm' = 'aes-128-gcm'): [ours: RecordAead, theirs: Aead] {
  const native = openSslRecordAeads()
  if (!native.isAvailable) throw new Error(native.reason)
  const key = nodeCrypto.randomBytes(algorithm === 'aes-128-gcm' ? 16 : 32)
  return [native.value.recordAead(algorithm, key, FIXED_IV), nodeCrypto.aead(algorithm, key)]
}

function additionalDataOf(number: bigint, length: number): Uint8Array {
  const data = new Uint8Array(13)
  const view = new DataView(data.buffer)
  view.setBigUint64(0, number)
  data.set([23, 0xfe, 0xfd], 8)
  view.setUint16(11, length)
  return data
}

/** What RFC 5288 §3 has for it. */
function expectedOf(theirs: Aead, number: bigint, plaintext: Uint8Array): Uint8Array {
  const data = additionalDataOf(number, plaintext.length)
  const explicit = data.subarray(0, 8)
  return Uint8Array.of(...explicit, ...theirs.seal(Uint8Array.of(...FIXED_IV, ...explicit), data, plaintext))
}

function seal(records: RecordAead, number: bigint, plaintext: Uint8Array): Uint8Array {
  const memory = new Uint8Array(plaintext.length + OVERHEAD_BYTES)
  memory.set(plaintext, 8)
  records.sealInPlace(additionalDataOf(number, plaintext.length), memory, 0, plaintext.length)
  return memory
}

describe.each(['aes-128-gcm', 'aes-256-gcm'] as const)('records under %s', (algorithm) => {
  const [ours, theirs] = bothWays(algorithm)
  const numbers = fc.bigInt({ min: 1n << 48n, max: (1n << 64n) - 1n })

  test('nonces are record numbers, in a row and anywhere', () => {
    fc.assert(
      fc.property(numbers, fc.nat(4), fc.uint8Array({ maxLength: 1500 }), (first, more, plaintext) => {
        for (let n = first; n <= first + BigInt(more) && n < 1n << 64n; n++) {
          const sealed = seal(ours, n, plaintext)
          expect(sealed).toEqual(expectedOf(theirs, n, plaintext))
          const data = additionalDataOf(n, plaintext.length)
          expect(ours.open(data, sealed, 0, sealed.length)).toEqual(Uint8Array.from(plaintext))
        }
      }),
    )
  })

  test('what lies where the one before lay is the same view of it, and else another', () => {
    const opened = [100, 100, 101, 100].map((length, i) => {
      const plaintext = new Uint8Array(length).fill(i)
      const sealed = seal(ours, BigInt(i), plaintext)
      const found = ours.open(additionalDataOf(BigInt(i), length), sealed, 0, sealed.length)
      expect(found).toEqual(plaintext)
      return found
    })
    expect(opened[1]).toBe(opened[0])
    expect(new Set(opened.slice(1)).size).toBe(3)
  })

  test('where it carries, the count goes on', () => {
    for (const first of [0x1_0000_ffff_fffen, 0x1_ffff_ffff_fffen]) {
      for (let n = first; n < first + 4n; n++) expect(seal(ours, n, FIXED_IV)).toEqual(expectedOf(theirs, n, FIXED_IV))
    }
  })

  test('sealing touches nothing else, and opening nothing at all', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(80), fc.nat(50), (plaintext, before, after) => {
        const memory = new Uint8Array(before + plaintext.length + OVERHEAD_BYTES + after).fill(0xaa)
        memory.set(plaintext, before + 8)
        const data = additionalDataOf(5n, plaintext.length)
        ours.sealInPlace(data, memory, before, plaintext.length)
        const expected = new Uint8Array(memory.length).fill(0xaa)
        expected.set(expectedOf(theirs, 5n, plaintext), before)
        expect(memory).toEqual(expected)
        expect(ours.open(data, memory, before, plaintext.length + OVERHEAD_BYTES)).toEqual(Uint8Array.from(plaintext))
        expect(memory).toEqual(expected)
      }),
    )
  })

  test('forged, truncated and other bytes are refused, and do not disturb what comes after', () => {
    const bytes = fc.uint8Array({ maxLength: 300 })
    fc.assert(
      fc.property(numbers, bytes, fc.nat(), fc.nat(7), (number, plaintext, at, bit) => {
        const sealed = expectedOf(theirs, number, plaintext)
        const data = additionalDataOf(number, plaintext.length)
        const forged = sealed.slice()
        forged[at % forged.length]! ^= 1 << bit
        expect(ours.open(data, forged, 0, forged.length)).toBeUndefined()
        expect(ours.open(data, sealed, 0, at % sealed.length)).toBeUndefined()
        const otherData = additionalDataOf(number ^ 1n, plaintext.length)
        expect(ours.open(otherData, sealed, 0, sealed.length)).toBeUndefined()
        expect(ours.open(data, sealed, 0, sealed.length)).toEqual(Uint8Array.from(plaintext))
      }),
    )
  })

  test('C reads and writes where it may, and nowhere else', () => {
    const memory = new Uint8Array(40)
    const data = additionalDataOf(1n, 10)
    const wrong = [[-1, 10], [0, 17], [16, 1], [0, -25], [0.5, 1], [Number.NaN, 1]] as const // prettier-ignore
    for (const [at, length] of wrong) expect(() => ours.sealInPlace(data, memory, at, length)).toThrow(RangeError)
    for (const at of [-1, 1, 0.5, Number.NaN]) expect(() => ours.open(data, memory, at, 40)).toThrow(RangeError)
    expect(() => ours.sealInPlace(data.subarray(1), memory, 0, 10)).toThrow(RangeError)
    expect(() => ours.open(data.subarray(1), memory, 0, 40)).toThrow(RangeError)
    expect(() => ours.sealInPlace(data, new Uint8Array(70_000), 0, 65_512)).toThrow(RangeError)
    expect(ours.open(data, new Uint8Array(70_000), 0, 65_536)).toBeUndefined()
  })
})

test('a record whose nonce is not its number is not sent: sealing throws', () => {
  const native = openSslAeads()
  if (!native.isAvailable) throw new Error(native.reason)
  const { library } = native.value
  const plaintext = new Uint8Array(50).fill(1)
  // Says that it sealed, and wrote no nonce: what was there before does not count, whatever it was.
  const silent = new OpenSslRecordAead(library, () => 74, 'aes-128-gcm', new Uint8Array(16), FIXED_IV)
  const memory = new Uint8Array(74)
  const data = additionalDataOf(7n, plaintext.length)
  memory.set(data.subarray(0, 8))
  expect(() => silent.sealInPlace(data, memory, 0, plaintext.length)).toThrow('could not seal')
  const refusing = new OpenSslRecordAead(library, () => -1, 'aes-128-gcm', new Uint8Array(16), FIXED_IV)
  expect(() => seal(refusing, 7n, plaintext)).toThrow('could not seal')
  silent.release()
  refusing.release()
})

test('contexts are one per direction, made when needed, and given back with the key, which does nothing then', () => {
  const native = openSslAeads()
  const held = (): number => (native.isAvailable ? native.value.contexts : Number.NaN)
  const before = held()
  const [records] = bothWays()
  expect(held()).toBe(before)
  const sealed = seal(records, 1n, FIXED_IV)
  expect(held()).toBe(before + 1)
  expect(records.open(additionalDataOf(1n, 4), sealed, 0, sealed.length)).toEqual(FIXED_IV)
  expect(held()).toBe(before + 2)
  records.release()
  records.release()
  expect(held()).toBe(before)
  expect(() => seal(records, 2n, FIXED_IV)).toThrow('released')
  expect(() => records.open(additionalDataOf(1n, 4), sealed, 0, sealed.length)).toThrow('released')
})

test('the self-test notices a wrong record, and a forgery that is taken', () => {
  const aead = (key: Uint8Array): Aead => nodeCrypto.aead('aes-128-gcm', key)
  const make = (algorithm: 'aes-128-gcm' | 'aes-256-gcm' | 'chacha20-poly1305', key: Uint8Array, iv: Uint8Array) =>
    runtimeCrypto.recordAead!(algorithm, key, iv)!
  expect(() => testRecordAead(make, aead)).not.toThrow()
  const otherNonce = Uint8Array.of(0, 0, 0, 0)
  expect(() => testRecordAead((algorithm, key) => make(algorithm, key, otherNonce), aead)).toThrow('come out wrong')
  const credulous: typeof make = (algorithm, key, iv) => {
    const records = make(algorithm, key, iv)
    return {
      sealInPlace: (...args) => records.sealInPlace(...args),
      open: (data, memory, at, length) => records.open(data, memory, at, length) ?? new Uint8Array(0),
      release: () => records.release(),
    }
  }
  expect(() => testRecordAead(credulous, aead)).toThrow('come out wrong')
})

test('there are none for ChaCha20-Poly1305, nor where the fast path is off', async () => {
  expect(runtimeCrypto.recordAead!('chacha20-poly1305', new Uint8Array(32), new Uint8Array(12))).toBeUndefined()
  vi.stubEnv('TINCAN_FAST_PATH', 'off')
  vi.resetModules()
  const off = await import('./openssl.js')
  expect(off.runtimeCrypto.recordAead!('aes-128-gcm', new Uint8Array(16), FIXED_IV)).toBeUndefined()
  vi.unstubAllEnvs()
})
