import { describe, expect, test } from 'vitest'
import { block, blocks, connectedPair, KiB, MiB, openChannel, record } from './support/connected-pair.js'

const LINKS = [
  { lossRatio: 0, rttMillis: 0 },
  { lossRatio: 0, rttMillis: 100 },
  { lossRatio: 0.05, rttMillis: 0 },
  { lossRatio: 0.05, rttMillis: 100 },
]

describe('messages', () => {
  test.each(LINKS)(
    'text, binary, empty and the largest arrive as they were sent: $lossRatio loss, $rttMillis ms',
    (link) => {
      const pair = connectedPair({ seed: 3, ...link })
      const [ours, theirs] = openChannel(pair, pair.alice, pair.bob)
      const largest = block(262_144, 1)
      const sent = ['grüß Gott', '', Uint8Array.of(1, 2, 3), new Uint8Array(0), largest, 'x'.repeat(262_144)]
      for (const message of sent) ours.send(message)
      theirs.send('and back')
      pair.link.runUntil(() => theirs.messages.length === sent.length && ours.messages.length === 1)
      expect(theirs.messages.map((message) => typeof message)).toEqual(sent.map((message) => typeof message))
      // By Buffer: comparing megabytes element by element takes longer than sending them.
      for (const [index, message] of sent.entries())
        expect(Buffer.from(theirs.messages[index]!).equals(Buffer.from(message))).toBe(true)
      expect(ours.messages).toEqual(['and back'])
      expect(ours.bufferedAmount).toBe(0)
      expect(theirs.bufferedAmount).toBe(0)
    },
  )

  test('arrive once and in order over a link that reorders and duplicates', () => {
    const pair = connectedPair({ seed: 4, rttMillis: 40, jitterMillis: 60, duplicateRatio: 0.2 })
    const [ours, theirs] = openChannel(pair, pair.alice, pair.bob)
    const sent = Array.from({ length: 500 }, (_, i) => `message ${i} ${'.'.repeat(i * 7)}`)
    for (const message of sent) ours.send(message)
    pair.link.runUntil(() => theirs.messages.length === sent.length)
    pair.link.runFor(5000)
    expect(theirs.messages).toEqual(sent)
  })

  test('unordered ones all arrive, in any order', () => {
    const pair = connectedPair({ seed: 5, rttMillis: 40, lossRatio: 0.05, jitterMillis: 20 })
    const [ours, theirs] = openChannel(pair, pair.alice, pair.bob, { ordered: false })
    pair.link.runFor(1000)
    const sent = Array.from({ length: 500 }, (_, i) => `message ${i}`)
    for (const message of sent) ours.send(message)
    pair.link.runUntil(() => theirs.messages.length === sent.length)
    expect(new Set(theirs.messages)).toEqual(new Set(sent))
    expect(theirs.messages).not.toEqual(sent)
  })

  test.each([{ maxRetransmits: 0 }, { maxPacketLifeTime: 50 }])(
    'partial reliability: %o loses some, and goes on',
    (limit) => {
      const pair = connectedPair({ seed: 6, rttMillis: 100, lossRatio: 0.2 })
      const [ours, theirs] = openChannel(pair, pair.alice, pair.bob, { ...limit, ordered: false })
      for (let i = 0; i < 200; i++) {
        ours.send(`message ${i}`)
        pair.link.runFor(20)
      }
      pair.link.runFor(5000)
      pair.link.options = { ...pair.link.options, lossRatio: 0 }
      ours.send('last')
      pair.link.runUntil(() => theirs.messages.includes('last'))
      expect(theirs.messages.length).toBeGreaterThan(100)
      expect(theirs.messages.length).toBeLessThan(201)
      expect(new Set(theirs.messages).size).toBe(theirs.messages.length)
      expect(ours.bufferedAmount).toBe(0)
    },
  )
})

describe('D4: what was sent before close() arrives before the close event', () => {
  test.each(LINKS)('10 MiB at $lossRatio loss and $rttMillis ms', (link) => {
    const pair = connectedPair({ seed: 7, ...link })
    const [ours, theirs] = openChannel(pair, pair.alice, pair.bob)
    const received = record(theirs)
    for (let i = 0; i < 160; i++) ours.send(block(64 * KiB, i))
    expect(ours.bufferedAmount).toBe(10 * MiB)
    ours.close()
    expect(ours.readyState).toBe('closing')
    expect(() => ours.send('late')).toThrow('InvalidStateError')
    pair.link.runUntil(() => theirs.readyState === 'closed' && ours.readyState === 'closed', {
      withinMillis: 3_600_000,
    })
    expect(received.events.at(-1)).toBe('close')
    expect(received.events.filter((event) => event === 'message')).toHaveLength(160)
    expect(Buffer.compare(received.bytes, blocks(64 * KiB, 160))).toBe(0)
    expect(ours.bufferedAmount).toBe(0)
    expect(ours.log).toEqual(['open', 'close'])
  })
})
