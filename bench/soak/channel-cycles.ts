import { once } from './library.js'
import type { Channel, Pair } from './library.js'

export interface ChannelRun {
  readonly count: number
  /** So many channels at a time. */
  readonly atOnce: number
  /** Told of every channel of both sides, when its close event has been fired. */
  readonly onClosed?: (channel: Channel) => void
}

const CLOSED_BY_OPENER = 'closed by the side that opened it'
const CLOSED_BY_OTHER = 'closed by the other side'

/** Opens and closes channels on a connected pair: each carries a message and its echo, and is closed by either side. */
export async function runChannelCycles({ a, b }: Pair, run: ChannelRun): Promise<void> {
  const theirs: Promise<Channel>[] = []
  const take = ({ channel }: { channel: Channel }): void => void theirs.push(echo(channel))
  b.addEventListener('datachannel', take)
  for (let done = 0; done < run.count; done += run.atOnce) {
    const count = Math.min(run.atOnce, run.count - done)
    const labels = Array.from({ length: count }, (_, i) => (i % 2 === 0 ? CLOSED_BY_OPENER : CLOSED_BY_OTHER))
    const ours = await Promise.all(labels.map((label) => ping(a.createDataChannel(label))))
    const closed = [...ours, ...(await Promise.all(theirs.splice(0)))]
    if (run.onClosed !== undefined) closed.forEach(run.onClosed)
  }
  b.removeEventListener('datachannel', take)
}

/** A channel that is closed when this settles, as is that of {@link echo}. */
async function ping(channel: Channel): Promise<Channel> {
  channel.addEventListener('open', () => channel.send('ping'))
  if (channel.label === CLOSED_BY_OPENER) channel.addEventListener('message', () => channel.close())
  await once(channel, 'close')
  return channel
}

async function echo(channel: Channel): Promise<Channel> {
  channel.addEventListener('message', () => {
    channel.send('pong')
    if (channel.label === CLOSED_BY_OTHER) channel.close()
  })
  await once(channel, 'close')
  return channel
}
