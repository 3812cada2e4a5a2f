import { describe, expect, test } from 'vitest'
import { resourcesOf } from '../../src/index.js'
import { SIGNALLING, VirtualPair, type Side, type SignallingMoment } from './support/virtual-pair.js'

/** Half a round trip is 10 ms: everything between gathering and the first message happens in this time. */
const LINK = { latencyMillis: 10 }
const MOMENTS_MILLIS = Array.from({ length: 27 }, (_, index) => 5 * index)

type Closer = 'a' | 'b' | 'both'
const CLOSERS: readonly Closer[] = ['a', 'b', 'both']

function closing(pair: VirtualPair, closer: Closer): readonly Side[] {
  return closer === 'both' ? [pair.a, pair.b] : [pair[closer]]
}

/** Calls close() and looks at all that has to be true when it returns. */
function closeAndLook({ connection, channels, history, io }: Side): void {
  const { iceGatheringState } = connection
  const told = history.events.length
  const toldByChannels = channels.map(({ events }) => events.length)
  const close: () => unknown = connection.close.bind(connection)
  expect(close()).toBeUndefined()
  expect(connection).toMatchObject({
    signalingState: 'closed',
    connectionState: 'closed',
    iceConnectionState: 'closed',
    iceGatheringState,
  })
  expect(history.violations()).toEqual([])
  for (const { channel } of channels) expect(channel.readyState).toBe('closed')
  // P2, D3: no handler has run inside the call.
  expect(history.events.length).toBe(told)
  expect(channels.map(({ events }) => events.length)).toEqual(toldByChannels)
  expect(close()).toBeUndefined()
  expect(io.held.timers).toBe(0)
}

async function expectQuiet(pair: VirtualPair, side: Side): Promise<void> {
  const told = side.history.events.length
  await pair.network.runFor(5000)
  expect(side.history.events.slice(told)).toEqual([])
  for (const { events } of side.channels) expect(events.filter((type) => type === 'close')).toEqual(['close'])
  expect(resourcesOf(side.connection)).toEqual({ sockets: 0, timers: 0, lookups: 0, pendingTasks: 0 })
  expect(side.io.held).toEqual({ sockets: 0, timers: 0 })
}

async function expectPeerToNotice(pair: VirtualPair, peer: Side): Promise<void> {
  const couldKnow = peer.connection.sctp?.transport.state
  if (couldKnow !== 'connected') return
  // Consent was revoked, or the handshake's last flight was lost with the peer: then consent expires by itself.
  const isGone = () => ['disconnected', 'failed'].includes(peer.connection.connectionState)
  await pair.network.run({ until: isGone, maxVirtualMillis: 60_000 })
}

describe('P1, P2, P4, P6, P7, P8: connection.close()', () => {
  const seen = new Set<string>()

  async function check(pair: VirtualPair, closer: Closer): Promise<void> {
    pair.observeTransports()
    const closers = closing(pair, closer)
    for (const side of closers) for (const state of side.history.states) seen.add(state)
    for (const side of closers) closeAndLook(side)
    for (const side of closers) await expectQuiet(pair, side)
    for (const side of [pair.a, pair.b]) if (!closers.includes(side)) await expectPeerToNotice(pair, side)
    await pair.end()
    expect(pair.violations()).toEqual([])
    for (const channel of pair.allChannels) expect(channel.isOver).toBe(true)
  }

  const negotiations = SIGNALLING.flatMap((moment) => CLOSERS.map((closer) => [moment, closer] as const))
  test.each(negotiations)("in the signalling moment '%s', by %s", async (moment: SignallingMoment, closer) => {
    const pair = new VirtualPair({ link: LINK })
    pair.create(pair.a)
    await pair.negotiate(moment)
    await check(pair, closer)
  })

  const moments = MOMENTS_MILLIS.flatMap((millis) => CLOSERS.map((closer) => [millis, closer] as const))
  test.each(moments)('%i ms into the connection, by %s', async (millis, closer) => {
    const pair = new VirtualPair({ link: LINK })
    pair.create(pair.a)
    await pair.negotiate()
    await pair.network.runFor(millis)
    await check(pair, closer)
  })

  test.each([
    ['a', 'offer set'],
    ['b', 'answer set'],
  ] as const)('while it gathers, by %s', async (closer, moment) => {
    const pair = new VirtualPair({ link: LINK })
    pair.create(pair.a)
    const { connection } = pair[closer]
    const gathers = new Promise((resolve) => {
      connection.addEventListener('icegatheringstatechange', resolve, { once: true })
    })
    await pair.negotiate(moment)
    await gathers
    expect(connection.iceGatheringState).toBe('gathering')
    await check(pair, closer)
  })

  test.each(CLOSERS)('while a channel is closing, by %s', async (closer) => {
    const pair = new VirtualPair({ link: LINK })
    const [ours] = await pair.channels()
    ours.send(new Uint8Array(100_000))
    ours.close()
    expect(ours.readyState).toBe('closing')
    await check(pair, closer)
  })

  test.each(CLOSERS)('disconnected, by %s', async (closer) => {
    const pair = new VirtualPair({ link: LINK })
    await pair.channels()
    pair.network.setLink({ lossRatio: 1 })
    await pair.network.run({ until: () => pair.a.connection.connectionState === 'disconnected' })
    await check(pair, closer)
  })

  test.each(CLOSERS)('failed, by %s', async (closer) => {
    const pair = new VirtualPair({ link: LINK })
    await pair.channels()
    pair.network.setLink({ lossRatio: 1 })
    const isFailed = ({ connection }: Side) => connection.connectionState === 'failed'
    await pair.network.run({ until: () => isFailed(pair.a) && isFailed(pair.b) })
    await check(pair, closer)
  })

  test.each(CLOSERS)('failed without ever being connected, by %s', async (closer) => {
    const pair = new VirtualPair({ link: { lossRatio: 1 } })
    pair.create(pair.a)
    await pair.negotiate()
    await pair.network.run({ until: () => pair.a.connection.connectionState === 'failed' })
    await check(pair, closer)
  })

  test.each(CLOSERS)('after the other side was closed, by %s', async (closer) => {
    const pair = new VirtualPair({ link: LINK })
    await pair.channels()
    closeAndLook(pair.b)
    await pair.network.run({ until: () => pair.a.connection.connectionState === 'disconnected' })
    if (closer !== 'a') pair.b.connection.close()
    closeAndLook(pair.a)
    await expectQuiet(pair, pair.a)
    expect(pair.violations()).toEqual([])
  })

  test('all of these states were among them', () => {
    const wanted = {
      signalling: ['stable', 'have-local-offer', 'have-remote-offer'],
      gathering: ['new', 'gathering', 'complete'],
      ice: ['new', 'checking', 'connected', 'completed', 'disconnected', 'failed'],
      connection: ['new', 'connecting', 'connected', 'disconnected', 'failed'],
      dtls: ['none', 'new', 'connecting', 'connected'],
      sctp: ['none', 'connecting', 'connected'],
    }
    const states = Object.entries(wanted).flatMap(([of, values]) => values.map((value) => `${of} ${value}`))
    expect([...seen]).toEqual(expect.arrayContaining(states))
  })
})
