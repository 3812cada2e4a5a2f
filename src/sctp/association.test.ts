import { expect, test } from 'vitest'
import { equalBytes } from '../core/index.js'
import { block, describeBothKinds, ordered, Pair } from './association.test-support.js'

function expectSame(received: readonly Uint8Array[], sent: readonly Uint8Array[]): void {
  expect(received.length).toBe(sent.length)
  expect(received.findIndex((message, i) => !equalBytes(message, sent[i]!))).toBe(-1)
}

describeBothKinds('delivery', () => {
  for (const lossRatio of [0, 0.01, 0.05, 0.2]) {
    for (const rttMillis of [0, 100, 300]) {
      test(`everything once, in order, at ${lossRatio * 100} % loss and ${rttMillis} ms`, () => {
        const seed = 1 + lossRatio * 1000 + rttMillis
        const link = { seed, lossRatio, rttMillis, duplicateRatio: lossRatio / 2, reorderRatio: lossRatio }
        const pair = new Pair(link).connected()
        const sent = Array.from({ length: 60 }, (_, i) => block(1 + ((i * 7919) % 40_000), i))
        for (const data of sent) pair.a.association.send(pair.now, ordered(7, data))
        pair.run(() => pair.b.messages.length >= sent.length && pair.a.association.holdings.flightBytes === 0)
        expectSame(pair.b.messages, sent)
        expect(pair.a.ofType('sent').reduce((sum, event) => sum + event.bytes, 0)).toBe(
          sent.reduce((sum, data) => sum + data.length, 0),
        )
        expect(pair.b.association.holdings.bufferedBytes).toBe(0)
      })
    }
  }

  test('10 MiB in messages of 256 KiB, at 1 % loss', () => {
    const pair = new Pair({ seed: 5, lossRatio: 0.01, rttMillis: 20 }).connected()
    const sent = Array.from({ length: 40 }, (_, i) => block(256 * 1024, i))
    for (const data of sent) pair.a.association.send(pair.now, ordered(1, data))
    pair.run(() => pair.b.messages.length === sent.length)
    expectSame(pair.b.messages, sent)
  })
})
