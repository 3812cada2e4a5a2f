import { once } from './library.js'
import type { Channel, Pair } from './library.js'

export interface ChannelRun {
  readonly count: number
  /** So many channels at a time. */
  readonly atOnce: number
  /** Told of every channel that was made, when its close event has been fired; at both sides. */
  readonly onClosed?: (channel: Channel) => void
}

/**
 * Opens and closes channels on a connected pair: each carries a message and its echo; every other one is closed by the
 * side that did not open it, in its first message event.
 */
export async function runChannelCycles({ a, b }: Pair, run: ChannelRun): Promise<void> {
  const echo = ({ channel }: { channel: Channel }): void => {
    if (run.onClosed !== undefined) channel.addEventListener('close', () => run.onClosed?.(channel))
    channel.addEventListener('message', () => {
      channel.send('pong')
      if (channel.label === 'closed by the answerer') channel.close()
    })
  }
  b.addEventListener('datachannel', echo)
  for (let done = 0; done < run.count; done += run.atOnce) {
    const count = Math.min(run.atOnce, run.count - done)
    const channels = Array.from({ length: count }, (_, i) => a.createDataChannel(LABELS[i % 2]!))
    await Promise.all(channels.map(openAndClose))
    if (run.onClosed !== undefined) channels.forEach(run.onClosed)
  }
  b.removeEventListener('datachannel', echo)
}

const LABELS = ['closed by the offerer', 'closed by the answerer'] as const

async function openAndClose(channel: Channel): Promise<void> {
  channel.addEventListener('open', () => channel.send('ping'))
  if (channel.label === LABELS[0]) channel.addEventListener('message', () => channel.close())
  await once(channel, 'close')
}
