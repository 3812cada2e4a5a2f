import { measureFlow } from './flow.js'
import type { Measurement } from './measurement.js'

/** A queue of a thousand: some implementations get slower the more there is in it. */
const PLAN = { messageBytes: 100, highWaterBytes: 100_000, warmUpMillis: 800, measureMillis: 1500 }

export const messages: Measurement = {
  name: 'messages',
  title: 'small messages',
  group: 'traffic',
  subjects: 'all',
  limitMillis: 30_000,
  async run(context) {
    const ordered = await measureFlow(context, { ...PLAN, ordered: true })
    const unordered = await measureFlow(context, { ...PLAN, ordered: false })
    return { 'messages-ordered': ordered.messagesPerSecond, 'messages-unordered': unordered.messagesPerSecond }
  },
}
