import { describe, expect, test } from 'vitest'
import type { ChannelPriority } from '../../src/datachannel/types.js'
import { connectedPair, openChannel } from './support/connected-pair.js'

const MESSAGE_BYTES = 8000
const MESSAGES = 500

function bytesOf(messages: readonly (string | Uint8Array)[]): number {
  return messages.reduce((sum, message) => sum + message.length, 0)
}

/** How much of the second of two channels has come for each byte of the first, while both have more to send. */
function ratio(priorities: readonly [ChannelPriority, ChannelPriority], sender: 'opener' | 'other'): number {
  const pair = connectedPair({ rttMillis: 20 })
  const channels = priorities.map((priority) => openChannel(pair, pair.alice, pair.bob, { priority }))
  const ends = channels.map(([ours, theirs]) =>
    sender === 'opener' ? { from: ours, to: theirs } : { from: theirs, to: ours },
  )
  for (let i = 0; i < MESSAGES; i++) for (const { from } of ends) from.send(new Uint8Array(MESSAGE_BYTES))
  const arrived = (): number[] => ends.map(({ to }) => bytesOf(to.messages))
  pair.link.runUntil(() => Math.max(...arrived()) > (MESSAGES * MESSAGE_BYTES) / 2)
  const [first, second] = arrived()
  return second! / first!
}

describe.each(['opener', 'other'] as const)(
  'channels share what can be sent by their priorities (%s sends)',
  (sender) => {
    // RFC 8831 §6.4: 128, 256, 512 and 1024.
    test.each([
      ['low', 'low', 1],
      ['low', 'medium', 2],
      ['low', 'high', 4],
      ['high', 'very-low', 1 / 8],
    ] as const)('%s and %s: 1 to %d', (one, two, expected) => {
      const measured = ratio([one, two], sender)
      expect(measured).toBeGreaterThan(expected * 0.85)
      expect(measured).toBeLessThan(expected * 1.15)
    })
  },
)
