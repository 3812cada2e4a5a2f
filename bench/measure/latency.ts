import { percentile } from '../statistics.js'
import type { Measurement } from './measurement.js'

const LABEL = 'echo'
/** Until then runtimes that compile while they run still do, on threads that take the cores from who waits for an answer. */
const WARM_UP = 5000
const COUNT = 4000

export const latency: Measurement = {
  name: 'latency',
  title: 'round trips',
  group: 'traffic',
  subjects: 'all',
  limitMillis: 20_000,
  async run({ pair, budget, newId }) {
    const id = newId()
    await pair.offerer.run('connect', { id, channels: [{ label: LABEL, ordered: true }] })
    await pair.answerer.run('receive', { id, label: LABEL, how: 'echo' })
    const ping = async (count: number, limitMillis: number): Promise<readonly number[]> => {
      const given = { id, label: LABEL, messageBytes: 64, count, pauseMillis: 0, limitMillis }
      return (await pair.offerer.run('ping', given)).eachMicros
    }
    await ping(WARM_UP, 2000 * budget.scale)
    const eachMicros = await ping(COUNT, 2000 * budget.scale)
    await pair.offerer.run('close', { id })
    return { 'rtt-p50': percentile(eachMicros, 50), 'rtt-p99': percentile(eachMicros, 99) }
  },
}
