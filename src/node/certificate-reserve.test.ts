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
  const tasks: (() => void)[] = []
  const reserve = new CertificateReserve({
    make: () => ({ der: Uint8Array.of(++made) }) as unknown as LocalCertificate,
    now: () => clock,
    createTimer: (callback) => {
      fire = callback
      return { arm: (at) => (armedAt = at), unref: () => (isRefed = false) }
    },
    queueTask: (callback) => tasks.push(callback),
  })
  return {
    take: () => reserve.take().der[0]!,
    replenish: () => reserve.replenish(),
    runTasks: () => tasks.splice(0).forEach((task) => task()),
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

test('nobody gets what another one got; a burst of twenty is made ahead', () => {
  const { take, counts, advance } = reserveOnTestClock()
  const taken = [take(), take()]
  expect(counts()).toMatchObject({ made: 2, isArmed: true })
  advance(1000)
  expect(counts()).toMatchObject({ made: 22, isArmed: false })
  for (let i = 0; i < 20; i++) taken.push(take())
  expect(counts().made).toBe(22)
  taken.push(take())
  expect(counts().made).toBe(23)
  expect(new Set(taken).size).toBe(taken.length)
})

test('none is made while connections are, and then at most one in a turn of the event loop', () => {
  const { take, counts, advance } = reserveOnTestClock()
  for (let taken = 1; taken <= 10; taken++) {
    take()
    advance(24)
    expect(counts().made).toBe(taken)
  }
  for (let made = 11; made <= 30; made++) {
    advance(made === 11 ? 1 : 2)
    expect(counts().made).toBe(made)
  }
})

test('connections that follow one another make each other one, in a task of its own, while they wait', () => {
  const { take, replenish, runTasks, counts, advance } = reserveOnTestClock()
  for (let taken = 1; taken <= 10; taken++) {
    expect(take()).toBe(taken)
    replenish()
    expect(counts().made).toBe(taken)
    runTasks()
    expect(counts().made).toBe(taken + 1)
    advance(5)
  }
})

test('where some are left that waits until there is time', () => {
  const { take, replenish, runTasks, counts, advance } = reserveOnTestClock()
  take()
  advance(1000)
  for (let taken = 0; taken < 20; taken++) {
    replenish()
    runTasks()
    take()
  }
  expect(counts().made).toBe(25)
  replenish()
  runTasks()
  advance(1000)
  expect(counts()).toMatchObject({ made: 41, isArmed: false })
})

test('those of an hour ago are not handed out', () => {
  const { take, advance } = reserveOnTestClock()
  take()
  advance(1000)
  advance(60 * 60 * 1000)
  expect(take()).toBe(22)
})
