import type { ChannelPlan, Detour } from '../agent/protocol.js'
import { sleep } from './sleep.js'
import type { Context } from './measurement.js'

export interface FlowPlan {
  readonly messageBytes: number
  readonly highWaterBytes: number
  readonly warmUpMillis: number
  readonly measureMillis: number
  readonly ordered?: boolean
  readonly detour?: Detour
}

export interface Flow {
  readonly megabytesPerSecond: number
  readonly messagesPerSecond: number
  /** Of both ends, for 10⁹ bytes. */
  readonly cpuSecondsPerGigabyte: number
}

const LABEL = 'flow'

/** One connection, one channel, one direction, flat out; what counts is what the receiver's application got. */
export async function measureFlow({ pair, newId, budget }: Context, plan: FlowPlan): Promise<Flow> {
  const id = newId()
  const { messageBytes, highWaterBytes, detour } = plan
  const channels: readonly ChannelPlan[] = [{ label: LABEL, ordered: plan.ordered ?? true }]
  await pair.offerer.run('connect', { id, channels, ...(detour === undefined ? {} : { detour }) })
  await pair.answerer.run('receive', { id, label: LABEL, how: 'count' })
  const read = async () => {
    const [count, usage] = await Promise.all([pair.answerer.run('count', { id, label: LABEL }), pair.usage(false)])
    return { ...count, ...usage }
  }
  await pair.offerer.run('flood', { id, label: LABEL, messageBytes, highWaterBytes })
  await sleep(plan.warmUpMillis * Math.min(1, 2 * budget.scale))
  const before = await read()
  await sleep(plan.measureMillis * budget.scale)
  const after = await read()
  await pair.offerer.run('stopFlood', { id, label: LABEL })
  await pair.offerer.run('close', { id })
  const seconds = (after.atMillis - before.atMillis) / 1000
  const bytes = after.bytes - before.bytes
  if (bytes === 0) throw new Error(`nothing arrived in ${seconds.toFixed(1)} s`)
  return {
    megabytesPerSecond: bytes / 1e6 / seconds,
    messagesPerSecond: (after.messages - before.messages) / seconds,
    cpuSecondsPerGigabyte: (after.cpuMicros - before.cpuMicros) / 1e6 / (bytes / 1e9),
  }
}
