import { jainIndex } from '../statistics.js'
import { tcpFlow, tcpMissing } from '../tcp/tcp-flow.js'
import { Relay } from '../relay/relay.js'
import { measureFlow } from './flow.js'
import type { Measurement } from './measurement.js'

const BYTES_PER_SECOND = 10_000_000
const DELAY_MILLIS = 20
/** What the link holds in flight: the queue that TCP wants to keep it busy. */
const QUEUE_BYTES = (BYTES_PER_SECOND * 2 * DELAY_MILLIS) / 1000
const WARM_UP_MILLIS = 4000
const MEASURE_MILLIS = 10_000

/** A bottleneck of 10 MB/s at 40 ms, its queue of one bandwidth-delay product, shared with one TCP flow. */
export const sharing: Measurement = {
  name: 'sharing',
  title: 'a bottleneck shared with TCP',
  group: 'sharing',
  subjects: 'all',
  without: ['tincan-plain', 'node-datachannel-w3c', 'werift', 'chromium'],
  onlyFull: true,
  once: true,
  limitMillis: 60_000,
  missing: tcpMissing,
  async run(context) {
    const bottleneck = { bytesPerSecond: BYTES_PER_SECOND, queueBytes: QUEUE_BYTES }
    const relay = await Relay.start({ delayMillis: DELAY_MILLIS, lossRatio: 0, bottleneck }, 2)
    const measureMillis = MEASURE_MILLIS
    try {
      const flow = { messageBytes: 64 << 10, highWaterBytes: 4 << 20, warmUpMillis: WARM_UP_MILLIS, measureMillis }
      const [{ megabytesPerSecond: ours }, tcp] = await Promise.all([
        measureFlow(context, { ...flow, detour: relay.detour(0) }),
        tcpFlow(relay.ports(1), WARM_UP_MILLIS, measureMillis * context.budget.scale),
      ])
      return { 'share-of-bottleneck': (100 * ours) / (ours + tcp), 'share-fairness': jainIndex([ours, tcp]) }
    } finally {
      await relay.end()
    }
  },
}
