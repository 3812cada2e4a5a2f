import fc from 'fast-check'
import { expect, test } from 'vitest'
import { COARSE_TICK_MILLIS, nextCoarseTick, randomCoarseTick } from './index.js'

test('the next point of the grid', () => {
  expect([0, 0.5, 250, 250.001, 499].map(nextCoarseTick)).toEqual([0, 250, 250, 500, 500])
})

test('a random one is on the grid and within its bounds, wherever these are', () => {
  fc.assert(
    fc.property(
      fc.nat(1e9).map((micros) => micros / 1000),
      fc.integer({ min: COARSE_TICK_MILLIS, max: 1e5 }),
      fc.double({ min: 0, max: 1, noNaN: true }),
      (earliest, span, random) => {
        const at = randomCoarseTick(earliest, earliest + span, random)
        expect(at % COARSE_TICK_MILLIS).toBe(0)
        expect(at).toBeGreaterThanOrEqual(earliest)
        expect(at).toBeLessThanOrEqual(earliest + span)
      },
    ),
  )
})

test('every point is as likely as the others', () => {
  const counts = new Map<number, number>()
  for (let i = 0; i < 900; i++) {
    const at = randomCoarseTick(4000, 6000, i / 900)
    counts.set(at, (counts.get(at) ?? 0) + 1)
  }
  expect([...counts.keys()]).toEqual(Array.from({ length: 9 }, (_, i) => 4000 + 250 * i))
  for (const count of counts.values()) expect(count).toBe(100)
  expect(randomCoarseTick(4000, 6000, 1)).toBe(6000)
})
