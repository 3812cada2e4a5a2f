import type { OpenChannel } from './end.js'
import { within } from './within.js'

export interface PingPlan {
  readonly messageBytes: number
  readonly count: number
  readonly pauseMillis: number
  readonly limitMillis: number
}

/** One may be lost where messages may be lost; none takes as long as this otherwise. */
const ONE_MILLIS = 5_000

/** Microseconds of each round trip, until all are made or the time is over. */
export async function ping(open: OpenChannel, plan: PingPlan): Promise<number[]> {
  const { messageBytes, count, pauseMillis, limitMillis } = plan
  const message = new Uint8Array(messageBytes).fill(1)
  const eachMicros: number[] = []
  const begun = performance.now()
  let answered: () => void = () => {}
  let at = 0
  open.listener = () => {
    eachMicros.push((performance.now() - at) * 1000)
    answered()
  }
  while (eachMicros.length < count && performance.now() - begun < limitMillis) {
    const answer = new Promise<void>((resolve) => (answered = resolve))
    at = performance.now()
    open.channel.send(message)
    await within(ONE_MILLIS, 'no echo', answer)
    if (pauseMillis > 0) await new Promise((resolve) => setTimeout(resolve, pauseMillis))
  }
  open.listener = undefined
  return eachMicros
}
