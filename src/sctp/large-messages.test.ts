import { expect, test } from 'vitest'
import { equalBytes } from '../core/index.js'
import { block, describeBothKinds, ordered, Pair } from './association.test-support.js'

const MIB = 1024 * 1024

describeBothKinds('large messages', () => {
  test('one far larger than the window arrives, if it was signalled; then the window is as before', () => {
    const limits = { receiveWindowBytes: 200_000, maxMessageSizeBytes: 16 * MIB }
    const pair = new Pair({ seed: 2, lossRatio: 0.001, rttMillis: 4, b: limits }).connected()
    const sent = [block(12 * MIB, 1), block(MIB, 2)]
    for (const data of sent) pair.a.association.send(pair.now, ordered(1, data))
    expect(pair.run(() => pair.b.messages.length === 2)).toBe(true)
    expect(sent.every((data, i) => equalBytes(data, pair.b.messages[i]!))).toBe(true)
    expect(pair.b.association.holdings.bufferedBytes).toBe(0)
  })

  test('halves of messages that never end are bounded by the window and one message', () => {
    const limits = { receiveWindowBytes: 300_000, maxMessageSizeBytes: 200_000 }
    const pair = new Pair({ rttMillis: 4, a: { maxRetransmissions: 3 }, b: limits }).connected()
    let most = 0
    // Nothing that ends a message gets through.
    pair.filter = (packet, to) => to !== pair.b || (packet[13]! & 1) === 0 || packet[12] === 3
    for (let id = 0; id < 40; id++) pair.a.association.send(pair.now, ordered(id, block(150_000, id)))
    pair.run(() => {
      most = Math.max(most, pair.b.association.holdings.bufferedBytes)
      return pair.a.isClosed
    }, 60_000)
    expect(most).toBeGreaterThan(0)
    expect(most).toBeLessThanOrEqual(limits.receiveWindowBytes + limits.maxMessageSizeBytes)
  })
})
