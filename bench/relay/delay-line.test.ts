import { describe, expect, test } from 'vitest'
import { DelayLine } from './delay-line.js'
import type { LinkPlan } from './delay-line.js'

const taken = (line: DelayLine, now: number): [number, number, number][] => {
  const out: [number, number, number][] = []
  line.take(now, (data, lane) => out.push([data[0]!, data.length, lane]))
  return out
}
const line = (plan: Partial<LinkPlan> = {}) => new DelayLine({ delayMillis: 20, lossRatio: 0, ...plan }, 1)

describe('a delay line', () => {
  test('hands out what came, in order, after the delay and not before', () => {
    const link = line()
    link.put(Uint8Array.of(1, 1), 0, 100)
    link.put(Uint8Array.of(2), 1, 105)
    expect(taken(link, 119.9)).toEqual([])
    expect(taken(link, 120)).toEqual([[1, 2, 0]])
    expect(link.isEmpty).toBe(false)
    expect(taken(link, 130)).toEqual([[2, 1, 1]])
    expect(link.isEmpty).toBe(true)
  })

  test('keeps its own copy', () => {
    const link = line()
    const data = Uint8Array.of(1)
    link.put(data, 0, 0)
    data[0] = 9
    expect(taken(link, 20)).toEqual([[1, 1, 0]])
  })

  test('holds 64 MiB of datagrams of 1,200 bytes, and drops what is more', () => {
    const link = line()
    const data = new Uint8Array(1200)
    const fit = Math.ceil((64 * 2 ** 20) / 1200)
    for (let i = 0; i < fit; i++) link.put(data, 0, 0)
    expect(link.counters.overflowed).toBe(0)
    for (let i = 0; i < 65_536; i++) link.put(data, 0, 0)
    expect(link.counters.overflowed).toBe(fit)
    expect(taken(link, 20)).toHaveLength(65_536)
  })

  test('loses about as much as it should, the same for the same seed', () => {
    const [one, two] = [line({ lossRatio: 0.01 }), line({ lossRatio: 0.01 })]
    for (const link of [one, two]) for (let i = 0; i < 20_000; i++) link.put(Uint8Array.of(i), 0, 0)
    expect(one.counters.lost).toBeGreaterThan(150)
    expect(one.counters.lost).toBeLessThan(250)
    expect(one.counters.lost).toBe(two.counters.lost)
  })

  test('a bottleneck spaces them out and drops what its queue does not hold', () => {
    const link = line({ bottleneck: { bytesPerSecond: 1000, queueBytes: 250 } })
    for (let i = 1; i <= 5; i++) link.put(new Uint8Array(100).fill(i), 0, 0)
    expect(link.counters.overflowed).toBe(2) // the first is being sent, two wait, and a third fits as 250 are not yet full
    expect(taken(link, 119)).toEqual([])
    expect(taken(link, 120).map(([first]) => first)).toEqual([1])
    expect(taken(link, 1000).map(([first]) => first)).toEqual([2, 3])
  })

  test('what is larger than a frame is not carried', () => {
    const link = line()
    link.put(new Uint8Array(2049), 0, 0)
    expect(link.counters.tooLarge).toBe(1)
    expect(link.isEmpty).toBe(true)
  })
})
