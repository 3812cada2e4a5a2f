import { median } from '../statistics.js'
import type { Measurement } from './measurement.js'

const SAMPLES = 20
const LIMIT_MILLIS = 8000
const FOR_MILLIS = 3000

/** How soon the other side's `connectionState` tells that this side called `close()`. */
export const closing: Measurement = {
  name: 'closing',
  title: 'the other side’s close noticed',
  group: 'setup',
  subjects: 'all',
  limitMillis: 30_000,
  async run({ pair, budget, newId }) {
    const eachMillis: number[] = []
    const begun = performance.now()
    const limitMillis = LIMIT_MILLIS * budget.scale
    for (let made = 0; made < SAMPLES && performance.now() - begun < FOR_MILLIS * budget.scale; made++) {
      const id = newId()
      await pair.offerer.run('connect', { id, channels: [{ label: 'data', ordered: true }] })
      await pair.answerer.run('receive', { id, label: 'data', how: 'count' })
      const { millis } = await pair.offerer.run('closeAndHear', { id, limitMillis })
      if (millis === null) return { 'close-notice': { atLeast: limitMillis } }
      eachMillis.push(millis)
    }
    return { 'close-notice': median(eachMillis) }
  },
}
