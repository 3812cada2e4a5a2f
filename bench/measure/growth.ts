import { slope } from '../statistics.js'
import type { Measurement } from './measurement.js'

const AT_ONCE = 10
const WARM_UP = { count: 300, millis: 5000 }
const STEPS = 6
const STEP = { count: 200, millis: 2500 }

/**
 * Connections that come and go: what stays behind of each, as the slope of what both processes hold over the cycles after a warm-up.
 * Some thousand cycles tell a leak from none and not more; `npm run soak` makes ten thousand.
 */
export const growth: Measurement = {
  name: 'growth',
  title: 'connections that come and go',
  group: 'growth',
  subjects: 'all',
  onlyFull: true,
  once: true,
  limitMillis: 60_000,
  async run({ pair, budget, newId }) {
    const cycles = async ({ count, millis }: { count: number; millis: number }): Promise<number> => {
      const plan = { prefix: `${newId()} `, count, atOnce: AT_ONCE, keep: false, limitMillis: millis * budget.scale }
      return (await pair.offerer.run('connectMany', plan)).eachMillis.length
    }
    await cycles(WARM_UP)
    const rss: [number, number][] = []
    const heap: [number, number][] = []
    for (let step = 0, made = 0; step <= STEPS; step++) {
      if (step > 0) made += await cycles(STEP)
      const { rssBytes, heapBytes } = await pair.usage(true)
      // Of both ends of a connection, in KiB for one.
      rss.push([made, rssBytes / 2048])
      if (heapBytes !== undefined) heap.push([made, heapBytes / 2048])
    }
    const values = { 'growth-per-cycle': slope(rss) }
    return heap.length === 0 ? values : { ...values, 'heap-growth-per-cycle': slope(heap) }
  },
}
