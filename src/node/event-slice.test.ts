import { describe, expect, test } from 'vitest'
import { EventSlice } from './event-slice.js'

/** A clock that counts how often somebody looks at it. */
class Clock {
  time = 0
  looks = 0

  now(): number {
    this.looks++
    return this.time
  }
}

/** Tells events that take so long until the slice is over; how many there were. */
function tell(slice: EventSlice, clock: Clock, millisOf: (event: number) => number): number {
  slice.begin()
  slice.resume(clock.time, clock.time + 4)
  for (let event = 1; ; event++) {
    clock.time += millisOf(event)
    if (slice.isOver(clock)) return event
  }
}

describe('the events of a slice', () => {
  test('look at the clock every eighth time where listeners are quick', () => {
    const clock = new Clock()
    expect(tell(new EventSlice(), clock, () => 0.005)).toBeGreaterThanOrEqual(800)
    expect(clock.time).toBeLessThan(4.1)
    expect(clock.looks).toBeLessThanOrEqual(Math.ceil(808 / 8) + 3)
  })

  test('each time where they are slow', () => {
    const clock = new Clock()
    expect(tell(new EventSlice(), clock, () => 0.5)).toBe(8)
    expect(clock.looks).toBe(8)
  })

  test('and again each time once they are: seven of them go unnoticed at most', () => {
    const clock = new Clock()
    const slice = new EventSlice()
    tell(slice, clock, () => 0.005)
    expect(tell(slice, clock, () => 1)).toBeLessThanOrEqual(8)
    expect(tell(slice, clock, () => 1)).toBe(4)
  })

  test('have a millisecond where the slice is over already, and end by their count where the clock stands still', () => {
    const clock = new Clock()
    const slice = new EventSlice()
    slice.begin()
    slice.resume(10, 5)
    clock.time = 10.9
    expect(slice.isOver(clock)).toBe(false)
    clock.time = 11
    expect(slice.isOver(clock)).toBe(true)
    expect(tell(new EventSlice(), clock, () => 0)).toBe(1024)
  })
})
