import { describe, expect, test } from 'vitest'
import { equalBytes } from '../core/index.js'
import { block, ordered, Pair, type LinkOptions } from './association.test-support.js'

const WINDOW_BYTES = 256 * 1024
const MESSAGE_BYTES = 16_000
/** What is delivered between two looks at the events is not counted yet. */
const MOST_UNREAD_BYTES = 1.5 * WINDOW_BYTES

/** b's application reads when it is told to. */
function slowReader(link: LinkOptions) {
  const pair = new Pair({ ...link, b: { receiveWindowBytes: WINDOW_BYTES } }).connected()
  const unread: Uint8Array[] = []
  const seen = { unreadBytes: 0, mostUnreadBytes: 0, read: [] as Uint8Array[] }
  const count = (bytes: number) => {
    seen.unreadBytes += bytes
    seen.mostUnreadBytes = Math.max(seen.mostUnreadBytes, seen.unreadBytes)
    return pair.b.association.setUnreadBytes(seen.unreadBytes)
  }
  pair.b.onEvent = (event) => {
    if (event.type !== 'message') return
    unread.push(event.data)
    count(event.data.length)
  }
  const read = () => {
    const message = unread.shift()
    if (message === undefined) return false
    seen.read.push(message)
    return count(-message.length)
  }
  return { pair, seen, read }
}

describe('an application that does not read', () => {
  test.each([0, 0.02])(
    'closes the window, is probed for an hour, and gets everything when it reads, at loss %f',
    (lossRatio) => {
      const { pair, seen, read } = slowReader({ lossRatio, rttMillis: 40 })
      const sent = Array.from({ length: 200 }, (_, i) => block(MESSAGE_BYTES, i))
      for (const data of sent) pair.a.association.send(pair.now, ordered(1, data))
      pair.run()
      expect(pair.a.isClosed || pair.b.isClosed).toBe(false)
      expect(seen.unreadBytes).toBeGreaterThan(WINDOW_BYTES - 2 * MESSAGE_BYTES)
      expect(seen.mostUnreadBytes).toBeLessThanOrEqual(MOST_UNREAD_BYTES)
      while (seen.read.length < sent.length) {
        read()
        pair.run(() => false, 50)
      }
      expect(seen.mostUnreadBytes).toBeLessThanOrEqual(MOST_UNREAD_BYTES)
      expect(seen.read.findIndex((message, i) => !equalBytes(message, sent[i]!))).toBe(-1)
    },
  )

  test('does not wait for the probe when it reads again: the peer is told of the room at once', () => {
    const { pair, seen, read } = slowReader({ rttMillis: 40 })
    for (let i = 0; i < 100; i++) pair.a.association.send(pair.now, ordered(1, block(MESSAGE_BYTES, i)))
    pair.run(() => false, 30_000)
    const before = pair.b.messages.length
    while (!read()) expect(seen.unreadBytes).toBeGreaterThan(WINDOW_BYTES - 2 * 65_536)
    expect(seen.unreadBytes).toBeLessThanOrEqual(WINDOW_BYTES - 65_536) // not for every crumb
    expect(pair.run(() => pair.b.messages.length >= before + 3, 400)).toBe(true)
  })

  test('SECURITY 9: a peer that does not mind the window is not let in, and not sent away for it', () => {
    const { pair, seen } = slowReader({ a: { receiveWindowBytes: WINDOW_BYTES } })
    const send = pair.a.association.send.bind(pair.a.association)
    for (let i = 0; i < 40; i++) send(pair.now, { ...ordered(1, block(MESSAGE_BYTES, i)), maxRetransmissions: 0 })
    pair.run(() => false, 600_000)
    expect(seen.mostUnreadBytes).toBeLessThanOrEqual(MOST_UNREAD_BYTES)
    expect(pair.b.isClosed).toBe(false)
  })
})
