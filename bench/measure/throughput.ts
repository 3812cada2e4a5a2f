import { sealedPipe } from '../sealed-pipe/sealed-pipe.js'
import { measureFlow } from './flow.js'
import type { Measurement } from './measurement.js'

const TIMES = { highWaterBytes: 1 << 20, warmUpMillis: 1000, measureMillis: 2000 }

export const throughput: Measurement = {
  name: 'throughput',
  title: 'throughput and CPU',
  group: 'traffic',
  subjects: 'all',
  limitMillis: 30_000,
  yardsticks: [sealedPipe],
  async run(context) {
    const large = await measureFlow(context, { messageBytes: 64 << 10, ...TIMES })
    const medium = await measureFlow(context, { messageBytes: 16 << 10, ...TIMES })
    return {
      'throughput-64k': large.megabytesPerSecond,
      'throughput-16k': medium.megabytesPerSecond,
      'cpu-per-gb': large.cpuSecondsPerGigabyte,
    }
  },
}
