import fc from 'fast-check'
import { expect, test } from 'vitest'
import { CollectionPace } from './collection-pace.js'

const MIB = 2 ** 20

test('short messages, and a heap whose young objects have little room, need nothing', () => {
  const pace = new CollectionPace(() => 64 * MIB)
  for (let i = 0; i < 100_000; i++) pace.received(4095)
  expect(pace.taken).toBe(0)
  const small = new CollectionPace(() => 4 * MIB)
  for (let i = 0; i < 10_000; i++) small.received(65_536)
  expect(small.taken).toBe(0)
})

test('the more room young objects have, the more is taken, whatever the lengths of messages', () => {
  const lengths = fc.array(fc.integer({ min: 4096, max: MIB / 2 }), { minLength: 20, maxLength: 40 })
  fc.assert(
    fc.property(lengths, (bytes) => {
      const taken = [8, 16, 32].map((room) => {
        const pace = new CollectionPace(() => room * MIB)
        for (const length of bytes) pace.received(length)
        return pace.taken
      })
      const sum = bytes.reduce((total, length) => total + length, 0)
      // Six mebibytes of messages come with four fifths of the room, less what they take anyway.
      const expected = [8, 16, 32].map((room) => Math.floor((sum * ((0.8 * room) / 6 - 0.6)) / 230_000))
      expect(taken.every((count, i) => Math.abs(count - expected[i]!) <= 1)).toBe(true)
    }),
    { numRuns: 20 },
  )
})

test('looks again as the room changes, and not with every message', () => {
  let looks = 0
  let room = 4 * MIB
  const pace = new CollectionPace(() => (looks++, room))
  for (let i = 0; i < 500; i++) pace.received(65_536)
  expect([looks, pace.taken]).toEqual([1, 0])
  room = 16 * MIB
  for (let i = 0; i < 1000; i++) pace.received(65_536)
  expect(looks).toBe(3)
  expect(pace.taken).toBeGreaterThan(0)
})

test('one long message does not fill the heap', () => {
  const pace = new CollectionPace(() => 32 * MIB)
  pace.received(1024 * MIB)
  expect(pace.taken).toBeLessThan(30)
})
