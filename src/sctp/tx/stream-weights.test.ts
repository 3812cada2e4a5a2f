import { expect, test } from 'vitest'
import { block, describeBothKinds, ordered, Pair } from '../association.test-support.js'

/** Bytes that arrived on the streams 1 and 2 while both had something to send. */
function shares(setUp: (pair: Pair) => void, lengths: readonly [number, number] = [5000, 5000]): readonly number[] {
  const pair = new Pair({ rttMillis: 20 }).connected()
  for (const streamId of [1, 2]) {
    const length = lengths[streamId - 1]!
    for (let sent = 0; sent < 8_000_000; sent += length) {
      pair.a.association.send(pair.now, ordered(streamId, block(length, streamId)))
    }
  }
  setUp(pair)
  const bytes = [0, 0]
  pair.b.onEvent = (event) => {
    if (event.type === 'message') bytes[event.streamId - 1]! += event.data.length
  }
  pair.run(() => bytes[0]! + bytes[1]! > 4_000_000)
  return bytes
}

describeBothKinds('stream weights', () => {
  test.each([
    { weights: [256, 256], expected: 1 },
    { weights: [256, 768], expected: 3 },
    { weights: [1024, 128], expected: 1 / 8 },
  ])('$weights share what can be sent', ({ weights, expected }) => {
    const [one, two] = shares(({ a }) => {
      weights.forEach((weight, index) => a.association.setStreamPriority(index + 1, weight))
    })
    expect(two! / one!).toBeGreaterThan(expected * 0.9)
    expect(two! / one!).toBeLessThan(expected * 1.1)
  })

  test('bytes count, not messages', () => {
    const [one, two] = shares(() => {}, [500, 40_000])
    expect(two! / one!).toBeGreaterThan(0.9)
    expect(two! / one!).toBeLessThan(1.1)
  })

  test('a weight may change at any time, and the smallest still sends', () => {
    const [one, two] = shares((pair) => {
      pair.run(() => pair.b.messages.length > 50)
      pair.a.association.setStreamPriority(1, 10)
      pair.a.association.setStreamPriority(2, 1000)
    })
    expect(two! / one!).toBeGreaterThan(20)
    expect(one!).toBeGreaterThan(0)
  })
})
