import { expect, test } from 'vitest'
import { block, carriesData, carriesForwardTsn, describeBothKinds, ordered, Pair } from './association.test-support.js'

describeBothKinds('partial reliability (RFC 3758, RFC 7496)', () => {
  for (const isOrdered of [true, false]) {
    test(`no retransmissions, ${isOrdered ? 'ordered' : 'unordered'}: some are lost, none is late or twice`, () => {
      for (let seed = 1; seed <= 10; seed++) {
        const pair = new Pair({ seed, lossRatio: 0.1, rttMillis: 40, reorderRatio: 0.05 }).connected()
        const marks = Array.from({ length: 300 }, (_, i) => i)
        for (const i of marks) {
          const data = block(10 + (i % 5) * 900, i)
          data[0] = i >> 8
          data[1] = i & 255
          pair.a.association.send(pair.now, ordered(1, data, { ordered: isOrdered, maxRetransmissions: 0 }))
        }
        // A reliable one at the end: when it is there, all that will come has come.
        pair.a.association.send(pair.now, ordered(1, Uint8Array.of(255, 255)))
        const isLast = (m: Uint8Array) => m.length === 2
        expect(
          pair.run(() => pair.b.messages.some(isLast) && pair.a.association.holdings.flightBytes === 0),
          `seed ${seed}`,
        ).toBe(true)
        pair.run(() => false, 200_000) // FORWARD-TSNs are lost as well
        const got = pair.b.messages.filter((m) => !isLast(m)).map((m) => (m[0]! << 8) | m[1]!)
        expect(new Set(got).size, `seed ${seed}`).toBe(got.length)
        if (isOrdered) expect(got, `seed ${seed}`).toEqual(got.toSorted((x, y) => x - y))
        expect(got.length).toBeLessThan(300)
        expect(got.length).toBeGreaterThan(100)
        expect(pair.b.association.holdings.bufferedBytes, `seed ${seed}`).toBe(0)
      }
    })
  }

  test('a large message that is given up half sent does not hold up the next one', () => {
    for (const isOrdered of [true, false]) {
      const pair = new Pair({ rttMillis: 100 }).connected()
      let seen = 0
      // The tenth packet with data is lost for good, and what it belongs to is not repeated.
      pair.filter = (packet, to) => !(to === pair.b && carriesData(packet) && ++seen === 10)
      const large = ordered(1, block(200_000, 1), { maxRetransmissions: 0, ordered: isOrdered })
      pair.a.association.send(pair.now, large)
      pair.a.association.send(pair.now, ordered(1, block(10, 2)))
      expect(pair.run(() => pair.b.messages.length === 1)).toBe(true)
      expect(pair.b.messages[0]).toEqual(block(10, 2))
      expect(pair.a.ofType('sent').reduce((sum, e) => sum + e.bytes, 0)).toBe(200_010)
      pair.run(() => false, 10_000)
      expect(pair.b.association.holdings.bufferedBytes).toBe(0)
    }
  })

  test('a lost FORWARD-TSN is repeated', () => {
    const pair = new Pair({ rttMillis: 10 }).connected()
    let [lostData, lostForward] = [0, 0]
    pair.filter = (packet, to) => {
      if (to !== pair.b) return true
      if (carriesForwardTsn(packet)) return ++lostForward > 2
      return !carriesData(packet) || ++lostData > 1
    }
    pair.a.association.send(pair.now, ordered(1, block(10, 1), { maxRetransmissions: 0 }))
    pair.a.association.send(pair.now, ordered(1, block(10, 2)))
    expect(pair.run(() => pair.b.messages.length === 1)).toBe(true)
    expect(lostForward).toBeGreaterThan(2)
  })

  test('a lifetime ends what waits to be sent, and what was lost', () => {
    const pair = new Pair({ rttMillis: 20 }).connected()
    pair.lossRatio = 1
    for (let i = 0; i < 100; i++) pair.a.association.send(pair.now, ordered(1, block(1000, i), { lifetimeMillis: 300 }))
    pair.run(() => false, 1000)
    pair.lossRatio = 0
    pair.a.association.send(pair.now, ordered(1, block(10, 7)))
    expect(pair.run(() => pair.b.messages.length === 1)).toBe(true)
    expect(pair.b.messages[0]).toEqual(block(10, 7))
    expect(pair.a.association.queuedBytes(1)).toBe(0)
  })

  test('discarding drops what has not begun, and tells of it', () => {
    const pair = new Pair()
    for (let i = 0; i < 5; i++) pair.a.association.send(pair.now, ordered(1, block(1000, i)))
    expect(pair.a.association.queuedBytes(1)).toBe(5000)
    pair.a.association.discardQueued(1)
    expect(pair.a.association.queuedBytes(1)).toBe(0)
    expect(pair.a.association.pollEvent()).toEqual({ type: 'sent', streamId: 1, bytes: 5000 })
  })
})
