import { percentile } from '../statistics.js'
import type { Measurement } from './measurement.js'

const SLOW_MILLIS = 250
const WARM_UP = 20
const COUNT = 100

/** From the creation of the first connection to its open channel, one after the other, in processes that have made some before. */
export const setup: Measurement = {
  name: 'setup',
  title: 'connection set-up',
  group: 'setup',
  subjects: 'all',
  limitMillis: 30_000,
  async run({ pair, budget, newId }) {
    const connect = async (count: number, limitMillis: number) =>
      await pair.offerer.run('connectMany', { prefix: `${newId()} `, count, atOnce: 1, keep: false, limitMillis })
    await connect(WARM_UP, 1000 * budget.scale)
    const { eachMillis, failures } = await connect(COUNT, 5000 * budget.scale)
    const tries = eachMillis.length + failures.length
    if (eachMillis.length === 0) throw new Error(failures[0] ?? 'no connection in time')
    const slow = eachMillis.filter((millis) => millis > SLOW_MILLIS).length + failures.length
    return {
      'setup-p50': percentile(eachMillis, 50),
      'setup-p95': percentile(eachMillis, 95),
      'setup-slow': (100 * slow) / tries,
      'setup-failed': (100 * failures.length) / tries,
    }
  },
}
