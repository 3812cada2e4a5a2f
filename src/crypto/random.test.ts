import { expect, test } from 'vitest'
import { nodeCrypto } from './node.js'

test('random bytes are new every time, of any length, in memory of their own', () => {
  const seen = new Set<string>()
  for (let i = 0; i < 2000; i++) {
    const bytes = nodeCrypto.randomBytes(8 + (i % 40)) // below and above what is taken out of the pool
    expect(bytes).toHaveLength(8 + (i % 40))
    expect(bytes.buffer.byteLength).toBe(bytes.length)
    seen.add(bytes.subarray(0, 8).join())
  }
  expect(seen.size).toBe(2000)
  expect(nodeCrypto.randomBytes(0)).toHaveLength(0)
})

test('every bit of them is as often one as zero, across refills of the pool', () => {
  const ones = new Array<number>(96).fill(0)
  const draws = 4000
  for (let i = 0; i < draws; i++) {
    const bytes = nodeCrypto.randomBytes(12)
    for (let bit = 0; bit < 96; bit++) ones[bit]! += (bytes[bit >> 3]! >> (bit & 7)) & 1
  }
  // Eight standard deviations of √4000 / 2 = 31.6.
  for (const count of ones) expect(Math.abs(count - draws / 2)).toBeLessThan(253)
})
