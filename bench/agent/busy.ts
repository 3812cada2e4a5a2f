import type { OpenChannel } from './end.js'
import type { LoopDelay } from './protocol.js'

export interface BusyPlan {
  readonly messageBytes: number
  readonly everyMillis: number
  readonly forMillis: number
}

export interface BusyResult {
  readonly sent: number
  readonly received: number
  readonly loop: LoopDelay | null
}

/** Messages leave in turns this far apart, so that those of one turn are few. */
const TURN_MILLIS = 5

/** A message on each channel, once every `everyMillis`, spread evenly over that time. */
export async function busy(
  channels: readonly OpenChannel[],
  { messageBytes, everyMillis, forMillis }: BusyPlan,
  watchLoop: (() => () => LoopDelay) | undefined,
): Promise<BusyResult> {
  const message = new Uint8Array(messageBytes).fill(3)
  const received = (): number => channels.reduce((sum, { messages }) => sum + messages, 0)
  const before = received()
  const begun = performance.now()
  const unwatch = watchLoop?.()
  let sent = 0
  await new Promise<void>((resolve) => {
    const timer = setInterval(() => {
      const elapsed = performance.now() - begun
      const due = Math.floor((Math.min(elapsed, forMillis) / everyMillis) * channels.length)
      while (sent < due) channels[sent++ % channels.length]!.channel.send(message)
      if (elapsed < forMillis) return
      clearInterval(timer)
      resolve()
    }, TURN_MILLIS)
  })
  return { sent, received: received() - before, loop: unwatch?.() ?? null }
}
