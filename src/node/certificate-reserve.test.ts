import { expect, test } from 'vitest'
import type { LocalCertificate } from '../crypto/index.js'
import { CertificateReserve } from './certificate-reserve.js'

/** A reserve on a clock of the test, with certificates that are told apart by their serial number. */
function reserveOnTestClock() {
  let clock = 0
  let armedAt = Infinity
  let made = 0
  let isRefed = true
  let fire = (): void => {}
  const reserve = new CertificateReserve({
    make: () => ({ der: Uint8Array.of(++made) }) as unknown as LocalCertificate,
    now: () => clock,
    createTimer: (callback) => {
      fire = callback
      return { arm: (at) => (armedAt = at), unref: () => (isRefed = false) }
    },
  })
  return {
    take: () => reserve.take().der[0]!,
    counts: () => ({ made, isArmed: armedAt < Infinity, isRefed }),
    advance(millis: number) {
      const end = clock + millis
      while (armedAt <= end) {
        clock = armedAt
        armedAt = Infinity
        fire()
      }
      clock = end
    },
  }
}

test('nothing is made, and no timer runs, before the first connection', () => {
  const { counts } = reserveOnTestClock()
  expect(counts()).toEqual({ made: 0, isArmed: false, isRefed: false })
})

test('nobody gets what another one got; four are made ahead, soon after one was taken', () => {
  const { take, counts, advance } = reserveOnTestClock()
  const taken = [take(), take()]
  expect(counts()).toMatchObject({ made: 2, isArmed: true })
  advance(1000)
  expect(counts()).toMatchObject({ made: 6, isArmed: false })
  for (let i = 0; i < 4; i++) taken.push(take())
  expect(counts().made).toBe(6)
  taken.push(take())
  expect(counts().made).toBe(7)
  expect(new Set(taken).size).toBe(taken.length)
})

test('at most one is made in a turn of the event loop', () => {
  const { take, counts, advance } = reserveOnTestClock()
  take()
  for (let made = 2; made <= 5; made++) {
    advance(made === 2 ? 5 : 2)
    expect(counts().made).toBe(made)
  }
})

test('those of an hour ago are not handed out', () => {
  const { take, advance } = reserveOnTestClock()
  take()
  advance(1000)
  advance(60 * 60 * 1000)
  expect(take()).toBe(6)
})
