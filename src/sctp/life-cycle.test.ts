import fc from 'fast-check'
import { expect, test } from 'vitest'
import { block, describeBothKinds, type Endpoint, ordered, Pair } from './association.test-support.js'
import * as types from './packet/chunk-type.js'
import { ChunkWalker } from './packet/chunk-walker.js'
import { uint32At } from './packet/wire.js'

function firstType(packet: Uint8Array): number {
  const walker = new ChunkWalker(packet)
  walker.next()
  return walker.type
}

function lastError(end: Endpoint) {
  const event = end.events.at(-1)
  return event?.type === 'closed' ? event.error : undefined
}

describeBothKinds('beginning', () => {
  test('one side alone connects; the other answers', () => {
    const pair = new Pair({ rttMillis: 10 })
    pair.a.association.connect(pair.now)
    expect(pair.run(() => pair.b.association.state === 'connected')).toBe(true)
    pair.run(() => false, 100)
    const up = { type: 'connected', outgoingStreams: 65535, incomingStreams: 65535 }
    expect([pair.a.events, pair.b.events]).toEqual([[up], [up]])
    pair.b.association.connect(pair.now)
    expect(pair.b.association.pollTransmit(pair.now)).toBeUndefined()
  })

  test('INITs that cross, at any loss and order, make one association', () => {
    for (let seed = 1; seed <= 100; seed++) {
      const pair = new Pair({ seed, lossRatio: 0.3, rttMillis: 50, reorderRatio: 0.5, duplicateRatio: 0.3 })
      pair.a.association.connect(pair.now)
      pair.a.association.send(pair.now, ordered(0, block(3000, seed)))
      pair.run(() => false, seed % 60)
      pair.b.association.connect(pair.now)
      pair.b.association.send(pair.now, ordered(0, block(2000, seed)))
      expect(
        pair.run(() => pair.a.messages.length + pair.b.messages.length === 2),
        `seed ${seed}`,
      ).toBe(true)
      for (const end of [pair.a, pair.b]) {
        expect(end.ofType('connected').length, `seed ${seed}`).toBe(1)
        expect(end.association.counters['restarts']).toBe(0)
      }
    }
  })

  test('stream counts are the smaller of both wishes; what is beyond is dropped and counted', () => {
    const pair = new Pair({ a: { maxStreams: 10 }, b: { maxStreams: 300 } })
    pair.b.association.send(pair.now, ordered(20, block(10, 1)))
    pair.connected()
    expect(pair.b.events).toContainEqual({ type: 'connected', outgoingStreams: 10, incomingStreams: 10 })
    expect(pair.b.events).toContainEqual({ type: 'sent', streamId: 20, bytes: 10 })
    expect(pair.b.association.counters['droppedSends']).toBe(1)
  })

  test('each packet of the handshake may be lost, several times', () => {
    for (const type of [types.CHUNK_INIT, types.CHUNK_INIT_ACK, types.CHUNK_COOKIE_ECHO, types.CHUNK_COOKIE_ACK]) {
      const pair = new Pair({ rttMillis: 10 })
      let lost = 0
      pair.filter = (packet) => !(firstType(packet) === type && ++lost <= 2)
      pair.a.association.connect(pair.now)
      expect(pair.run(() => pair.a.association.state === 'connected')).toBe(true)
      expect(lost).toBe(3)
    }
  })

  test('nobody there: closed with sctp.timeout', () => {
    const pair = new Pair({ lossRatio: 1 })
    pair.a.association.connect(pair.now)
    expect(pair.run(() => pair.a.isClosed)).toBe(true)
    expect(lastError(pair.a)?.code).toBe('sctp.timeout')
    expect(pair.a.association.counters['packetsSent']).toBe(11) // an INIT and ten repetitions
    expect(pair.a.association.nextTimeout()).toBe(Infinity)
  })

  test('nobody there for a while: without a limit it goes on, at least every three seconds, and connects', () => {
    const pair = new Pair({ lossRatio: 1, a: { maxRetransmissions: Infinity } })
    pair.a.association.connect(pair.now)
    const begun = pair.now
    pair.run(() => pair.now > begun + 600_000)
    expect(pair.a.association.state).toBe('connecting')
    pair.lossRatio = 0
    const back = pair.now
    expect(pair.run(() => pair.a.association.state === 'connected')).toBe(true)
    expect(pair.now - back).toBeLessThanOrEqual(3000)
  })

  test('a cookie that is changed, or too old, does not open anything', () => {
    const pair = new Pair({ rttMillis: 10 })
    const echoes: Uint8Array[] = []
    pair.filter = (packet) => {
      if (firstType(packet) !== types.CHUNK_COOKIE_ECHO) return true
      echoes.push(packet.slice())
      return false
    }
    pair.a.association.connect(pair.now)
    pair.run(() => echoes.length > 0)
    pair.b.association.receive(pair.now + 70_000, echoes[0]!)
    expect(pair.b.association.counters['staleCookies']).toBe(1)
    expect(pair.b.association.state).toBe('new')
    expect(firstType(pair.b.association.pollTransmit(pair.now)!)).toBe(types.CHUNK_ERROR)
    echoes[0]![40]! ^= 1
    pair.b.association.receive(pair.now, echoes[0]!)
    expect(pair.b.association.counters['droppedChecksum']).toBe(1)
    expect(pair.b.association.state).toBe('new')
  })

  test('told that its cookie is stale, the sender begins again with INIT (RFC 9260 §5.2.6)', () => {
    const pair = new Pair({ rttMillis: 10, a: { maxRetransmissions: Infinity } })
    const begun = pair.now
    let inits = 0
    pair.filter = (packet, to) => {
      if (to === pair.b && firstType(packet) === types.CHUNK_INIT) inits++
      return firstType(packet) !== types.CHUNK_COOKIE_ECHO || pair.now > begun + 61_000
    }
    pair.a.association.connect(pair.now)
    pair.a.association.send(pair.now, ordered(0, block(3000, 1)))
    expect(pair.run(() => pair.b.messages.length === 1)).toBe(true)
    expect(inits).toBe(2)
    expect(pair.b.association.counters['staleCookies']).toBe(1)
    expect(pair.a.association.counters['errorsReceived']).toBe(1)
    for (const end of [pair.a, pair.b]) expect(end.ofType('connected').length).toBe(1)
  })

  test('a peer whose cookies are always stale: sctp.timeout in the end', () => {
    const pair = new Pair({ rttMillis: 10 })
    pair.filter = (packet, to) => {
      if (to !== pair.b || firstType(packet) !== types.CHUNK_COOKIE_ECHO) return true
      pair.b.association.receive(pair.now + 70_000, packet)
      return false
    }
    pair.a.association.connect(pair.now)
    expect(pair.run(() => pair.a.isClosed)).toBe(true)
    expect(lastError(pair.a)?.code).toBe('sctp.timeout')
  })

  test('a peer that begins anew is a restart (RFC 9260 §5.2.4.1)', () => {
    const pair = new Pair({ seed: 3 }).connected()
    pair.a.association.send(pair.now, ordered(1, block(50, 1)))
    pair.run(() => pair.b.messages.length === 1)
    const other = new Pair({ seed: 99 })
    const fresh = other.a.association
    fresh.connect(pair.now)
    for (let round = 0; round < 5; round++) {
      for (let p = fresh.pollTransmit(pair.now); p; p = fresh.pollTransmit(pair.now))
        pair.b.association.receive(pair.now, p)
      for (let p = pair.b.association.pollTransmit(pair.now); p; p = pair.b.association.pollTransmit(pair.now)) {
        fresh.receive(pair.now, p)
      }
    }
    pair.pump()
    expect(fresh.state).toBe('connected')
    expect(pair.b.association.counters['restarts']).toBe(1)
    expect(pair.b.ofType('connected').length).toBe(2)
  })
})

