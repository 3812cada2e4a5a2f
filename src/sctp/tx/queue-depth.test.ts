import { expect, test } from 'vitest'
import { Deque } from '../../core/index.js'
import { zeroCounters } from '../counters.js'
import { SendQueue } from './send-queue.js'

/** Whatever a queue could do that costs more, the more it holds. */
const COUNTED: readonly (readonly [object, readonly string[]])[] = [
  [Array.prototype, ['splice', 'shift', 'unshift', 'indexOf', 'includes', 'find', 'filter', 'sort', 'push', 'pop']],
  [Deque.prototype, ['push', 'shift', 'peek', 'at']],
  [Map.prototype, ['get', 'set', 'delete', 'keys', 'values', 'entries', 'forEach']],
]

/** How often methods of collections are called by `run`. */
function operationsOf(run: () => void): number {
  let calls = 0
  const undo: (() => void)[] = []
  for (const [prototype, names] of COUNTED) {
    for (const name of names) {
      const descriptor = Object.getOwnPropertyDescriptor(prototype, name)!
      const method = descriptor.value as (...values: unknown[]) => unknown
      const value = function (this: unknown, ...values: unknown[]): unknown {
        calls++
        return method.apply(this, values)
      }
      undo[undo.length] = () => Object.defineProperty(prototype, name, descriptor)
      Object.defineProperty(prototype, name, { ...descriptor, value })
    }
  }
  try {
    run()
  } finally {
    for (const restore of undo) restore()
  }
  return calls
}

/** Operations for each of 1,000 messages that are taken, and one pushed, with so many queued before. */
function operationsPerMessage(depth: number, streams: number, interleaving: boolean): number {
  const queue = new SendQueue({ counters: zeroCounters(), onSent: () => {} })
  queue.begin({ outgoingStreams: 65535, interleaving, peerWindowBytes: 1_000_000 })
  const data = new Uint8Array(100)
  for (let i = 0; i < depth; i++) queue.push(0, { streamId: i % streams, ppid: 53, data, ordered: true })
  const calls = operationsOf(() => {
    for (let i = 0; i < 1000; i++) {
      const message = queue.next(0)!
      queue.consume(message, message.data.length)
      queue.push(0, { streamId: i % streams, ppid: 53, data, ordered: true })
    }
  })
  return calls / 1000
}

test.each([
  { streams: 1, interleaving: true },
  { streams: 1, interleaving: false },
  { streams: 20, interleaving: true },
])('a message costs the same with 40, 10,000 and 100,000 queued: $streams streams, $interleaving', (queue) => {
  const [short, long, longest] = [40, 10_000, 100_000].map((depth) =>
    operationsPerMessage(depth, queue.streams, queue.interleaving),
  ) as [number, number, number]
  expect(short).toBeGreaterThan(2)
  expect(long).toBeCloseTo(short, 0)
  expect(longest).toBeCloseTo(short, 0)
})
