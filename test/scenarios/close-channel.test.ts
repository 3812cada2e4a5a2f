import { describe, expect, test } from 'vitest'
import { connectedPair, openChannel, type Pair } from './support/connected-pair.js'
import type { TestChannel } from './support/test-channel.js'

function runUntilClosed({ link }: Pair, ...channels: TestChannel[]): void {
  link.runUntil(() => channels.every((channel) => channel.readyState === 'closed'))
}

describe('closing a channel', () => {
  test('D5, D6, D9: closing, what is pending, close; in order and once', () => {
    const pair = connectedPair({ rttMillis: 100 })
    const [ours, theirs] = openChannel(pair, pair.alice, pair.bob)
    for (let i = 0; i < 100; i++) theirs.send(`pending ${i}`)
    ours.send('bye')
    ours.close()
    ours.close()
    runUntilClosed(pair, ours, theirs)
    pair.link.runFor(60_000)
    expect(theirs.log).toEqual(['open', 'message', 'closing', 'close'])
    expect(ours.log).toEqual(['open', 'close'])
    expect(theirs.bufferedAmount).toBe(0)
    expect(theirs.error).toBeUndefined()
    expect(ours.id).toBeUndefined()
  })

  test.each([
    ['one message', ['bye']],
    ['more than a window', Array.from({ length: 20 }, () => new Uint8Array(1000))],
  ])('right after send(), %s: no delayed SACK stands in its way', (_, messages) => {
    const rttMillis = 100
    const pair = connectedPair({ rttMillis })
    const [ours, theirs] = openChannel(pair, pair.alice, pair.bob)
    pair.link.runFor(1000)
    const begun = pair.link.now
    for (const message of messages) ours.send(message)
    ours.close()
    pair.link.runUntil(() => theirs.readyState === 'closing')
    expect(theirs.messages).toHaveLength(messages.length)
    const slowStart = messages.length > 10 ? rttMillis : 0
    // The data and its SACK, then our reset: the SACK's delay (20 ms) is on top of neither.
    expect(pair.link.now - begun).toBe(1.5 * rttMillis + slowStart)
    runUntilClosed(pair, ours, theirs)
    expect(pair.link.now - begun).toBe(2.5 * rttMillis + slowStart)
  })

  test('the tutorial: in the first message', () => {
    const pair = connectedPair()
    pair.bob.onChannel = (channel) => {
      channel.onMessage = () => channel.close()
    }
    const [ours, theirs] = openChannel(pair, pair.alice, pair.bob)
    ours.send('hello')
    ours.send('not shown any more')
    runUntilClosed(pair, ours, theirs)
    expect(ours.log).toEqual(['open', 'closing', 'close'])
    expect(theirs.log).toEqual(['open', 'message', 'close'])
  })

  test.each([1, 2, 3, 4, 5])('D5: half of all datagrams are lost from close() on (seed %i)', (seed) => {
    const pair = connectedPair({ seed, rttMillis: 50 })
    const [ours, theirs] = openChannel(pair, pair.alice, pair.bob)
    pair.link.options = { ...pair.link.options, lossRatio: 0.5 }
    ours.close()
    runUntilClosed(pair, ours, theirs)
    expect(theirs.log).toEqual(['open', 'closing', 'close'])
  })

  test.each([0, 1, 2, 5, 10, 30, 50, 80, 120])('D5: both close, %i ms apart', (millis) => {
    const pair = connectedPair({ rttMillis: 50 })
    const [ours, theirs] = openChannel(pair, pair.alice, pair.bob)
    ours.close()
    pair.link.runFor(millis)
    theirs.close()
    runUntilClosed(pair, ours, theirs)
    pair.link.runFor(10_000)
    expect(ours.log).toEqual(['open', 'close'])
    expect(theirs.log.at(-1)).toBe('close')
    expect(theirs.log.filter((event) => event === 'close')).toHaveLength(1)
  })

  test('D2: while connecting', () => {
    const pair = connectedPair()
    const channel = pair.alice.open()
    channel.close()
    expect(channel.readyState).toBe('closing')
    runUntilClosed(pair, channel)
    pair.link.runFor(1000)
    expect(channel.log).toEqual(['close'])
  })

  test('right after opening: the peer sees it come and go', () => {
    const pair = connectedPair()
    const channel = pair.alice.open()
    pair.link.runUntil(() => channel.readyState === 'open')
    channel.close()
    runUntilClosed(pair, channel)
    pair.link.runUntil(() => pair.bob.incoming[0]?.readyState === 'closed')
    expect(pair.bob.incoming[0]!.log).toEqual(['open', 'closing', 'close'])
  })

  test('a negotiated channel that the other side opens later has what was sent before', () => {
    const pair = connectedPair()
    const ours = pair.alice.open({ negotiated: true, id: 7 })
    pair.link.runUntil(() => ours.readyState === 'open')
    ours.send('early')
    pair.link.runFor(1000)
    const theirs = pair.bob.open({ negotiated: true, id: 7 })
    pair.link.runUntil(() => theirs.messages.length === 1)
    theirs.close()
    runUntilClosed(pair, ours, theirs)
    expect(ours.log).toEqual(['open', 'closing', 'close'])
  })

  test('3,000 channels, all closed in the same turn', () => {
    const pair = connectedPair({ seed: 9, lossRatio: 0.02 })
    const { alice, bob, link } = pair
    const channels = Array.from({ length: 3000 }, (_, index) => alice.open({ label: String(index) }))
    link.runUntil(() => bob.incoming.length === 3000)
    for (const channel of channels) channel.close()
    link.runUntil(() => [...channels, ...bob.incoming].every((channel) => channel.readyState === 'closed'))
    expect(bob.incoming.every((channel) => channel.log.join() === 'open,closing,close')).toBe(true)
  })

  test('SECURITY 13: ids are used again at once, 500 times over a bad link, and never out of turn', () => {
    const pair = connectedPair({ seed: 8, rttMillis: 10, lossRatio: 0.02, jitterMillis: 5 })
    const { alice, bob, link } = pair
    let closed = 0
    const cycle = (): void => {
      const channel = alice.open({ label: String(closed) })
      channel.onClose = () => {
        closed++
        if (closed < 500) cycle()
      }
    }
    alice.onEvent = (event) => {
      if (event.type !== 'channel' || event.event.type !== 'open') return
      const channel = alice.channels.get(event.event.handle)!
      link.after(0, () => {
        channel.send(channel.parameters.label)
        channel.close()
      })
    }
    cycle()
    link.runUntil(() => closed === 500, { withinMillis: 3_600_000 })
    link.runFor(60_000)
    expect(bob.incoming.map((channel) => channel.messages)).toEqual(
      Array.from({ length: 500 }, (_, index) => [String(index)]),
    )
    expect(bob.incoming.every((channel) => channel.log.join() === 'open,message,closing,close')).toBe(true)
    expect(Math.max(...[...alice.channels.values()].map((channel) => channel.id ?? 0))).toBe(0)
  })
})
