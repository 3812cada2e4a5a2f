import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { advantage, jainIndex, median, percentile, slope, spread } from './statistics.js'

describe('median and percentiles', () => {
  test('the middle of an odd number, the mean of the middle two of an even number', () => {
    expect(median([9, 1, 5])).toBe(5)
    expect(median([1, 9, 5, 2])).toBe(3.5)
    expect(median([7])).toBe(7)
    expect(median([])).toBeNaN()
  })

  test('percentiles by nearest rank are values that were measured', () => {
    const hundred = Array.from({ length: 100 }, (_, at) => at + 1)
    expect(percentile(hundred, 50)).toBe(50)
    expect(percentile(hundred, 99)).toBe(99)
    expect(percentile(hundred, 100)).toBe(100)
    expect(percentile(hundred, 0)).toBe(1)
    expect(percentile([3], 99)).toBe(3)
    fc.assert(
      fc.property(fc.array(fc.double({ noNaN: true }), { minLength: 1 }), fc.nat(100), (values, percent) =>
        values.includes(percentile(values, percent)),
      ),
    )
  })

  test('the order of values does not matter, and they stay as they are', () => {
    const values = [3, 1, 2]
    expect(spread(values)).toEqual({ median: 2, min: 1, max: 3 })
    expect(values).toEqual([3, 1, 2])
  })

  test('numbers are not sorted as text', () => {
    expect(median([10, 9, 100])).toBe(10)
  })
})

describe('Jain’s index', () => {
  test('one for equal shares, 1/n when one has everything', () => {
    expect(jainIndex([5, 5, 5])).toBe(1)
    expect(jainIndex([9, 0, 0])).toBeCloseTo(1 / 3)
    expect(jainIndex([3, 1])).toBeCloseTo(0.8)
    expect(jainIndex([0, 0])).toBeNaN()
  })

  test('between 1/n and 1, whatever the scale', () => {
    const shares = fc.array(fc.integer({ min: 1, max: 1_000_000 }), { minLength: 1, maxLength: 20 })
    fc.assert(
      fc.property(shares, (values) => {
        const index = jainIndex(values)
        expect(index).toBeGreaterThanOrEqual(1 / values.length - 1e-9)
        expect(index).toBeLessThanOrEqual(1 + 1e-9)
        expect(jainIndex(values.map((value) => value * 3))).toBeCloseTo(index)
      }),
    )
  })
})

test('the slope of a line, and of points around it', () => {
  expect(slope([[0, 1], [1, 3], [2, 5]])).toBeCloseTo(2) // prettier-ignore
  expect(slope([[0, 4], [10, 4], [20, 4]])).toBe(0) // prettier-ignore
  expect(slope([[0, 0], [1, 2], [2, 2], [3, 4]])).toBeCloseTo(1.2) // prettier-ignore
})

test('better is above one in either direction', () => {
  expect(advantage(300, 100, 'higher')).toBe(3)
  expect(advantage(5, 20, 'lower')).toBe(4)
  expect(advantage(20, 5, 'lower')).toBe(0.25)
})