describeBothKinds('ending', () => {
  test('shutdown delivers everything first, at 5 % loss', () => {
    for (let seed = 1; seed <= 10; seed++) {
      const pair = new Pair({ seed, lossRatio: 0.05, rttMillis: 40 }).connected()
      for (let i = 0; i < 20; i++) pair.a.association.send(pair.now, ordered(1, block(10_000, i)))
      for (let i = 0; i < 20; i++) pair.b.association.send(pair.now, ordered(1, block(10_000, i)))
      pair.a.association.shutdown(pair.now)
      if (seed % 2 === 0) pair.b.association.shutdown(pair.now)
      expect(
        pair.run(() => pair.a.isClosed && pair.b.messages.length === 20),
        `seed ${seed}`,
      ).toBe(true)
      expect(pair.a.events.at(-1)).toEqual({ type: 'closed' })
      expect(pair.a.messages.length, `seed ${seed}`).toBe(20)
      pair.run(() => pair.b.isClosed)
      expect(lastError(pair.b), `seed ${seed}`).toBeUndefined()
    }
  })

  test('abort tells the peer why', () => {
    const pair = new Pair({ rttMillis: 10 }).connected()
    pair.a.association.send(pair.now, ordered(1, block(50_000, 1)))
    pair.a.association.abort(pair.now, 'Close called')
    expect(pair.a.association.state).toBe('closed')
    pair.run(() => pair.b.isClosed, 100)
    expect(pair.a.events.at(-1)).toEqual({ type: 'closed' })
    const error = lastError(pair.b)
    expect(error?.code).toBe('sctp.abort')
    expect(error?.details.sctpCauseCode).toBe(12)
    expect(error?.message).toContain('Close called')
    expect([pair.a.association.nextTimeout(), pair.b.association.nextTimeout()]).toEqual([Infinity, Infinity])
  })

  test('abort and shutdown in each state end it, once, and leave no deadline', () => {
    for (const how of ['abort', 'shutdown'] as const) {
      for (let steps = 0; steps < 12; steps++) {
        const pair = new Pair({ rttMillis: 10 })
        const { association } = pair.a
        if (steps > 0) association.connect(pair.now)
        if (steps > 7) association.send(pair.now, ordered(0, block(5000, 1)))
        pair.run(() => false, steps * 3)
        if (steps > 9) pair.b.association.shutdown(pair.now)
        if (how === 'abort') association.abort(pair.now, 'enough')
        else association.shutdown(pair.now)
        expect(
          pair.run(() => pair.a.isClosed),
          `${how} ${steps}`,
        ).toBe(true)
        association.abort(pair.now, 'again')
        association.shutdown(pair.now)
        association.send(pair.now, ordered(0, block(1, 1)))
        pair.pump()
        expect(pair.a.ofType('closed').length).toBe(1)
        expect(association.nextTimeout()).toBe(Infinity)
      }
    }
  })

  test('a peer that falls silent: closed with sctp.timeout, with data and without', () => {
    for (const hasData of [true, false]) {
      const pair = new Pair({ rttMillis: 10 }).connected()
      pair.lossRatio = 1
      if (hasData) pair.a.association.send(pair.now, ordered(0, block(10, 1)))
      expect(pair.run(() => pair.a.isClosed)).toBe(true)
      expect(lastError(pair.a)?.code).toBe('sctp.timeout')
    }
  })

  test('idle but alive: heartbeats keep it up for an hour', () => {
    const pair = new Pair({ rttMillis: 10 }).connected()
    pair.run(() => false, 3_600_000)
    expect(pair.a.association.state).toBe('connected')
    expect(pair.a.association.counters['packetsSent']).toBeGreaterThan(100)
  })
})

