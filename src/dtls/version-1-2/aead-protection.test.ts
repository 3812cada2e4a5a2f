import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { nodeCrypto } from '../../crypto/node.js'
import { CIPHER_SUITES } from '../cipher-suites.js'
import { APPLICATION_DATA, MAX_PLAINTEXT_BYTES, MAX_SEQUENCE, parseRecord } from '../record/record.js'
import { AeadProtection, RECORD_OVERHEAD_BYTES } from './aead-protection.js'

describe.each(CIPHER_SUITES)('$name', (suite) => {
  const keys = {
    key: new Uint8Array(suite.keyBytes).fill(7),
    fixedIv: Uint8Array.from({ length: suite.fixedIvBytes }, (_, i) => i),
  }
  const protection = new AeadProtection(nodeCrypto, suite, keys)

  test('what is sealed opens, whatever its epoch and number', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 1500 }),
        fc.integer({ min: 1, max: 0xffff }),
        fc.integer({ min: 0, max: MAX_SEQUENCE }),
        (plaintext, epoch, sequence) => {
          const sealed = protection.seal(APPLICATION_DATA, epoch, sequence, plaintext)
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
    const sealed = protection.seal(APPLICATION_DATA, 1, 5, Uint8Array.of(1, 2, 3))
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
    const large = parseRecord(protection.seal(23, 1, 1, new Uint8Array(MAX_PLAINTEXT_BYTES + 1)), 0)!
    expect(protection.open(large)).toBeUndefined()
  })
})

test('nonces are epoch and sequence number', () => {
  const nonces: string[] = []
  const crypto = {
    ...nodeCrypto,
    aead: () => ({
      seal(nonce: Uint8Array) {
        nonces.push(Buffer.from(nonce).toString('hex'))
        return new Uint8Array(16)
      },
      open: () => undefined,
    }),
  }
  for (const [suite, fixedIv] of [
    [CIPHER_SUITES[0]!, Uint8Array.of(0xaa, 0xbb, 0xcc, 0xdd)],
    [CIPHER_SUITES[4]!, new Uint8Array(12).fill(0xff)],
  ] as const) {
    const protection = new AeadProtection(crypto, suite, { key: new Uint8Array(suite.keyBytes), fixedIv })
    protection.seal(23, 1, 0x020304050607, new Uint8Array(0))
  }
  expect(nonces).toEqual(['aabbccdd0001020304050607', 'fffffffffffefdfcfbfaf9f8'])
})
