import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DTLS_1_2 } from '../code-points.js'
import { PlaintextProtection } from './plaintext-protection.js'
import { MAX_SEQUENCE, parseRecord, RECORD_HEADER_BYTES } from './record.js'
import { RecordLayer } from './record-layer.js'
import { sealRecord } from './record-protection.js'
import { REPLAY_WINDOW_RECORDS, ReplayWindow } from './replay-window.js'

const plaintext = new PlaintextProtection(DTLS_1_2)

test('parseRecord takes anything without a throw, and never more than is there', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(100), (bytes, offset) => {
      const record = parseRecord(bytes, offset)
      if (record === undefined) return
      expect(offset + RECORD_HEADER_BYTES + record.fragment.length).toBeLessThanOrEqual(bytes.length)
    }),
  )
})

test('records are read back as they were written', () => {
  fc.assert(
    fc.property(
      fc.nat(255),
      fc.nat(0xffff),
      fc.integer({ min: 0, max: MAX_SEQUENCE }),
      fc.uint8Array({ maxLength: 50 }),
      (type, epoch, sequence, body) => {
        const fragment = Uint8Array.from(body)
        const record = parseRecord(sealRecord(plaintext, type, epoch, sequence, fragment), 0)
        expect(record).toEqual({ type, version: DTLS_1_2, epoch, sequence, fragment })
      },
    ),
  )
})

describe('RecordLayer', () => {
  test('sequence numbers never wrap: the last one is used once, then nothing is sealed', () => {
    const layer = new RecordLayer(plaintext)
    layer.addWriteEpoch(1, plaintext, MAX_SEQUENCE)
    expect(parseRecord(layer.seal(1, 23, new Uint8Array(1))!, 0)?.sequence).toBe(MAX_SEQUENCE)
    expect(layer.seal(1, 23, new Uint8Array(1))).toBeUndefined()
    expect(layer.seal(1, 23, new Uint8Array(1))).toBeUndefined()
  })

  test('a forged record does not move the replay window', () => {
    const layer = new RecordLayer(plaintext)
    layer.addReadEpoch(1, {
      overheadBytes: 13,
      headBytes: 13,
      sealInPlace: () => {},
      release: () => {},
      open: (record) => (record.fragment[0] === 1 ? record : undefined),
    })
    const record = { type: 23, version: DTLS_1_2, epoch: 1, sequence: 5, fragment: Uint8Array.of(1) }
    expect(layer.open({ ...record, sequence: MAX_SEQUENCE, fragment: Uint8Array.of(0) })).toBe('forged')
    expect(layer.forgedRecords).toBe(1)
    expect(layer.open(record)).toEqual(record)
    expect(layer.open(record)).toBe('replayed')
    expect(layer.open({ ...record, epoch: 2 })).toBe('noKeys')
  })
})

describe('ReplayWindow', () => {
  test('agrees with a set of all numbers seen, for any order', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -40, max: 400 }), { maxLength: 200 }), fc.nat(2 ** 40), (steps, start) => {
        const window = new ReplayWindow()
        const seen = new Set<number>()
        let highest = -1
        let at = start
        for (const step of steps) {
          at = Math.max(0, at + step)
          const tooOld = at <= highest - REPLAY_WINDOW_RECORDS
          expect(window.isNew(at)).toBe(!tooOld && !seen.has(at))
          if (tooOld || seen.has(at)) continue
          window.mark(at)
          seen.add(at)
          highest = Math.max(highest, at)
        }
      }),
      { numRuns: 300 },
    )
  })
})