test('where something below tells whether the peer is there, an idle association is silent, and answers who asks', () => {
  const pair = new Pair({ rttMillis: 10, a: { maxRetransmissions: Infinity } }).connected()
  pair.run(() => false, 1000)
  const sent = pair.a.association.counters['packetsSent']!
  const asked = pair.b.association.counters['packetsSent']!
  pair.run(() => false, 3_600_000)
  const answers = pair.a.association.counters['packetsSent']! - sent
  expect(pair.b.association.counters['packetsSent']! - asked).toBe(answers)
  expect(answers).toBeGreaterThan(100)
  expect(pair.b.association.state).toBe('connected')
})

describeBothKinds('hostile peers', () => {
  test('a message beyond the limit aborts with Protocol Violation', () => {
    const pair = new Pair({ b: { maxMessageSizeBytes: 10_000 } }).connected()
    pair.a.association.send(pair.now, ordered(0, block(10_001, 1)))
    pair.run(() => pair.a.isClosed && pair.b.isClosed, 100)
    expect(lastError(pair.b)?.code).toBe('sctp.violation')
    expect(lastError(pair.a)?.details.sctpCauseCode).toBe(13)
  })

  test('a small window is respected and probed: nothing is lost, nothing hangs', () => {
    const pair = new Pair({ seed: 4, rttMillis: 10, lossRatio: 0.02, b: { receiveWindowBytes: 40_000 } }).connected()
    const sent = Array.from({ length: 50 }, (_, i) => block(8000, i))
    for (const data of sent) pair.a.association.send(pair.now, ordered(0, data))
    expect(pair.run(() => pair.b.messages.length === 50)).toBe(true)
    expect(pair.b.messages).toEqual(sent)
  })

  test('garbage and changed packets never throw; the association lives where it may', () => {
    const seed = 20261121
    const change = fc.record({ at: fc.nat(200), value: fc.nat(255), cut: fc.nat(60) })
    fc.assert(
      fc.property(fc.nat(1000), fc.array(change, { minLength: 1, maxLength: 30 }), (linkSeed, changes) => {
        const pair = new Pair({ seed: linkSeed, lossRatio: 0.1, rttMillis: 10 })
        let [next, delivered] = [0, 0]
        pair.filter = (packet, to) => {
          const mutation = changes[next++ % (changes.length * 3)]
          if (mutation === undefined) return true
          const forged = packet.slice(0, Math.max(0, packet.length - mutation.cut))
          if (mutation.at + 12 < forged.length) forged[12 + mutation.at] = mutation.value
          forged.fill(0, 8, 12) // zero checksum: read as if it were sound
          to.association.receive(pair.now, forged)
          delivered++
          return true
        }
        pair.a.association.connect(pair.now)
        pair.b.association.connect(pair.now)
        for (let i = 0; i < 5; i++) {
          pair.a.association.send(pair.now, ordered(i, block(3000, i), i % 2 ? { maxRetransmissions: 0 } : {}))
          pair.b.association.send(pair.now, ordered(i, block(100, i), { ordered: false }))
          pair.a.association.resetStreams(pair.now, [i])
          pair.run(() => false, 100)
        }
        expect(delivered).toBeGreaterThan(0)
        expect(pair.b.association.holdings.bufferedBytes).toBeLessThan(1_000_000)
      }),
      { seed, numRuns: 200 },
    )
  })

  test('out of the blue: ABORT with the tag sent back, but never for an ABORT', () => {
    const up = new Pair({ a: { zeroChecksum: false }, b: { zeroChecksum: false } }).connected()
    up.a.association.send(up.now, ordered(0, block(5, 1)))
    const data = up.a.association.pollTransmit(up.now)!
    const stranger = new Pair().b.association
    stranger.receive(0, data)
    const reply = stranger.pollTransmit(0)!
    expect(firstType(reply)).toBe(types.CHUNK_ABORT)
    expect(reply[13]).toBe(1)
    expect(uint32At(reply, 4)).toBe(uint32At(data, 4))
    stranger.receive(0, reply)
    expect(stranger.pollTransmit(0)).toBeUndefined()
  })
})
