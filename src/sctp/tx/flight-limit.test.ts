import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { block, ordered, Pair } from '../association.test-support.js'
import { FlightLimit } from './flight-limit.js'

const LEAST = 524_288
const BESIDE = 196_608
const MIB = 1024 * 1024

/** A peer that takes `bytes(inFlight)` per millisecond; the application has always more. Tells what was in flight each millisecond. */
function course(limit: FlightLimit, seconds: number, bytes: (inFlight: number) => number, roundTrip = 1): number[] {
  const inFlight: number[] = []
  for (let now = 0; now < seconds * 1000; now++) {
    limit.heldBack()
    limit.acknowledged(now, bytes(limit.bytes), roundTrip)
    inFlight.push(limit.bytes)
  }
  return inFlight
}

describe('what may be in flight where nothing is paced', () => {
  test('is the least where more does not bring more, but for a trial now and then', () => {
    const inFlight = course(new FlightLimit(), 10, () => 200_000)
    expect(Math.max(...inFlight)).toBe(1.5 * LEAST)
    expect(inFlight.filter((bytes) => bytes > LEAST).length).toBeLessThan(inFlight.length / 8)
    expect(inFlight.filter((bytes) => bytes > LEAST).length).toBeGreaterThan(0)
  })

  test('is what arrives in two milliseconds, where that is more, and less again when less arrives', () => {
    const limit = new FlightLimit()
    const fast = course(limit, 5, () => 400_000).slice(1000)
    expect(fast.filter((bytes) => bytes === 800_000).length).toBeGreaterThan(0.85 * fast.length)
    const fastest = course(new FlightLimit(), 5, () => 1_500_000).slice(1000)
    expect(fastest.filter((bytes) => bytes === MIB).length).toBeGreaterThan(0.85 * fastest.length)
    const slow = course(limit, 20, () => 100_000).slice(-3000) // its clock begins anew
    expect(slow.filter((bytes) => bytes === LEAST).length).toBeGreaterThan(0.85 * slow.length)
  })

  test('is less at once when a short message waits beside, and until none has for two seconds', () => {
    const limit = new FlightLimit()
    expect(course(limit, 2, () => 400_000).at(-1)).toBe(800_000)
    limit.shortBeside(2000)
    expect([limit.bytes, limit.bytesForShort]).toEqual([BESIDE, 800_000 + 65_536])
    limit.acknowledged(2000, 500_000, 1)
    expect([limit.bytes, limit.bytesForShort]).toEqual([BESIDE, 300_000 + 65_536])
    limit.acknowledged(2000, 500_000, 1)
    expect([limit.bytes, limit.bytesForShort]).toEqual([BESIDE, BESIDE + 65_536])
    const seen = new Set<number>()
    for (let now = 2000; now < 6000; now++) {
      if (now === 3000) limit.shortBeside(now)
      limit.heldBack()
      limit.acknowledged(now, 400_000, 1)
      if (now === 4999) expect(Math.max(...seen)).toBeLessThanOrEqual(1.5 * BESIDE)
      seen.add(limit.bytes)
    }
    expect(limit.bytes).toBeGreaterThanOrEqual(LEAST)
  })

  test('grows beside short messages, too, where the peer reads seldom', () => {
    const limit = new FlightLimit()
    let now = 0
    for (; now < 8000; now++) {
      limit.shortBeside(now)
      limit.heldBack()
      limit.acknowledged(now, Math.min(limit.bytes / 10, 300_000), 10)
    }
    expect(limit.bytes).toBeGreaterThan(MIB)
  })

  test('is never less than the least, whatever happens', () => {
    const happening = fc.record({
      what: fc.constantFrom('acknowledged', 'heldBack', 'shortBeside', 'restart'),
      afterMillis: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 30 }), fc.integer({ min: 100, max: 5000 })),
      bytes: fc.nat(2_000_000),
    })
    fc.assert(
      fc.property(fc.array(happening, { maxLength: 400 }), (happenings) => {
        const limit = new FlightLimit()
        let now = 0
        let besideUntil = -Infinity
        for (const { what, afterMillis, bytes } of happenings) {
          now += afterMillis
          if (what === 'acknowledged') limit.acknowledged(now, bytes, 1)
          else if (what === 'heldBack') limit.heldBack()
          else if (what === 'shortBeside') {
            limit.shortBeside(now)
            besideUntil = now + 2000
          } else limit.restart()
          expect(limit.bytes).toBeGreaterThanOrEqual(BESIDE)
          if (what === 'acknowledged' && now >= besideUntil) expect(limit.bytes).toBeGreaterThanOrEqual(LEAST)
          expect(limit.bytesForShort).toBeGreaterThanOrEqual(limit.bytes + 65_536)
        }
      }),
    )
  })

  test('grows where the peer reads only every ten milliseconds, within seconds to what it can take', () => {
    const inFlight = course(new FlightLimit(), 5, (flight) => Math.min(flight / 10, 300_000), 10)
    const latest = Math.max(...inFlight.slice(-1000))
    expect(latest).toBeGreaterThan(2 * MIB)
    expect(latest).toBeLessThan(6 * MIB)
  })

  test('is given back when the peer reads often again', () => {
    const limit = new FlightLimit()
    course(limit, 5, (flight) => Math.min(flight / 10, 300_000), 10)
    const inFlight = course(limit, 20, () => 200_000)
    expect(inFlight.at(-1)).toBeLessThanOrEqual(1.5 * LEAST)
  })

  test('is not changed by a sender that it does not hold back, nor by pauses', () => {
    const limit = new FlightLimit()
    for (let now = 0; now < 10_000; now++) limit.acknowledged(now, 200_000, 1)
    expect(limit.bytes).toBe(LEAST)
    for (let now = 10_000; now < 100_000; now += 500) {
      limit.heldBack()
      limit.acknowledged(now, 200_000, 1)
      expect(limit.bytes).toBe(LEAST)
    }
  })

  test('begins anew on another path', () => {
    const limit = new FlightLimit()
    course(limit, 5, (flight) => flight / 10, 10)
    expect(limit.bytes).toBeGreaterThan(LEAST)
    limit.restart()
    expect(limit.bytes).toBe(LEAST)
  })
})

