import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SequenceUnwrapper } from './index.js'

test('a counter that wraps keeps growing', () => {
  const unwrapper = new SequenceUnwrapper(16)
  expect(unwrapper.unwrap(65_534)).toBe(65_534)
  expect(unwrapper.unwrap(1)).toBe(65_537)
  expect(unwrapper.unwrap(65_535)).toBe(65_535) // a late one, from before the wrap
  expect(unwrapper.unwrap(2)).toBe(65_538)
})

test('peek() does not move what is nearest', () => {
  const unwrapper = new SequenceUnwrapper(32)
  unwrapper.unwrap(10)
  expect(unwrapper.peek(2 ** 31)).toBe(2 ** 31)
  expect(unwrapper.unwrap(2 ** 32 - 1)).toBe(-1)
})

test('steps below half of the circle, either way, are recovered exactly', () => {
  for (const bits of [8, 16, 32, 48]) {
    const modulus = 2 ** bits
    fc.assert(
      fc.property(
        fc.nat(modulus - 1),
        fc.array(fc.integer({ min: -Math.floor(modulus / 8), max: Math.floor(modulus / 4) }), { maxLength: 30 }),
        (start, steps) => {
          const unwrapper = new SequenceUnwrapper(bits)
          let highest = unwrapper.unwrap(start)
          for (const step of steps) {
            const value = highest + step
            if (value < 0) continue
            expect(unwrapper.unwrap(value % modulus)).toBe(value)
            highest = Math.max(highest, value)
          }
        },
      ),
    )
  }
})
