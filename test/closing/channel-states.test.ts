import { describe, expect, test } from 'vitest'
import type { ChannelHistory } from './support/channel-history.js'
import { SIGNALLING, VirtualPair } from './support/virtual-pair.js'

/** Half a round trip is 10 ms: everything between gathering and the first message happens in these moments. */
const LINK = { latencyMillis: 10 }
const MOMENTS_MILLIS = Array.from({ length: 28 }, (_, index) => 5 * index)
const invalidState = expect.objectContaining({ name: 'InvalidStateError' }) as Error

type Closer = 'a' | 'b' | 'both'
type Kind = 'in-band' | 'negotiated'
const CASES = (['in-band', 'negotiated'] as const).flatMap((kind) =>
  (['a', 'b', 'both'] as const).map((closer) => [kind, closer] as const),
)

/** The channel under test, and one that has to outlive it. */
function pairWithChannels(kind: Kind): VirtualPair {
  const pair = new VirtualPair({ link: LINK })
  for (const side of kind === 'in-band' ? [pair.a] : [pair.a, pair.b]) {
    pair.create(side, 'witness', kind === 'in-band' ? {} : { negotiated: true, id: 1 })
    pair.create(side, 'test', kind === 'in-band' ? {} : { negotiated: true, id: 2 })
  }
  return pair
}

const named = (label: string, histories: readonly ChannelHistory[]) =>
  histories.filter(({ channel }) => channel.label === label)

/** D1, D2, D3, D7: what has to be true when close() returns; twice. */
function closeAndLook({ channel, events }: ChannelHistory): void {
  const { readyState, bufferedAmount } = channel
  const told = events.length
  const close: () => unknown = channel.close.bind(channel)
  for (let i = 0; i < 2; i++) {
    expect(close()).toBeUndefined()
    expect(channel.readyState).toBe(readyState === 'closed' ? 'closed' : 'closing')
    expect(channel.bufferedAmount).toBe(bufferedAmount)
    expect(() => channel.send('late')).toThrow(invalidState)
    expect(events.length).toBe(told)
  }
}

async function expectWitnessToWork(pair: VirtualPair): Promise<void> {
  const witnesses = () => named('witness', pair.allChannels)
  const isOpen = ({ channel }: ChannelHistory) => channel.readyState === 'open'
  await pair.network.run({ until: () => witnesses().length === 2 && witnesses().every(isOpen) })
  for (const { channel } of witnesses()) channel.send('still here')
  await pair.network.run({ until: () => witnesses().every(({ messages }) => messages.length === 1) })
}

