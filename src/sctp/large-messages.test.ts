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

  test('memory that is not cleared shows nowhere: of any lengths, with losses, on two streams', () => {
    const dirty = (bytes: number) => new Uint8Array(bytes).fill(0xdd)
    const pair = new Pair({ seed: 5, lossRatio: 0.02, rttMillis: 4, b: { messageMemory: dirty } }).connected()
    const lengths = [1, 2, 1130, 1131, 1132, 40_000, 65_536, 65_536, 65_535, 3, 200_000, 65_536, 70_000]
    const sent = lengths.map((length, i) => block(length, i))
    sent.forEach((data, i) => pair.a.association.send(pair.now, ordered(1 + (i & 1), data)))
    expect(pair.run(() => pair.b.messages.length === sent.length)).toBe(true)
    for (const data of pair.b.messages) {
      expect(sent.some((other) => equalBytes(data, other))).toBe(true)
      expect(data.buffer.byteLength).toBe(data.length)
    }
    expect(pair.b.messages.reduce((sum, { length }) => sum + length, 0)).toBe(lengths.reduce((sum, n) => sum + n, 0))
  })
})
