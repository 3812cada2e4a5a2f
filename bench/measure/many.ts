import type { Usage } from '../agent/protocol.js'
import { sleep } from './sleep.js'
import type { Context, Measurement, Values } from './measurement.js'

export const MANY = { count: 200, atOnce: 20 }
/** Buffers of handshakes are given back, code is compiled. */
const SETTLE_MILLIS = 1000

/** Opens many that stay open: how fast, and what each holds. */
export const many: Measurement = {
  name: 'many',
  title: 'many connections',
  group: 'many',
  subjects: 'all',
  limitMillis: 45_000,
  async run({ pair, budget, newId }) {
    await warmUp(pair.offerer, newId())
    const before = await pair.usage(true)
    const plan = { prefix: `${newId()} `, ...MANY, keep: true, limitMillis: 20_000 * budget.scale }
    const { millis, eachMillis, failures } = await pair.offerer.run('connectMany', plan, 40_000)
    const opened = eachMillis.length
    if (opened === 0) throw new Error(failures[0] ?? 'none opened in time')
    await sleep(SETTLE_MILLIS)
    const after = await pair.usage(true)
    return { 'open-rate': (opened * 1000) / millis, ...perEnd(before, after, opened) }
  },
}

export async function warmUp(side: Context['pair']['offerer'], prefix: string): Promise<void> {
  await side.run('connectMany', { prefix: `${prefix} `, count: 20, atOnce: 10, keep: false, limitMillis: 3000 })
}

/** Both processes grew: each holds one end of each connection. */
function perEnd(before: Usage, after: Usage, connections: number): Values {
  const kibPerEnd = (bytes: number): number => bytes / 1024 / (2 * connections)
  const rss = { 'rss-per-connection': kibPerEnd(after.rssBytes - before.rssBytes) }
  if (before.heapBytes === undefined || after.heapBytes === undefined) return rss
  return { ...rss, 'heap-per-connection': kibPerEnd(after.heapBytes - before.heapBytes) }
}
