import { expect, test } from 'vitest'
import { block, carries, carriesData, describeBothKinds, ordered, Pair } from './association.test-support.js'
import { CHUNK_SACK } from './packet/chunk-type.js'

const RTT_MILLIS = 40

/** A pair whose sender has measured the path. */
function warmPair(): Pair {
  const pair = new Pair({ rttMillis: RTT_MILLIS }).connected()
  for (let i = 1; i <= 20; i++) {
    pair.a.association.send(pair.now, ordered(9, block(2000, i)))
    pair.run(() => pair.a.association.holdings.flightBytes === 0)
  }
  pair.b.events.length = 0
  return pair
}

/** Loses the packets with DATA of these numbers, from 1. */
function loseData(pair: Pair, ...numbers: readonly number[]): void {
  let seen = 0
  pair.filter = (packet, to) => !(to === pair.b && carriesData(packet) && numbers.includes(++seen))
}

/** What it takes until all is there, in round trips. */
function roundTripsFor(pair: Pair, messages: number): number {
  const begun = pair.now
  expect(pair.run(() => pair.b.messages.length === messages, 60_000)).toBe(true)
  return (pair.now - begun) / RTT_MILLIS
}

describeBothKinds('loss recovery', () => {
  test('the end of a burst is lost: a probe finds out, long before T3-rtx (RFC 8985 §7)', () => {
    for (const lost of [[8], [7, 8], [4, 5, 6, 7, 8]]) {
      const pair = warmPair()
      loseData(pair, ...lost)
      for (let i = 0; i < 8; i++) pair.a.association.send(pair.now, ordered(1, block(1100, i)))
      // There, 20 ms of patience beyond the round trip, the probe there and back, and what it told of.
      expect(roundTripsFor(pair, 8)).toBeLessThan(4.5)
      const { retransmissionTimeouts, tailProbes, chunksRetransmitted } = pair.a.association.counters
      expect([retransmissionTimeouts, tailProbes, chunksRetransmitted]).toEqual([0, 1, lost.length])
    }
  })

  test('a retransmission that is lost too is found by what was sent after it (RFC 8985 §6)', () => {
    const pair = warmPair()
    let copies = 0
    let victim: number | undefined
    pair.filter = (packet, to) => {
      if (to !== pair.b || !carriesData(packet)) return true
      const tsn = new DataView(packet.buffer, packet.byteOffset).getUint32(16)
      victim ??= tsn
      return !(tsn === victim && ++copies <= 3)
    }
    for (let i = 0; i < 80; i++) pair.a.association.send(pair.now, ordered(1, block(1100, i)))
    expect(roundTripsFor(pair, 80)).toBeLessThan(14)
    expect(copies).toBe(4)
    expect(pair.a.association.counters['retransmissionTimeouts']).toBe(0)
  })

  test('one of two packets is lost: a quarter of a round trip of patience, no three later ones needed', () => {
    const pair = warmPair()
    loseData(pair, 1)
    for (let i = 0; i < 2; i++) pair.a.association.send(pair.now, ordered(1, block(1100, i)))
    expect(roundTripsFor(pair, 2)).toBeLessThan(2)
    expect(pair.a.association.counters['tailProbes']).toBe(0)
  })

  test('a packet that is late by less is not taken for lost', () => {
    const pair = new Pair({ rttMillis: RTT_MILLIS, seed: 2, reorderRatio: 0.1 }).connected()
    // Late by up to half a round trip more, so that some are, but not all.
    for (let i = 0; i < 200; i++) {
      pair.a.association.send(pair.now, ordered(1, block(1100, i)))
      pair.run(() => false, 20)
    }
    pair.run(() => pair.b.messages.length === 200)
    expect(pair.a.association.counters['chunksRetransmitted']).toBeLessThan(10)
  })

  test('a lone packet is lost: T3-rtx after its round trip and the longest that a SACK is delayed', () => {
    const pair = warmPair()
    loseData(pair, 1)
    pair.a.association.send(pair.now, ordered(1, block(100, 1)))
    const begun = pair.now
    pair.run(() => pair.b.messages.length === 1)
    expect(pair.a.association.counters['retransmissionTimeouts']).toBe(1)
    expect(pair.now - begun).toBeLessThan(RTT_MILLIS + 220 + RTT_MILLIS)
  })

  test('a SACK that was lost does not make the wait for T3-rtx a round trip', () => {
    const pair = warmPair()
    for (let round = 1; round <= 10; round++) {
      let lost = 0
      pair.filter = (packet, to) => !(to === pair.a && carries(packet, CHUNK_SACK) && ++lost <= 2)
      for (let i = 0; i < 4; i++) pair.a.association.send(pair.now, ordered(1, block(1100, i)))
      pair.run(() => pair.a.association.holdings.flightBytes === 0)
    }
    pair.filter = () => true
    loseData(pair, 1)
    pair.a.association.send(pair.now, ordered(1, block(100, 1)))
    const begun = pair.now
    pair.run(() => pair.b.messages.length === 41)
    expect(pair.now - begun).toBeLessThan(2 * RTT_MILLIS + 220 + 100)
  })

  test('at 5 % and 20 % loss, a MiB costs seconds, not minutes', () => {
    for (const [lossRatio, boundMillis] of [
      [0.05, 15_000],
      [0.2, 60_000],
    ] as const) {
      for (let seed = 1; seed <= 3; seed++) {
        const pair = new Pair({ seed, rttMillis: RTT_MILLIS }).connected()
        pair.lossRatio = lossRatio
        for (let i = 0; i < 16; i++) pair.a.association.send(pair.now, ordered(1, block(65_536, i)))
        expect(
          pair.run(() => pair.b.messages.length === 16, boundMillis),
          `seed ${seed}`,
        ).toBe(true)
      }
    }
  })

  test('what is never to be retransmitted does not serve as a probe', () => {
    const pair = warmPair()
    loseData(pair, 3, 4)
    for (let i = 0; i < 4; i++) {
      pair.a.association.send(pair.now, ordered(1, block(1100, i), { maxRetransmissions: 0 }))
    }
    pair.run(() => pair.a.association.holdings.flightBytes === 0 && pair.b.messages.length === 2)
    pair.a.association.send(pair.now, ordered(1, block(100, 9)))
    expect(pair.run(() => pair.b.messages.length === 3, 1000)).toBe(true)
    expect(pair.a.association.counters['chunksRetransmitted']).toBe(0)
  })

  test('a packet that is late by 15 ms is sent again; its SACK takes the reduction back', () => {
    const pair = warmPair()
    const before = pair.a.association.path!.cwndBytes
    delayData(pair, 15, (number) => number === 3)
    for (let i = 0; i < 20; i++) pair.a.association.send(pair.now, ordered(1, block(1100, i)))
    pair.run(() => pair.b.messages.length === 20 && pair.a.association.holdings.flightBytes === 0)
    pair.run(() => false, 2 * RTT_MILLIS)
    expect(pair.a.association.counters).toMatchObject({ chunksRetransmitted: 1, spuriousRecoveries: 1 })
    expect(pair.a.association.path!.cwndBytes).toBeGreaterThanOrEqual(before)

    // From now on order alone is no sign of loss.
    delayData(pair, 5, (number) => number % 5 === 3)
    for (let i = 0; i < 20; i++) pair.a.association.send(pair.now, ordered(1, block(1100, i)))
    pair.run(() => pair.b.messages.length === 40)
    expect(pair.a.association.counters['chunksRetransmitted']).toBe(1)
  })

  test('one late, one lost: nothing is taken back', () => {
    const pair = warmPair()
    let victim = 0
    delayData(pair, 15, (number) => number === 3)
    pair.filter = (packet, to) => !(to === pair.b && carriesData(packet) && ++victim === 6)
    for (let i = 0; i < 20; i++) pair.a.association.send(pair.now, ordered(1, block(1100, i)))
    pair.run(() => pair.b.messages.length === 20)
    pair.run(() => false, 3 * RTT_MILLIS)
    expect(pair.a.association.counters).toMatchObject({ chunksRetransmitted: 2, spuriousRecoveries: 0 })
  })

  test('everything is late by more than T3-rtx: the timeout is undone, and little is sent twice (RFC 5682)', () => {
    const pair = warmPair()
    const before = pair.a.association.path!.cwndBytes
    delayData(pair, 600, () => true)
    for (let i = 0; i < 20; i++) pair.a.association.send(pair.now, ordered(1, block(1100, i)))
    pair.run(() => pair.b.messages.length > 0)
    pair.delay = () => 0
    pair.run(() => pair.b.messages.length === 20 && pair.a.association.holdings.flightBytes === 0)
    pair.run(() => false, 1000) // the retransmissions arrive, and are reported as duplicates
    const { retransmissionTimeouts, spuriousRecoveries, chunksRetransmitted } = pair.a.association.counters
    expect(retransmissionTimeouts).toBeGreaterThan(0)
    expect(spuriousRecoveries).toBeGreaterThan(0)
    expect(chunksRetransmitted).toBeLessThanOrEqual(6)
    expect(pair.a.association.path!.cwndBytes).toBeGreaterThanOrEqual(before)
  })

  test('a SACK that was lost makes a probe; that it was for nothing costs no window', () => {
    const pair = warmPair()
    const before = pair.a.association.path!.cwndBytes
    let sacks = 0
    pair.filter = (packet, to) => !(to === pair.a && carries(packet, CHUNK_SACK) && ++sacks >= 4 && sacks <= 6)
    for (let i = 0; i < 6; i++) pair.a.association.send(pair.now, ordered(1, block(1100, i)))
    pair.run(() => pair.a.association.holdings.flightBytes === 0)
    pair.run(() => false, 5 * RTT_MILLIS)
    expect(pair.a.association.path!.cwndBytes).toBeGreaterThanOrEqual(before)
  })
})

/** Packets with DATA of these numbers, from 1, arrive so much later. */
function delayData(pair: Pair, millis: number, isLate: (number: number) => boolean): void {
  let seen = 0
  pair.delay = (packet, to) => (to === pair.b && carriesData(packet) && isLate(++seen) ? millis : 0)
}
