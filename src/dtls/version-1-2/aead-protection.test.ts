import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nodeCrypto } from '../../crypto/node.js'
import { runtimeCrypto } from '../../crypto/openssl.js'
import { CIPHER_SUITES } from '../cipher-suites.js'
import { APPLICATION_DATA, MAX_PLAINTEXT_BYTES, MAX_SEQUENCE, parseRecord } from '../record/record.js'
import { sealRecord } from '../record/record-protection.js'
import { AeadProtection, RECORD_OVERHEAD_BYTES } from './aead-protection.js'

const CRYPTOS = { 'node:crypto': nodeCrypto, OpenSSL: runtimeCrypto }
const CASES = CIPHER_SUITES.flatMap((suite) => Object.entries(CRYPTOS).map(([by, crypto]) => ({ suite, by, crypto })))

describe.each(CASES)('$suite.name by $by', ({ suite, crypto }) => {
  const keys = {
    key: new Uint8Array(suite.keyBytes).fill(7),
    fixedIv: Uint8Array.from({ length: suite.fixedIvBytes }, (_, i) => i),
  }
  const protection = new AeadProtection(crypto, suite, keys)

  test('what is sealed opens, whatever its epoch and number', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 1500 }),
        fc.integer({ min: 1, max: 0xffff }),
        fc.integer({ min: 0, max: MAX_SEQUENCE }),
        (plaintext, epoch, sequence) => {
          const sealed = sealRecord(protection, APPLICATION_DATA, epoch, sequence, plaintext)
          expect(sealed.length).toBe(plaintext.length + protection.overheadBytes)
          expect(protection.overheadBytes).toBeLessThanOrEqual(RECORD_OVERHEAD_BYTES)
          const record = parseRecord(sealed, 0)!
          expect(record).toMatchObject({ type: APPLICATION_DATA, epoch, sequence })
          expect(protection.open(record)?.fragment).toEqual(Uint8Array.from(plaintext))
        },
      ),
    )
  })

  test('no bit may change: header, nonce, ciphertext and tag are all authenticated', () => {
    const sealed = sealRecord(protection, APPLICATION_DATA, 1, 5, Uint8Array.of(1, 2, 3))
    for (let bit = 0; bit < sealed.length * 8; bit++) {
      const changed = sealed.slice()
      changed[bit >>> 3]! ^= 1 << (bit & 7)
      const record = parseRecord(changed, 0)
      expect(record && protection.open(record)).toBeUndefined()
    }
  })

  test('garbage and oversize are refused without a throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (fragment) => {
        const record = { type: 23, version: 0xfefd, epoch: 1, sequence: 1, fragment }
        expect(protection.open(record)).toBeUndefined()
      }),
    )
    const large = parseRecord(sealRecord(protection, 23, 1, 1, new Uint8Array(MAX_PLAINTEXT_BYTES + 1)), 0)!
    expect(protection.open(large)).toBeUndefined()
  })
})

test('nonces are epoch and sequence number', () => {
  const nonces: string[] = []
  const crypto = {
    ...nodeCrypto,
    aead: () => ({
      sealInPlace(nonce: Uint8Array) {
        nonces.push(Buffer.from(nonce).toString('hex'))
      },
      seal: () => new Uint8Array(16),
      open: () => undefined,
      release: () => {},
    }),
  }
  for (const [suite, fixedIv] of [
    [CIPHER_SUITES[0]!, Uint8Array.of(0xaa, 0xbb, 0xcc, 0xdd)],
    [CIPHER_SUITES[4]!, new Uint8Array(12).fill(0xff)],
  ] as const) {
    const protection = new AeadProtection(crypto, suite, { key: new Uint8Array(suite.keyBytes), fixedIv })
    sealRecord(protection, 23, 1, 0x020304050607, new Uint8Array(0))
  }
  expect(nonces).toEqual(['aabbccdd0001020304050607', 'fffffffffffefdfcfbfaf9f8'])
})
