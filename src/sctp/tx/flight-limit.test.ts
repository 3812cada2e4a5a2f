import { describe, expect, test } from 'vitest'
import { block, ordered, Pair } from '../association.test-support.js'
import { FlightLimit } from './flight-limit.js'

const LEAST = 524_288
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
    const inFlight = course(new FlightLimit(), 10, () => 300_000)
    expect(Math.max(...inFlight)).toBe(1.5 * LEAST)
    expect(inFlight.filter((bytes) => bytes > LEAST).length).toBeLessThan(inFlight.length / 8)
    expect(inFlight.filter((bytes) => bytes > LEAST).length).toBeGreaterThan(0)
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
    const inFlight = course(limit, 20, () => 300_000)
    expect(inFlight.at(-1)).toBeLessThanOrEqual(1.5 * LEAST)
  })

  test('is not changed by a sender that it does not hold back, nor by pauses', () => {
    const limit = new FlightLimit()
    for (let now = 0; now < 10_000; now++) limit.acknowledged(now, now * 100, 1)
    expect(limit.bytes).toBe(LEAST)
    for (let now = 10_000; now < 100_000; now += 500) {
      limit.heldBack()
      limit.acknowledged(now, now * 100, 1)
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

  test('which is no limit where the round trip is real', () => {
    expect(mostInFlight(40, 100_000)).toBeGreaterThan(2 * MIB)
  })
})
