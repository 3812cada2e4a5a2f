import { describe, expect, test } from 'vitest'
import { APPLICATION_DATA, tap } from './support/datagram-tap.js'
import { VirtualPair } from './support/virtual-pair.js'

const RTT_MILLIS = 20
const LINK = { latencyMillis: RTT_MILLIS / 2 }
const EVEN_ODD = 2

const areOver = (pair: VirtualPair) => () => pair.allChannels.every(({ isOver }) => isOver)

async function end(pair: VirtualPair): Promise<void> {
  await pair.end()
  expect(pair.violations()).toEqual([])
}

describe('D5: the stream reset behind channel.close()', () => {
  /** A reset, its answer, the peer's reset, the answer to that: each of the first packets is lost once. */
  test.each([0, 1, 2, 3, 4, 5, 6, 7])('packet %i after close() is lost: it is repeated', async (lost) => {
    const pair = new VirtualPair({ link: LINK })
    const [ours] = await pair.channels()
    await pair.network.runFor(1000)
    let packet = 0
    tap(pair.network, ({ contentType }) => contentType !== APPLICATION_DATA || packet++ !== lost)
    ours.close()
    await pair.network.run({ until: areOver(pair), maxVirtualMillis: 10_000 })
    expect(pair.a.channels[0]!.events).toEqual(['open', 'close'])
    expect(pair.b.channels[0]!.events).toEqual(['open', 'closing', 'close'])
    expect(packet).toBeGreaterThan(0)
    await end(pair)
  })

  test.each([0.2, 0.4])('with %d loss from close() on', async (lossRatio) => {
    for (let seed = 1; seed <= 5; seed++) {
      const pair = new VirtualPair({ seed, link: LINK })
      const [ours] = await pair.channels()
      pair.network.setLink({ lossRatio })
      ours.send('before')
      ours.close()
      await pair.network.run({ until: areOver(pair), maxVirtualMillis: 600_000 })
      expect(pair.b.channels[0]!.events).toEqual(['open', 'message', 'closing', 'close'])
      await end(pair)
    }
  })

  test.each([0, 1, 5, 9, 10, 11, 15, 20, 25, 30, 40])('by both sides, %i ms apart', async (millis) => {
    const pair = new VirtualPair({ link: LINK })
    const [ours, theirs] = await pair.channels()
    for (const channel of [ours, theirs]) channel.send(new Uint8Array(100_000))
    ours.close()
    await pair.network.runFor(millis)
    theirs.close()
    await pair.network.run({ until: areOver(pair), maxVirtualMillis: 10_000 })
    expect(pair.a.channels[0]!.events).toEqual(expect.arrayContaining(['open', 'close']))
    expect(pair.a.channels[0]!.events).not.toContain('closing')
    await end(pair)
  })

  test('an id is used again after both directions are reset, never before', async () => {
    const pair = new VirtualPair({ link: LINK })
    const [first] = await pair.channels('first')
    const { id } = first
    first.close()
    const whileClosing = pair.create(pair.a, 'while closing')
    expect(whileClosing.id).toBe(id! + EVEN_ODD)
    await pair.network.run({ until: () => first.readyState === 'closed' })
    await pair.network.runFor(RTT_MILLIS)
    const after = pair.create(pair.a, 'after')
    expect(after.id).toBe(id)
    after.onopen = () => after.send('for the new one')
    await pair.network.runFor(10 * RTT_MILLIS)
    expect(pair.b.channels.map(({ channel }) => channel.label)).toEqual(['first', 'while closing', 'after'])
    expect(pair.b.channels.map(({ messages }) => messages)).toEqual([[], [], ['for the new one']])
    await end(pair)
  })

  test('100 channels after one another, over a bad link, with one id', async () => {
    const pair = new VirtualPair({ seed: 5, link: LINK })
    await pair.channels('stays')
    pair.network.setLink({ lossRatio: 0.05, jitterMillis: 5 })
    const ids = new Set<number | null>()
    let cycles = 0
    const next = (): void => {
      const channel = pair.create(pair.a, `cycle ${cycles}`)
      channel.onopen = () => {
        ids.add(channel.id)
        channel.send(channel.label)
        channel.close()
      }
      channel.onclose = () => {
        if (++cycles < 100) next()
      }
    }
    next()
    await pair.network.run({ until: () => cycles === 100, maxVirtualMillis: 3_600_000 })
    await pair.network.runFor(60_000)
    const theirs = pair.b.channels.slice(1)
    expect(theirs.map(({ messages }) => messages)).toEqual(Array.from({ length: 100 }, (_, i) => [`cycle ${i}`]))
    for (const { milestones } of theirs) expect(milestones).toEqual(['open', 'closing', 'close'])
    expect(ids.size).toBeLessThanOrEqual(3)
    await end(pair)
  })

  test('300 channels closed in one turn, half by either side', async () => {
    const pair = new VirtualPair({ seed: 6, link: { ...LINK, lossRatio: 0.01 } })
    for (let i = 0; i < 300; i++) pair.create(pair.a, String(i))
    await pair.negotiate()
    await pair.network.run({
      until: () => pair.b.channels.filter(({ events }) => events[0] === 'open').length === 300,
    })
    pair.a.channels.forEach(({ channel }, index) => (index % 2 === 0 ? channel.close() : undefined))
    pair.b.channels.forEach(({ channel }) => (Number(channel.label) % 2 === 1 ? channel.close() : undefined))
    await pair.network.run({ until: areOver(pair) })
    for (const { channel, milestones } of pair.allChannels) {
      const isCaller = (Number(channel.label) % 2 === 0) === pair.a.channels.some((own) => own.channel === channel)
      expect(milestones).toEqual(isCaller ? ['open', 'close'] : ['open', 'closing', 'close'])
    }
    await end(pair)
  })
})
