import { tcpFlow, tcpMissing } from '../tcp/tcp-flow.js'
import { startProgram } from '../peers/child-program.js'
import type { LinkPlan } from '../relay/delay-line.js'
import { Relay } from '../relay/relay.js'
import type { CeilingResult, CeilingStart } from '../relay/ceiling-main.js'
import { measureFlow } from './flow.js'
import type { Flow } from './flow.js'
import type { Budget, Context, Measurement, Yardstick } from './measurement.js'

const LONG: LinkPlan = { delayMillis: 20, lossRatio: 0 }
const LOSSY: LinkPlan = { delayMillis: 20, lossRatio: 0.01 }
const FLOW = { messageBytes: 64 << 10, highWaterBytes: 4 << 20, warmUpMillis: 2500 }
const LONG_MILLIS = 2500
const LOSSY_MILLIS = 5000

async function flowOver(link: LinkPlan, measureMillis: number, context: Context): Promise<Flow> {
  const relay = await Relay.start(link)
  try {
    return await measureFlow(context, { ...FLOW, measureMillis, detour: relay.detour() })
  } finally {
    await relay.end()
  }
}

async function tcpOver(link: LinkPlan, measureMillis: number, { scale }: Budget): Promise<number> {
  const relay = await Relay.start(link)
  try {
    return await tcpFlow(relay.ports(), FLOW.warmUpMillis * Math.min(1, 2 * scale), measureMillis * scale)
  } finally {
    await relay.end()
  }
}

const tcp = { name: 'tcp', title: 'TCP of the kernel (CUBIC)', missing: tcpMissing }

const tcpLong: Yardstick = {
  ...tcp,
  run: async (budget) => ({ 'link-40ms': await tcpOver(LONG, LONG_MILLIS, budget) }),
}

const tcpLossy: Yardstick = {
  ...tcp,
  run: async (budget) => ({ 'link-40ms-loss': await tcpOver(LOSSY, LOSSY_MILLIS, budget) }),
}

/** The relay must not be what limits the others. */
const relayItself: Yardstick = {
  name: 'relay',
  title: 'plain UDP, 8 MiB in flight',
  missing: () => undefined,
  async run({ scale }) {
    const relay = await Relay.start(LONG)
    const told: CeilingStart = {
      ports: relay.ports(),
      datagramBytes: 1200,
      inFlightBytes: 8 << 20,
      forMillis: 2000 * scale,
    }
    try {
      const { child, ready } = await startProgram('bench/relay/ceiling-main.ts', {
        env: { TINCAN_BENCH_CEILING: JSON.stringify(told), TINCAN_FAST_PATH: undefined },
      })
      await child.end()
      const { bytes, millis } = ready as CeilingResult
      return { 'relay-ceiling': bytes / 1e3 / millis }
    } finally {
      await relay.end()
    }
  },
}

export const longLink: Measurement = {
  name: 'link',
  title: '40 ms RTT',
  group: 'link',
  subjects: 'all',
  without: ['node-datachannel-w3c'],
  limitMillis: 30_000,
  yardsticks: [tcpLong, relayItself],
  run: async (context) => ({ 'link-40ms': (await flowOver(LONG, LONG_MILLIS, context)).megabytesPerSecond }),
}

export const lossyLink: Measurement = {
  name: 'loss',
  title: '40 ms RTT, 1 % loss',
  group: 'loss',
  subjects: 'all',
  without: ['node-datachannel-w3c'],
  limitMillis: 40_000,
  yardsticks: [tcpLossy],
  run: async (context) => ({ 'link-40ms-loss': (await flowOver(LOSSY, LOSSY_MILLIS, context)).megabytesPerSecond }),
}
