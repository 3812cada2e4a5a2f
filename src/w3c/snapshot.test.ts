import fc from 'fast-check'
import { expect, test } from 'vitest'
import { encodedText, snapshotOf } from './snapshot.js'

test('snapshots keep what they are of, whatever is sent after them', () => {
  const data = fc.uint8Array({ maxLength: 5000 })
  fc.assert(
    fc.property(fc.array(fc.oneof(data, fc.string({ unit: 'binary', maxLength: 2000 })), { maxLength: 50 }), (sent) => {
      const taken = sent.map((one) => {
        if (typeof one === 'string') return encodedText(one)
        const copy = snapshotOf(one)
        if (one.length > 0) expect(copy.buffer).not.toBe(one.buffer)
        return copy
      })
      const expected = sent.map((one) => (typeof one === 'string' ? new TextEncoder().encode(one) : one))
      expect(taken.map((one) => Buffer.from(one).toString('hex'))).toEqual(
        expected.map((one) => Buffer.from(one).toString('hex')),
      )
    }),
  )
})

test('of all kinds of buffers, and of views that begin somewhere', () => {
  const { buffer } = Uint8Array.of(1, 2, 3, 4, 5, 6)
  const taken = [
    snapshotOf(buffer),
    snapshotOf(new Uint16Array(buffer, 2, 1)),
    snapshotOf(new DataView(buffer, 5)),
    snapshotOf(Buffer.from(buffer, 1, 2)),
    snapshotOf(new ArrayBuffer(0)),
  ]
  new Uint8Array(buffer).fill(0)
  expect(taken.map((one) => [...one])).toEqual([[1, 2, 3, 4, 5, 6], [3, 4], [6], [2, 3], []])
  expect(taken.every((one) => Object.getPrototypeOf(one) === Uint8Array.prototype)).toBe(true)
})

test('a hundred small messages share memory', () => {
  const memories = new Set(Array.from({ length: 100 }, (_, i) => snapshotOf(new Uint8Array(100).fill(i)).buffer))
  for (let i = 0; i < 100; i++) memories.add(encodedText(`message ${i}`).buffer)
  expect(memories.size).toBeLessThanOrEqual(2)
})