/** The most that was in flight while 32 MiB were sent through a bottleneck that takes 64 MB before it loses anything. */
function mostInFlight(rttMillis: number, bytesPerMilli: number): number {
  const pair = new Pair({ rttMillis, bottleneck: { bytesPerMilli, queueBytes: 64e6 } }).connected()
  const data = block(256 * 1024, 1)
  for (let i = 0; i < 128; i++) pair.a.association.send(pair.now, ordered(0, data))
  let most = 0
  const isDone = () => {
    most = Math.max(most, pair.a.association.holdings.flightBytes)
    return pair.b.messages.length === 128
  }
  expect(pair.run(isDone)).toBe(true)
  return most
}

describe('on a path of 0.5 ms whose queue is bottomless', () => {
  test('little is in flight, and what waits at once is sent at once', () => {
    expect(mostInFlight(0.5, 100_000)).toBeLessThanOrEqual(1.5 * LEAST + 1200)
  })

  test('a short message goes at once, however much of another stream is in flight, and then there is less of that', () => {
    const pair = new Pair({ rttMillis: 0.5, bottleneck: { bytesPerMilli: 100_000, queueBytes: 64e6 } }).connected()
    const { association } = pair.a
    const data = block(256 * 1024, 1)
    for (let i = 0; i < 128; i++) association.send(pair.now, ordered(0, data))
    const flight = (): number => association.holdings.flightBytes
    pair.run(() => false, 50)
    expect(flight()).toBeGreaterThanOrEqual(LEAST)
    expect(association.pollTransmit(pair.now)).toBeUndefined() // held back
    association.send(pair.now, ordered(1, block(100, 2)))
    const before = flight()
    pair.pump()
    expect(flight()).toBe(before + 100)
    let most = 0
    const settledAt = pair.now + 20
    const isAnswered = (): boolean => {
      if (pair.now > settledAt) most = Math.max(most, flight())
      return pair.b.messages.length === 129
    }
    expect(pair.run(isAnswered)).toBe(true)
    expect(most).toBeGreaterThan(0)
    expect(most).toBeLessThanOrEqual(1.5 * BESIDE + 1200)
  })

  test('which is no limit where the round trip is real', () => {
    expect(mostInFlight(40, 100_000)).toBeGreaterThan(2 * MIB)
  })
})
