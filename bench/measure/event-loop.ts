import { warmUp } from './many.js'
import type { Measurement } from './measurement.js'

const COUNT = 500
const AT_ONCE = 20
const LOAD = { messageBytes: 1000, everyMillis: 100 }
const FOR_MILLIS = 5000

/** Two processes with 500 connections, a message of 1,000 bytes each way ten times a second on each: how late the event loop is. */
export const eventLoop: Measurement = {
  name: 'event-loop',
  title: '500 busy connections',
  group: 'event-loop',
  subjects: 'ours',
  onlyFull: true,
  limitMillis: 60_000,
  async run({ pair, budget, newId }) {
    await warmUp(pair.offerer, newId())
    const prefix = `${newId()} `
    const plan = { prefix, count: COUNT, atOnce: AT_ONCE, keep: true, limitMillis: 30_000 * budget.scale }
    const { eachMillis, failures } = await pair.offerer.run('connectMany', plan, 40_000)
    if (eachMillis.length < COUNT)
      throw new Error(`${eachMillis.length} of ${COUNT} connected in time; ${failures[0] ?? 'none failed'}`)
    const busy = { prefix, ...LOAD, forMillis: FOR_MILLIS * budget.scale }
    const ends = await Promise.all([pair.offerer.run('busy', busy), pair.answerer.run('busy', busy)])
    const loops = ends.map(({ loop }) => loop!)
    const lost = ends.some(({ received }) => received === 0)
    if (lost) throw new Error('messages of a busy side did not arrive')
    return {
      'loop-p99': Math.max(...loops.map(({ p99 }) => p99)),
      'loop-max': Math.max(...loops.map(({ max }) => max)),
    }
  },
}
