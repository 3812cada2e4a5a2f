import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Millis } from '../core/index.js'
import { TimerQueue } from './timer-queue.js'
import type { QueuedTimer, RealTimer, RealTimers } from './timer-queue.js'

class RealOne implements RealTimer {
  isRefed = true
  readonly callback: () => void
  readonly at: Millis

  constructor(callback: () => void, at: Millis) {
    this.callback = callback
    this.at = at
  }

  ref(): void {
    this.isRefed = true
  }

  unref(): void {
    this.isRefed = false
  }
}

/** A clock that is turned by hand, with timers that are counted. */
class Clock implements RealTimers {
  time = 0
  started = 0
  fired = 0
  current: RealOne | undefined

  now(): Millis {
    return this.time
  }

  setTimeout(callback: () => void, delayMillis: Millis): RealTimer {
    expect(this.current).toBeUndefined() // one at a time
    expect(delayMillis).toBeGreaterThanOrEqual(1)
    expect(delayMillis).toBeLessThan(2 ** 31)
    this.started++
    return (this.current = new RealOne(callback, this.time + delayMillis))
  }

  clearTimeout(timer: RealTimer): void {
    if (timer === this.current) this.current = undefined
  }

  async runUntil(end: Millis): Promise<void> {
    while (this.current !== undefined && this.current.at <= end) {
      const { at, callback } = this.current
      this.time = at
      this.current = undefined
      this.fired++
      callback()
      await new Promise((resolve) => setImmediate(resolve))
    }
    this.time = end
  }
}

function rig(): { clock: Clock; queue: TimerQueue; timer: (name: string) => QueuedTimer; log: string[] } {
  const clock = new Clock()
  const queue = new TimerQueue(clock)
  const log: string[] = []
  const timer = (name: string): QueuedTimer => queue.create(() => log.push(`${name} ${clock.time}`))
  return { clock, queue, timer, log }
}

describe('one real timer', () => {
  test('serves a thousand deadlines with as many wake-ups as there are points of time', async () => {
    const { clock, queue, timer, log } = rig()
    for (let i = 0; i < 1000; i++) queue.arm(timer(`${i}`), 100 * (1 + (i % 10)))
    await clock.runUntil(2000)
    expect(log).toHaveLength(1000)
    expect(clock.fired).toBe(10)
    expect(clock.current).toBeUndefined()
  })

  test('a question that is answered in time, by a thousand in turn, costs no wake-up for its repetition', async () => {
    const { clock, queue } = rig()
    let questions = 0
    const timers: QueuedTimer[] = []
    for (let i = 0; i < 1000; i++) {
      const timer = queue.create(() => {
        questions++
        queue.arm(timer, clock.time + 500)
        timers.push(timer) // the answer comes at once, and moves the deadline to the next question
      })
      queue.arm(timer, 100 * (1 + (i % 50)))
    }
    for (let at = 1; at <= 20_000; at++) {
      await clock.runUntil(at)
      for (const timer of timers.splice(0)) queue.arm(timer, clock.time + 5000)
    }
    expect(questions).toBe(4000)
    expect(clock.fired).toBe(200)
  })

  test('is started once for a deadline, whatever is armed for later before the full millisecond that it waits for', () => {
    const { clock, queue, timer } = rig()
    clock.time = 100.3
    queue.arm(timer('next check'), 350)
    for (let i = 0; i < 1000; i++) queue.arm(timer(`${i}`), 350 + i)
    expect(clock.started).toBe(1)
    queue.arm(timer('earlier'), 349)
    expect(clock.started).toBe(2)
  })

  test('keeps the process alive while one that is armed should', () => {
    const { clock, queue, timer } = rig()
    const [held, loose] = [timer('held'), timer('loose')]
    queue.unref(loose)
    queue.arm(loose, 10)
    expect(clock.current?.isRefed).toBe(false)
    queue.arm(held, 20)
    expect(clock.current?.isRefed).toBe(true)
    queue.arm(held, Infinity)
    expect(clock.current?.isRefed).toBe(false)
    queue.arm(held, 5)
    expect(clock.current?.isRefed).toBe(true)
    queue.unref(held)
    queue.unref(held)
    expect(clock.current?.isRefed).toBe(false)
    queue.arm(held, Infinity)
    queue.arm(loose, Infinity)
    expect(clock.current).toBeUndefined()
  })
})

describe('what is due together', () => {
  test('is called in order of time, each with its microtasks before the next', async () => {
    const { clock, queue, log } = rig()
    const named = (name: string): QueuedTimer =>
      queue.create(() => {
        log.push(name)
        void Promise.resolve()
          .then(() => {})
          .then(() => log.push(`then ${name}`))
      })
    for (const [name, at] of [
      ['third', 9.9],
      ['first', 9.1],
      ['second', 9.5],
    ] as const)
      queue.arm(named(name), at)
    await clock.runUntil(20)
    expect(log).toEqual(['first', 'then first', 'second', 'then second', 'third', 'then third'])
    expect(clock.fired).toBe(1)
  })

  test('may be disarmed or put off by what comes before it', async () => {
    const { clock, queue, timer, log } = rig()
    const [gone, later] = [timer('gone'), timer('later')]
    const first = queue.create(() => {
      queue.arm(gone, Infinity)
      queue.arm(later, 30)
    })
    queue.arm(first, 8)
    queue.arm(gone, 9)
    queue.arm(later, 10)
    clock.time = 9
    await clock.runUntil(50)
    expect(log).toEqual(['later 30'])
  })

  test('is called though one of them throws', async () => {
    const { clock, queue, timer, log } = rig()
    const thrower = queue.create(() => {
      throw new Error('of the application')
    })
    queue.arm(thrower, 5)
    queue.arm(timer('next'), 5)
    queue.arm(timer('last'), 7)
    await expect(clock.runUntil(5)).rejects.toThrow('of the application')
    await new Promise((resolve) => setImmediate(resolve))
    await clock.runUntil(10)
    expect(log).toEqual(['next 5', 'last 7'])
  })

  test('leaves the event loop a turn when it arms itself for the past', async () => {
    const { clock, queue } = rig()
    let calls = 0
    const again = queue.create(() => {
      calls++
      queue.arm(again, -1)
    })
    queue.arm(again, 1)
    await clock.runUntil(10)
    expect(calls).toBe(10)
    expect(clock.fired).toBe(10)
  })
})

test('whatever is armed, moved and disarmed: what remains fires in order, at its time', async () => {
  const operation = fc.record({ index: fc.nat(19), at: fc.oneof(fc.nat(500), fc.constant(Infinity)) })
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { maxLength: 200 }), async (operations) => {
      const { clock, queue } = rig()
      const fired: { index: number; at: Millis }[] = []
      const timers = Array.from({ length: 20 }, (_, index) => queue.create(() => fired.push({ index, at: clock.time })))
      const wanted = new Map<number, Millis>()
      for (const { index, at } of operations) {
        queue.arm(timers[index]!, at)
        wanted.set(index, at)
      }
      await clock.runUntil(1000)
      const expected = [...wanted]
        .filter(([, at]) => at < Infinity)
        .map(([index, at]) => ({ index, at: Math.max(1, at) }))
      const byTime = (a: { index: number; at: Millis }, b: { index: number; at: Millis }): number =>
        a.at - b.at || a.index - b.index
      expect(fired.toSorted(byTime)).toEqual(expected.toSorted(byTime))
      expect(fired.map(({ at }) => at)).toEqual(fired.map(({ at }) => at).toSorted((a, b) => a - b))
      expect(clock.current).toBeUndefined()
    }),
    { numRuns: 50 },
  )
})
