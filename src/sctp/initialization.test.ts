import fc from 'fast-check'
import { expect, test } from 'vitest'
import { equalBytes } from '../core/index.js'
import {
  block,
  carries,
  carriesData,
  describeBothKinds,
  interleavingNow,
  ordered,
  Pair,
  seededCrypto,
} from './association.test-support.js'
import type { Endpoint, LinkOptions } from './association.test-support.js'
import { newExchangeableInit, readExchangedInits } from './exchanged-inits.js'
import * as types from './packet/chunk-type.js'
import { uint32At } from './packet/wire.js'
import type { SctpOptions } from './types.js'

const HANDSHAKE = [types.CHUNK_INIT, types.CHUNK_INIT_ACK, types.CHUNK_COOKIE_ECHO, types.CHUNK_COOKIE_ACK]

function initOf(seed: number, options: Partial<SctpOptions> = {}): Uint8Array {
  const common = {
    localPort: 5000,
    remotePort: 5000,
    maxMessageSizeBytes: 1000,
    zeroChecksum: true,
    interleaving: interleavingNow(),
  }
  return newExchangeableInit({ crypto: seededCrypto(seed), ...common, ...options })
}

interface Exchange {
  readonly pair: Pair
  readonly connectA: () => void
  readonly connectB: () => void
}

/** Two ends that have told each other their INITs. */
function exchanged(link: LinkOptions = {}): Exchange {
  const pair = new Pair(link)
  const [a, b] = [initOf(71, link.a), initOf(72, link.b)]
  return {
    pair,
    connectA: () => pair.a.association.connect(pair.now, readExchangedInits(a, b)),
    connectB: () => pair.b.association.connect(pair.now, readExchangedInits(b, a)),
  }
}

/** Every chunk type of the handshake that is sent from now on. */
function handshakesOf(pair: Pair): number[] {
  const seen: number[] = []
  pair.filter = (packet) => {
    seen.push(...HANDSHAKE.filter((type) => carries(packet, type)))
    return true
  }
  return seen
}

/** Before its DTLS is up nothing comes to the other side. */
function loseFor(pair: Pair, millis: number): void {
  pair.filter = () => false
  pair.run(() => false, millis)
  pair.filter = () => true
}

const connectedOf = (end: Endpoint) => end.ofType('connected')

describeBothKinds('INITs that were exchanged', () => {
  test('both are up at once, without a packet, and data is the first', () => {
    const { pair, connectA, connectB } = exchanged({ rttMillis: 100, a: { maxStreams: 10 }, b: { maxStreams: 300 } })
    const handshakes = handshakesOf(pair)
    connectA()
    connectB()
    expect([pair.a.association.state, pair.b.association.state]).toEqual(['connected', 'connected'])
    expect(pair.a.association.pollTransmit(pair.now)).toBeUndefined()
    const started = pair.now
    pair.a.association.send(pair.now, ordered(0, block(100, 1)))
    expect(pair.run(() => pair.b.messages.length === 1)).toBe(true)
    expect(pair.now - started).toBe(50)
    const up = { type: 'connected', outgoingStreams: 10, incomingStreams: 10 }
    expect([connectedOf(pair.a), connectedOf(pair.b)]).toEqual([[up], [up]])
    pair.run(() => false, 10_000)
    expect(handshakes).toEqual([])
  })

  test('what both send at once arrives, whatever is lost, late or doubled', () => {
    for (let seed = 1; seed <= 60; seed++) {
      const link = { seed, lossRatio: 0.3, rttMillis: 50, reorderRatio: 0.5, duplicateRatio: 0.3 }
      const { pair, connectA, connectB } = exchanged(link)
      connectA()
      pair.a.association.send(pair.now, ordered(0, block(3000, seed)))
      connectB()
      pair.b.association.send(pair.now, ordered(0, block(20_000, seed)))
      expect(
        pair.run(() => pair.a.messages.length + pair.b.messages.length === 2),
        `seed ${seed}`,
      ).toBe(true)
      for (const end of [pair.a, pair.b]) expect(connectedOf(end), `seed ${seed}`).toHaveLength(1)
    }
  })

  test('the first data is lost: it is sent again', () => {
    const { pair, connectA, connectB } = exchanged({ rttMillis: 20 })
    connectA()
    connectB()
    let lost = 0
    pair.filter = (packet) => !carriesData(packet) || lost++ > 0
    pair.a.association.send(pair.now, ordered(0, block(100, 1)))
    expect(pair.run(() => pair.b.messages.length === 1, 5000)).toBe(true)
    expect(lost).toBe(2)
  })

  test.each([
    { what: 'zero checksums go to who takes them', a: { zeroChecksum: false }, b: {}, zeroToA: false, zeroToB: true },
    { what: 'and to both', a: {}, b: {}, zeroToA: true, zeroToB: true },
  ])('$what (RFC 9653)', ({ a, b, zeroToA, zeroToB }) => {
    const { pair, connectA, connectB } = exchanged({ rttMillis: 20, a, b })
    const isZero = new Map<Endpoint, boolean>()
    pair.filter = (packet, to) => {
      isZero.set(to, uint32At(packet, 8) === 0)
      return true
    }
    connectA()
    connectB()
    for (const end of [pair.a, pair.b]) end.association.send(pair.now, ordered(0, block(10, 1)))
    pair.run(() => false, 1000)
    // Whoever does not offer to take it does not send it either.
    expect([isZero.get(pair.a), isZero.get(pair.b)]).toEqual([zeroToA, zeroToB && a.zeroChecksum !== false])
  })

  test('I-DATA where both said it, else DATA (RFC 8260)', () => {
    for (const [ofA, ofB] of [
      [true, true],
      [true, false],
      [false, true],
    ] as const) {
      const { pair, connectA, connectB } = exchanged({ a: { interleaving: ofA }, b: { interleaving: ofB } })
      let interleaved = false
      pair.filter = (packet) => ((interleaved ||= carries(packet, types.CHUNK_I_DATA)), true)
      connectA()
      connectB()
      pair.a.association.send(pair.now, ordered(0, block(10, 1)))
      expect(pair.run(() => pair.b.messages.length === 1)).toBe(true)
      expect(interleaved).toBe(ofA && ofB)
    }
  })
})

