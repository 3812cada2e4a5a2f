import { BLOCK_BYTES } from '../agent/stream-ends.js'
import type { Measurement } from './measurement.js'

const FILE_BLOCKS = 1024
/** On a busy machine the plain path takes ten seconds and more. */
const LIMIT_MILLIS = 40_000
const LABEL = 'file'

/** A file of 256 MiB through `streamsOf()` on both ends: how fast, and how far the memory of both processes rises for it. */
export const streams: Measurement = {
  name: 'streams',
  title: 'a file through streamsOf()',
  group: 'streams',
  subjects: 'ours',
  limitMillis: 60_000,
  async run({ pair: { offerer, answerer }, budget, newId }) {
    const id = newId()
    await offerer.run('connect', { id, channels: [{ label: LABEL, ordered: true }] })
    const blocks = Math.max(1, Math.round(FILE_BLOCKS * budget.scale))
    const [reader, writer] = await Promise.all([
      answerer.run('readStream', { id, label: LABEL }, LIMIT_MILLIS),
      offerer.run('writeStream', { id, label: LABEL, blocks }, LIMIT_MILLIS),
    ])
    if (reader.bytes !== blocks * BLOCK_BYTES)
      throw new Error(`${reader.bytes} bytes of ${blocks * BLOCK_BYTES} arrived`)
    await offerer.run('close', { id })
    return {
      streams: reader.bytes / 1e3 / reader.millis,
      'streams-rss': (reader.grownBytes + writer.grownBytes) / 2 ** 20,
    }
  },
}
