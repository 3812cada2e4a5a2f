import { describe, expect, test } from 'vitest'
import { block, ordered, Pair } from '../association.test-support.js'
import { RoundTripCheck } from './round-trip-check.js'

const MIB = 2 ** 20
const PACKET = 1000
const path = (minRoundTrip: number) => ({ minRoundTrip, packetBytes: PACKET })

/** Has sent much for as long as it takes until the check drains; the time then. */
function drain(check: RoundTripCheck, from: number): number {
  for (let now = from; now < from + 60_000; now++) {
    check.sending(now, 100 * PACKET, path(10))
    if (check.limitBytes(PACKET) < Infinity) return now
  }
  return Infinity
}

describe('the check of a round trip', () => {
  test('has four packets in flight until one that was sent among them was answered', () => {
    const check = new RoundTripCheck()
    expect(drain(check, 1000)).toBe(1200)
    check.acknowledged(1205, 50 * PACKET, PACKET, 50, 100)
    expect(check.limitBytes(PACKET)).toBe(4 * PACKET)
    check.acknowledged(1210, 4 * PACKET, PACKET, 96, 100)
    check.acknowledged(1211, 0, PACKET, 100, 100)
    expect(check.limitBytes(PACKET)).toBe(4 * PACKET)
    check.acknowledged(1221, 0, PACKET, 101, 104)
    expect(check.limitBytes(PACKET)).toBe(Infinity)
  })

  test('comes back later and later, but at least every ten seconds', () => {
    const check = new RoundTripCheck()
    const intervals: number[] = []
    for (let now = 0, i = 0; i < 6; i++) {
      const at = drain(check, now)
      intervals.push(at - now)
      check.acknowledged(at, 0, PACKET, 1, 1)
      check.acknowledged(at, 0, PACKET, 2, 2)
      now = at
    }
    expect(intervals).toEqual([200, 800, 3200, 10_000, 10_000, 10_000])
  })

  test('is not for long round trips, nor where little is in flight anyway', () => {
    const check = new RoundTripCheck()
    for (let now = 0; now < 60_000; now++) check.sending(now, 100 * PACKET, path(40))
    for (let now = 0; now < 60_000; now++) check.sending(now, 4 * PACKET, path(10))
    expect(check.limitBytes(PACKET)).toBe(Infinity)
  })

  test('begins anew with the path', () => {
    const check = new RoundTripCheck()
    expect(drain(check, 0)).toBe(200)
    check.restart()
    expect(check.limitBytes(PACKET)).toBe(Infinity)
    expect(drain(check, 1000)).toBe(1200)
  })
})

/** How much is in flight at last on a path through a bottomless queue, which takes longer at first: as long as code is compiled. */
function flightAtLast(rttMillis: number, extraMillis: number): number {
  const pair = new Pair({ rttMillis, bottleneck: { bytesPerMilli: 50_000, queueBytes: 64e6 } })
  const from = pair.now
  // It becomes shorter so slowly that nothing overtakes what was sent before.
  pair.delay = (_, to) => (to === pair.b ? Math.max(0, extraMillis - Math.max(0, pair.now - from - 100) / 5) : 0)
  pair.connected()
  const data = block(256 * 1024, 1)
  for (let i = 0; i < 160; i++) pair.a.association.send(pair.now, ordered(0, data))
  let most = 0
  const isDone = () => {
    if (pair.b.messages.length > 140) most = Math.max(most, pair.a.association.holdings.flightBytes)
    return pair.b.messages.length === 160
  }
  expect(pair.run(isDone)).toBe(true)
  return most
}

describe('a path that seemed longer than it is', () => {
  test('is known for what it is a moment later', () => {
    expect(flightAtLast(0.5, 8)).toBeLessThan(MIB)
  })

  test('and one that is as long has its window', () => {
    expect(flightAtLast(14, 0)).toBeGreaterThan(MIB)
  })
})
