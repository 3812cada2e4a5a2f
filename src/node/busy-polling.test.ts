import { describe, expect, test } from 'vitest'
import { BusyPolling, busyPollingOf } from './busy-polling.js'
import type { Io } from './io.js'
import { nodeIo } from './node-io.js'

/** An event loop that takes 4 µs a turn while it has tasks, and sleeps otherwise. */
class Loop implements Pick<Io, 'now' | 'queueTask' | 'yieldCore'> {
  time = 1000
  yields = 0
  yieldMillis = 0
  #tasks: (() => void)[] = []

  now(): number {
    return this.time
  }

  queueTask(callback: () => void): void {
    this.#tasks.push(callback)
  }

  yieldCore(): void {
    this.yields++
    this.time += this.yieldMillis
  }

  get isAwake(): boolean {
    return this.#tasks.length > 0
  }

  /** Turns until the loop sleeps, or it is that time. */
  runUntil(end: number): void {
    while (this.isAwake && this.time < end) {
      this.time += 0.004
      for (const task of this.#tasks.splice(0)) task()
    }
    this.time = Math.max(this.time, end)
  }
}

function polling() {
  const loop = new Loop()
  const busy = new BusyPolling(loop as unknown as Io)
  const roundTrips = (count: number, after: number, by: object, isPlain = false): void => {
    for (let i = 0; i < count; i++) {
      busy.sent(by, isPlain)
      loop.runUntil(loop.time + after)
      busy.received(by)
    }
  }
  return { loop, busy, roundTrips }
}

describe('busy polling', () => {
  const [one, other] = [{}, {}]

  test('keeps the loop awake until the answer comes, and for no moment longer', () => {
    const { loop, busy, roundTrips } = polling()
    roundTrips(8, 0.1, one)
    expect(busy.turns).toBe(0)
    roundTrips(1000, 0.02, one)
    expect(busy.turns).toBeGreaterThan(4 * 1000)
    const { turns } = busy
    loop.runUntil(loop.time + 1000)
    expect(busy.turns).toBeLessThanOrEqual(turns + 1)
    expect(loop.isAwake).toBe(false)
  })

  test('what is not answered is awaited for as long as the window is', () => {
    const { loop, busy, roundTrips } = polling()
    roundTrips(100, 0.05, one)
    busy.sent(one, false)
    const { turns } = busy
    loop.runUntil(loop.time + 1000)
    expect(busy.turns - turns).toBeLessThanOrEqual(1 + 0.1 / 0.004)
    expect(loop.isAwake).toBe(false)
  })

  test('nobody else, and nothing but a conversation, is waited for', () => {
    const { loop, busy, roundTrips } = polling()
    for (let i = 0; i < 10_000; i++) {
      busy.sent(one, false)
      loop.runUntil(loop.time + 0.06)
      busy.sent(other, false)
      loop.runUntil(loop.time + 0.06)
      busy.received(one)
      busy.received(other)
    }
    for (let i = 0; i < 10_000; i++) {
      busy.sent(one, false)
      loop.runUntil(loop.time + 0.06)
      busy.sentMany()
      busy.received(one)
    }
    expect(busy.turns).toBe(0)
    roundTrips(8, 0.1, one)
    busy.sent(one, false)
    expect(loop.isAwake).toBe(true)
    busy.leave(one)
    loop.runUntil(loop.time + 1)
    expect(busy.turns).toBe(1)
  })

  test('who sends several datagrams for each answer pays for the time between them', () => {
    const { loop, busy, roundTrips } = polling()
    roundTrips(100, 0.05, one)
    expect(busy.turns).toBeGreaterThan(0)
    const { turns } = busy
    for (let answers = 0; answers < 1000; answers++) {
      for (let i = 0; i < 4; i++) {
        busy.sent(one, false)
        loop.runUntil(loop.time + 0.04)
      }
      roundTrips(1, 0.02, one)
    }
    expect(loop.isAwake).toBe(false)
    // What was earned before is spent in some fifty answers; trials that follow end as they began.
    expect(busy.turns - turns).toBeLessThan(200 * (0.18 / 0.004))
  })

  test('lets others have the core, but not those who keep it, and not where native calls are unwanted', () => {
    const { loop, busy, roundTrips } = polling()
    roundTrips(8, 0.1, one)
    roundTrips(100, 0.02, one, true)
    expect(loop.yields).toBe(0)
    roundTrips(100, 0.02, one)
    expect(loop.yields).toBeGreaterThan(100)
    const { yields } = loop
    const { turns } = busy
    loop.yieldMillis = 3
    roundTrips(1, 3.1, one)
    expect(loop.yields).toBe(yields + 1)
    while (busy.turns < turns + 900) roundTrips(1, 0.02, one)
    expect(loop.yields).toBe(yields + 1)
  })

  test('one for each event loop that may be kept awake; off by the environment', () => {
    const before = process.env['TINCAN_BUSY_POLLING']
    try {
      process.env['TINCAN_BUSY_POLLING'] = 'Off'
      const off = { ...nodeIo }
      expect(busyPollingOf(off)).toBeUndefined()
      delete process.env['TINCAN_BUSY_POLLING']
      const may = { ...nodeIo, canPoll: () => true }
      expect(busyPollingOf(may)).toBeInstanceOf(BusyPolling)
      expect(busyPollingOf(may)).toBe(busyPollingOf(may))
      expect(busyPollingOf(off)).toBeUndefined()
    } finally {
      if (before !== undefined) process.env['TINCAN_BUSY_POLLING'] = before
    }
  })
})
