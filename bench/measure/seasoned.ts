import { percentile } from '../statistics.js'
import { MANY } from './many.js'
import type { Measurement } from './measurement.js'

const COUNT = 100
/** Runtimes that compile while they run have done most of it then. Who takes a second for a connection makes fewer. */
const WARM_UP = { count: 600, millis: 4000 }

/** Set-up, one after the other and many at once, in processes that have made some hundred connections before. */
export const seasoned: Measurement = {
  name: 'seasoned',
  title: 'set-up after some hundred connections',
  group: 'seasoned',
  subjects: 'all',
  onlyFull: true,
  limitMillis: 60_000,
  async run({ pair, budget, newId }) {
    const connect = async (count: number, atOnce: number, millis: number, keep = false) => {
      const plan = { prefix: `${newId()} `, count, atOnce, keep, limitMillis: millis * budget.scale }
      const result = await pair.offerer.run('connectMany', plan, 40_000)
      if (result.eachMillis.length === 0) throw new Error(result.failures[0] ?? 'no connection in time')
      return result
    }
    await connect(WARM_UP.count, 1, WARM_UP.millis)
    const { eachMillis } = await connect(COUNT, 1, 5000)
    // Twice, as so many at once have not been there before.
    await connect(MANY.count, MANY.atOnce, 4000)
    const opened = await connect(MANY.count, MANY.atOnce, 20_000, true)
    return {
      'seasoned-setup-p50': percentile(eachMillis, 50),
      'seasoned-setup-p95': percentile(eachMillis, 95),
      'seasoned-open-rate': (opened.eachMillis.length * 1000) / opened.millis,
    }
  },
}
