import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PollingPolicy } from './polling-policy.js'

const answer = (policy: PollingPolicy, after: number, times = 1): void => {
  for (let i = 0; i < times; i++) policy.answered(after)
}

/** Polling: each round trip as it would be where answers take so long, whoever polls. */
function converse(policy: PollingPolicy, after: number, times: number): { polled: number; misses: number } {
  let [polled, misses] = [0, 0]
  for (let i = 0; i < times; i++) {
    const window = policy.windowMillis
    if (window > 0) polled++
    if (window === 0 || after < window) {
      policy.answered(after)
    } else {
      misses++
      policy.missed()
    }
  }
  return { polled, misses }
}

describe('the policy of polling', () => {
  test('begins after some near answers, and goes on while they come sooner than a sleep costs', () => {
    const policy = new PollingPolicy()
    answer(policy, 0.1, 7)
    expect(policy.windowMillis).toBe(0)
    answer(policy, 0.1)
    expect(policy.windowMillis).toBe(0.05)
    expect(converse(policy, 0.015, 100_000)).toEqual({ polled: 100_000, misses: 0 })
    expect(policy.trials).toBe(1)
  })

  test.each([
    ['a link of 40 ms', 40],
    ['a busy peer', 0.26],
    ['a peer on the same core', 0.03],
  ])('%s is never polled', (_, after) => {
    const policy = new PollingPolicy()
    answer(policy, after, 100_000)
    expect(policy.trials).toBe(0)
  })

  test('answers that stay out, or take longer than a sleep costs, are polled more and more seldom', () => {
    const out = new PollingPolicy()
    // 8, 16 … 4096 answers apart, four polls each.
    expect(converse(out, 0.12, 8184 + 10 * 4)).toEqual({ polled: 10 * 4, misses: 10 * 4 })
    expect(converse(out, 0.12, 10 * 4100)).toEqual({ polled: 10 * 4, misses: 10 * 4 })
    const alone = new PollingPolicy()
    const { polled, misses } = converse(alone, 0.0475, 100_000)
    expect(misses).toBe(0)
    expect(polled / alone.trials).toBeLessThan(2 / 0.0225 + 1)
    expect(alone.trials).toBeLessThan(100_000 / 4096 + 12)
  })

  test('a miss is forgiven, four in a row are not; what was good is tried again soon', () => {
    const policy = new PollingPolicy()
    answer(policy, 0.1, 8)
    answer(policy, 0.015, 1000)
    for (let i = 0; i < 3; i++) policy.missed()
    expect(policy.windowMillis).toBe(0.1)
    answer(policy, 0.06)
    for (let i = 0; i < 4; i++) policy.missed()
    expect(policy.windowMillis).toBe(0)
    answer(policy, 0.1, 16)
    expect(policy.trials).toBe(2)
  })

  test('answers that come quicker than usual are an invitation', () => {
    const policy = new PollingPolicy()
    for (let trial = 0; trial < 5; trial++) {
      while (!policy.isPolling) answer(policy, 0.1)
      for (let i = 0; i < 4; i++) policy.missed()
    }
    answer(policy, 0.1, 64)
    expect(policy.isPolling).toBe(false)
    answer(policy, 0.06, 4)
    expect(policy.isPolling).toBe(true)
  })

  test('most answers have to be near, and nothing else to do', () => {
    const policy = new PollingPolicy()
    for (let i = 0; i < 10_000; i++) {
      answer(policy, 0.1, 7)
      if (i % 2 === 0) answer(policy, 3)
      else policy.interrupted(0.01)
    }
    expect(policy.trials).toBe(0)
  })

  test('whatever happens, what is spent is what was saved and a loan for each trial', () => {
    const step = fc.oneof(
      fc.record({ type: fc.constant('answered' as const), after: fc.double({ min: 0, max: 0.3, noNaN: true }) }),
      fc.record({ type: fc.constant('interrupted' as const), after: fc.double({ min: 0, max: 1, noNaN: true }) }),
      fc.record({ type: fc.constant('sentAgain' as const), after: fc.double({ min: 0, max: 1, noNaN: true }) }),
      fc.record({ type: fc.constant('missed' as const), after: fc.constant(0) }),
    )
    const steps = fc.array(fc.tuple(step, fc.integer({ min: 1, max: 100 })), { maxLength: 60 })
    fc.assert(
      fc.property(steps, (given) => {
        const policy = new PollingPolicy()
        let balance = 0
        for (const [{ type, after }, times] of given) {
          for (let i = 0; i < times; i++) {
            const window = policy.windowMillis
            if (type === 'missed') {
              if (window === 0) continue
              policy.missed()
              balance -= window
            } else {
              policy[type](after)
              const spent = Math.min(after, 0.1)
              if (window === 0) continue
              balance +=
                type === 'answered' ? 0.025 - spent : type === 'interrupted' ? -spent : Math.min(0, 0.025 - spent)
            }
            expect(policy.windowMillis > 0).toBe(policy.isPolling)
            expect(balance).toBeGreaterThan(-2 * policy.trials - 0.1 * policy.trials - 1e-9)
          }
        }
      }),
      { numRuns: 200 },
    )
  })
})