describeBothKinds('INITs that one side did not get', () => {
  test('it shakes hands; what the other sent before arrives, and nothing begins anew', () => {
    for (let seed = 1; seed <= 40; seed++) {
      const { pair, connectA } = exchanged({ seed, rttMillis: 20, lossRatio: seed % 2 === 0 ? 0.2 : 0 })
      connectA()
      const sent = [1, 2, 3].map((mark) => block(2000 * mark, mark))
      for (const data of sent) pair.a.association.send(pair.now, ordered(3, data))
      loseFor(pair, seed % 30)
      pair.b.association.send(pair.now, ordered(4, block(500, 9)))
      pair.b.association.connect(pair.now)
      const isDone = () => pair.b.messages.length === 3 && pair.a.messages.length === 1
      expect(pair.run(isDone, 60_000), `seed ${seed}`).toBe(true)
      expect(pair.b.messages.every((message, i) => equalBytes(message, sent[i]!))).toBe(true)
      for (const end of [pair.a, pair.b]) {
        expect(connectedOf(end)).toHaveLength(1)
        expect(end.association.counters['restarts']).toBe(0)
      }
      // Resets go on with the numbers of the handshake (RFC 6525 §4.1).
      pair.a.association.resetStreams(pair.now, [3])
      pair.b.association.resetStreams(pair.now, [4])
      const isReset = () => pair.a.ofType('outgoingReset').length + pair.b.ofType('outgoingReset').length === 2
      expect(pair.run(isReset, 60_000), `seed ${seed}`).toBe(true)
    }
  })

  test('and does not wait for a retransmission timer', () => {
    const { pair, connectA } = exchanged({ rttMillis: 20 })
    connectA()
    pair.a.association.send(pair.now, ordered(0, block(100, 1)))
    loseFor(pair, 10)
    const started = pair.now
    pair.b.association.connect(pair.now)
    expect(pair.run(() => pair.b.messages.length === 1)).toBe(true)
    expect(pair.now - started).toBeLessThan(100)
  })

  test('whoever shakes hands for something else than it had said is another one: a restart', () => {
    const { pair, connectA } = exchanged({ rttMillis: 20, b: { maxStreams: 5 } })
    pair.a.association.connect(pair.now, readExchangedInits(initOf(71), initOf(72)))
    pair.b.association.connect(pair.now)
    expect(pair.run(() => pair.b.association.state === 'connected')).toBe(true)
    expect(pair.a.association.counters['restarts']).toBe(1)
    expect(connectedOf(pair.a).at(-1)).toMatchObject({ outgoingStreams: 5 })
    connectA() // changes nothing any more
    pair.a.association.send(pair.now, ordered(0, block(100, 1)))
    expect(pair.run(() => pair.b.messages.length === 1)).toBe(true)
  })

  test('a handshake after the peer was heard is a restart like any other (RFC 9260 §5.2)', () => {
    const { pair, connectA, connectB } = exchanged({ rttMillis: 20 })
    connectA()
    connectB()
    pair.b.association.send(pair.now, ordered(0, block(100, 1)))
    expect(pair.run(() => pair.a.messages.length === 1)).toBe(true)
    pair.run(() => false, 1000)
    const other = new Pair({ rttMillis: 20, seed: 9 })
    other.b.association.connect(other.now)
    const init = other.b.association.pollTransmit(other.now)!
    pair.a.association.receive(pair.now, init)
    const ack = pair.a.association.pollTransmit(pair.now)!
    expect(carries(ack, types.CHUNK_INIT_ACK)).toBe(true)
    other.b.association.receive(pair.now, ack)
    pair.a.association.receive(pair.now, other.b.association.pollTransmit(pair.now)!)
    expect(pair.a.association.counters['restarts']).toBe(1)
  })

  test('packets of nobody, or of an association before, change nothing', () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ minLength: 12, maxLength: 60 }), { maxLength: 20 }), (packets) => {
        const { pair, connectA, connectB } = exchanged({ rttMillis: 20 })
        connectA()
        connectB()
        for (const packet of packets) {
          packet.set([0x13, 0x88, 0x13, 0x88])
          packet.fill(0, 8, 12) // no checksum to get right (RFC 9653)
          pair.a.association.receive(pair.now, packet)
        }
        pair.a.association.send(pair.now, ordered(0, block(100, 1)))
        pair.b.association.send(pair.now, ordered(0, block(100, 1)))
        expect(pair.run(() => pair.a.messages.length + pair.b.messages.length === 2)).toBe(true)
        expect(pair.a.association.counters['restarts']).toBe(0)
      }),
      { numRuns: 50 },
    )
  })
})
