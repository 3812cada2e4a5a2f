import { expect, test } from 'vitest'
import { MessageRun } from '../sctp/rx/message-run.js'
import { PeerEventQueue } from './peer-event-queue.js'

test('messages that came together are told one by one, in their place', () => {
  const queue = new PeerEventQueue()
  const messages = [Uint8Array.of(1), Uint8Array.of(2, 3)]
  queue.push({ type: 'sctpState', state: 'connected' })
  queue.push({ type: 'messages', handle: 7, kind: 'binary', run: new MessageRun(0, 53, 3, messages) })
  queue.push({ type: 'sctpState', state: 'closed' })
  const message = (data: Uint8Array) => ({
    type: 'channel',
    event: { type: 'message', handle: 7, kind: 'binary', data },
  })
  expect(queue.shift()).toEqual({ type: 'sctpState', state: 'connected' })
  expect(queue.shift()).toEqual(message(messages[0]!))
  expect(queue.isEmpty).toBe(false)
  expect(queue.shift()).toEqual(message(messages[1]!))
  expect(queue.shift()).toEqual({ type: 'sctpState', state: 'closed' })
  expect([queue.shift(), queue.isEmpty]).toEqual([undefined, true])
})

test('what is cleared is not told, though it was begun', () => {
  const queue = new PeerEventQueue()
  queue.push({
    type: 'messages',
    handle: 7,
    kind: 'text',
    run: new MessageRun(0, 51, 2, [Uint8Array.of(1), Uint8Array.of(2)]),
  })
  queue.shift()
  queue.clear()
  expect([queue.shift(), queue.isEmpty]).toEqual([undefined, true])
})