describe('D1, D2, D3, D7, D9: channel.close() by either side', () => {
  const seen = new Set<string>()

  /** Closes what the closers have of the channel now; yields how many that were. */
  async function check(pair: VirtualPair, kind: Kind, closer: Closer): Promise<number> {
    const sides = closer === 'both' ? [pair.a, pair.b] : [pair[closer]]
    const closed = sides.flatMap(({ channels }) => named('test', channels))
    const wasOpen = closed.some(({ channel }) => channel.readyState === 'open')
    for (const { channel } of closed) seen.add(`${kind} ${channel.readyState}`)
    const reactions = closed.map(({ events }) => events.length)
    closed.forEach(closeAndLook)
    await expectWitnessToWork(pair)
    if (closed.length > 0) await expectToEnd(pair, closed, kind === 'negotiated' && !wasOpen)
    // The caller sees no closing event, whatever the other side did.
    closed.forEach(({ events }, index) => expect(events.slice(reactions[index])).toEqual(['close']))
    expect(pair.violations()).toEqual([])
    await pair.end()
    expect(pair.violations()).toEqual([])
    return closed.length
  }

  async function expectToEnd(pair: VirtualPair, closed: ChannelHistory[], isUnknown: boolean): Promise<void> {
    await pair.network.run({ until: () => closed.every(({ isOver }) => isOver) })
    const others = () => named('test', pair.allChannels).filter((history) => !closed.includes(history))
    // What was agreed on out of band and never opened on one side is nobody's to reset: the other closes it itself.
    if (isUnknown) for (const { channel } of others()) channel.close()
    await pair.network.run({ until: () => others().every(({ isOver }) => isOver) })
    for (const { milestones } of others()) {
      expect(milestones).toEqual(isUnknown ? ['open', 'close'] : ['open', 'closing', 'close'])
    }
  }

  const negotiations = CASES.filter(([kind, closer]) => kind === 'negotiated' || closer === 'a').flatMap(
    ([kind, closer]) => SIGNALLING.map((moment) => [kind, closer, moment] as const),
  )
  test.each(negotiations)("%s, by %s, in the signalling moment '%s'", async (kind, closer, moment) => {
    const pair = pairWithChannels(kind)
    await pair.negotiate(moment)
    const sides = closer === 'both' ? [pair.a, pair.b] : [pair[closer]]
    const closed = sides.flatMap(({ channels }) => named('test', channels))
    expect(closed).toHaveLength(sides.length)
    closed.forEach(closeAndLook)
    await pair.network.run({ until: () => closed.every(({ isOver }) => isOver) })
    for (const { events } of closed) expect(events).toEqual(['close'])
    await pair.end()
    expect(pair.violations()).toEqual([])
  })

  test.each(CASES)('%s, by %s, in each moment of the connection', async (kind, closer) => {
    let closed = 0
    for (const millis of MOMENTS_MILLIS) {
      const pair = pairWithChannels(kind)
      await pair.negotiate()
      await pair.network.runFor(millis)
      closed += await check(pair, kind, closer)
    }
    expect(closed).toBeGreaterThan(5)
  })

  test('and these states were among them', () => {
    expect([...seen].sort()).toEqual(['in-band connecting', 'in-band open', 'negotiated connecting', 'negotiated open'])
  })

  test('while the other side has just closed, in every state of its procedure', async () => {
    const states = new Set<string>()
    for (let millis = 0; millis <= 60; millis += 5) {
      const pair = new VirtualPair({ link: LINK })
      const [ours, theirs] = await pair.channels()
      theirs.send('on its way')
      theirs.close()
      await pair.network.runFor(millis)
      states.add(ours.readyState)
      pair.a.channels.forEach(closeAndLook)
      await pair.network.run({ until: () => pair.allChannels.every(({ isOver }) => isOver) })
      expect(pair.b.channels[0]!.milestones).toEqual(['open', 'close'])
      await pair.end()
      expect(pair.violations()).toEqual([])
    }
    expect([...states]).toEqual(['open', 'closing', 'closed'])
  })

  test('while disconnected: closing, and closed when the network is back', async () => {
    const pair = new VirtualPair({ link: LINK })
    const [ours] = await pair.channels()
    pair.network.setLink({ lossRatio: 1 })
    await pair.network.run({ until: () => pair.a.connection.connectionState === 'disconnected' })
    pair.a.channels.forEach(closeAndLook)
    await pair.network.runFor(1000)
    expect(ours.readyState).toBe('closing')
    pair.network.setLink({ lossRatio: 0 })
    await pair.network.run({ until: () => pair.allChannels.every(({ isOver }) => isOver) })
    expect(pair.b.channels[0]!.milestones).toEqual(['open', 'closing', 'close'])
    await pair.end()
    expect(pair.violations()).toEqual([])
  })

  test('while failed: closing, until the connection is closed', async () => {
    const pair = new VirtualPair({ link: LINK })
    const [ours] = await pair.channels()
    pair.network.setLink({ lossRatio: 1 })
    await pair.network.run({ until: () => pair.a.connection.connectionState === 'failed' })
    pair.a.channels.forEach(closeAndLook)
    await pair.network.runFor(60_000)
    expect(ours.readyState).toBe('closing')
    await pair.end()
    expect(pair.violations()).toEqual([])
  })

  test('after the connection was closed: a no-op', async () => {
    const pair = new VirtualPair({ link: LINK })
    await pair.channels()
    pair.a.connection.close()
    pair.a.channels.forEach(closeAndLook)
    await pair.end()
    pair.allChannels.forEach(closeAndLook)
    await pair.network.runFor(1000)
    expect(pair.violations()).toEqual([])
  })
})
