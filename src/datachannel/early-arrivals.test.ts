import { expect, test } from 'vitest'
import { EarlyArrivals } from './early-arrivals.js'

const message = (bytes: number) => ({ type: 'message', ppid: 53, data: new Uint8Array(bytes) }) as const

test('SECURITY 9: 1024 arrivals are held, resets among them, and room that is given back is there again', () => {
  const early = new EarlyArrivals()
  for (let i = 0; i < 1024; i++) expect(early.hold(i, i % 2 === 0 ? message(1) : { type: 'reset' })).toBe(true)
  expect(early.hold(0, { type: 'reset' })).toBe(false)
  expect(early.takeAll(0)).toHaveLength(1)
  expect(early.hold(0, message(1))).toBe(true)
  expect(early.hold(0, message(1))).toBe(false)
})

test('SECURITY 9: 1,048,576 bytes are held, over all streams', () => {
  const early = new EarlyArrivals()
  for (let i = 0; i < 4; i++) expect(early.hold(i, message(262_144))).toBe(true)
  expect(early.hold(9, message(1))).toBe(false)
  early.discard(2)
  expect(early.hold(9, message(262_145))).toBe(false)
  expect(early.hold(9, message(262_144))).toBe(true)
})
