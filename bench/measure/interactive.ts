import { percentile } from '../statistics.js'
import type { Measurement } from './measurement.js'
import { sleep } from './sleep.js'

const [BULK, CHAT] = ['bulk', 'chat']
/** As a chat or a game sends: not one after the other as fast as they come back. */
const PAUSE_MILLIS = 2

/** Small messages on one channel while another one of the connection sends flat out, against the same without that. */
export const interactive: Measurement = {
  name: 'interactive',
  title: 'small messages beside large ones',
  group: 'traffic',
  subjects: 'all',
  limitMillis: 30_000,
  async run({ pair, budget, newId }) {
    const id = newId()
    const channels = [BULK, CHAT].map((label) => ({ label, ordered: true }))
    await pair.offerer.run('connect', { id, channels })
    await pair.answerer.run('receive', { id, label: CHAT, how: 'echo' })
    await pair.answerer.run('receive', { id, label: BULK, how: 'count' })
    const ping = async (count: number): Promise<readonly number[]> => {
      const limitMillis = 2500 * budget.scale
      const given = { id, label: CHAT, messageBytes: 64, count, pauseMillis: PAUSE_MILLIS, limitMillis }
      return (await pair.offerer.run('ping', given)).eachMicros
    }
    await ping(100)
    const idle = percentile(await ping(500), 99)
    const flood = { id, label: BULK, messageBytes: 64 << 10, highWaterBytes: 1 << 20 }
    await pair.offerer.run('flood', flood)
    await sleep(500 * budget.scale)
    const busy = percentile(await ping(500), 99)
    await pair.offerer.run('stopFlood', { id, label: BULK })
    await pair.offerer.run('close', { id })
    return { 'interactive-idle-p99': idle, 'interactive-busy-p99': busy, 'interactive-ratio': busy / idle }
  },
}
