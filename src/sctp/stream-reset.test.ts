import { EMPTY_BYTES } from '../core/index.js'
import { expect, test } from 'vitest'
import { block, carriesData, describeBothKinds, type Endpoint, ordered, Pair } from './association.test-support.js'
import { encodeReconfig, parseReconfig } from './packet/chunk/reconfig.js'
import { CHUNK_DATA, CHUNK_I_DATA, CHUNK_RECONFIG } from './packet/chunk-type.js'
import { ChunkWalker } from './packet/chunk-walker.js'
import { putCommonHeader } from './packet/common-header.js'
import type { ReconfigParameter } from './packet/reconfig-parameter.js'
import { putChecksum } from './packet/crc32c.js'
import { uint32At } from './packet/wire.js'

function chunkTypes(packet: Uint8Array): number[] {
  const walker = new ChunkWalker(packet)
  const found: number[] = []
  while (walker.next()) found.push(walker.type)
  return found
}

/** A RE-CONFIG packet, with zero checksum and the tag of another packet to the same side. */
function reconfigLike(packet: Uint8Array, ...parameters: ReconfigParameter[]): Uint8Array {
  const chunk = encodeReconfig(...parameters)
  const forged = new Uint8Array(12 + chunk.length)
  putCommonHeader(forged, 0, 5000, 5000, uint32At(packet, 4))
  forged.set(chunk, 12)
  return forged
}

function outgoingResetsIn(packet: Uint8Array): ReconfigParameter[] {
  const walker = new ChunkWalker(packet)
  const found: ReconfigParameter[] = []
  while (walker.next()) if (walker.type === CHUNK_RECONFIG) found.push(...parseReconfig(walker.body)!)
  return found.filter(({ type }) => type === 'outgoingReset')
}

/** What was sent with DATA: the newest packet, and the first and the last TSN. */
class DataTo {
  packet: Uint8Array = EMPTY_BYTES
  first = Infinity
  last = -Infinity

  constructor(pair: Pair, to: Endpoint) {
    pair.filter = (packet, receiver) => {
      if (receiver !== to || !carriesData(packet)) return true
      this.packet = packet
      const walker = new ChunkWalker(packet)
      while (walker.next()) {
        if (walker.type !== CHUNK_DATA && walker.type !== CHUNK_I_DATA) continue
        this.first = Math.min(this.first, uint32At(packet, walker.bodyStart))
        this.last = Math.max(this.last, uint32At(packet, walker.bodyStart))
      }
      return true
    }
  }
}

function resetOfAll(requestSequence: number, lastAssignedTsn: number): ReconfigParameter {
  return { type: 'outgoingReset', requestSequence, responseSequence: 0, lastAssignedTsn, streamIds: [] }
}

/** Loses the first `count` packets with DATA to b. */
function loseData(pair: Pair, count: number): void {
  let lost = 0
  pair.filter = (packet, to) => !(to === pair.b && carriesData(packet) && ++lost <= count)
}

describeBothKinds('stream reset (RFC 6525)', () => {
  test('everything queued before arrives before incomingReset; the stream then begins anew', () => {
    for (const [lossRatio, rttMillis] of [
      [0, 0],
      [0.05, 100],
      [0.2, 20],
    ] as const) {
      const pair = new Pair({ seed: 11 + rttMillis, lossRatio, rttMillis }).connected()
      for (let i = 0; i < 20; i++) pair.a.association.send(pair.now, ordered(3, block(20_000, i)))
      pair.a.association.resetStreams(pair.now, [3])
      pair.a.association.send(pair.now, ordered(3, block(10, 99))) // belongs to the time after
      expect(pair.run(() => pair.b.messages.length === 21)).toBe(true)
      const types = pair.b.events.filter((e) => e.type !== 'connected').map((e) => e.type)
      expect(types).toEqual([...Array<string>(20).fill('message'), 'incomingReset', 'message'])
      expect(pair.a.ofType('outgoingReset')).toEqual([{ type: 'outgoingReset', streamIds: [3] }])
    }
  })

  test('both sides at once, with data in flight, at 20 % loss', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const pair = new Pair({ seed, lossRatio: 0.2, rttMillis: 30, reorderRatio: 0.2, duplicateRatio: 0.1 }).connected()
      for (const end of [pair.a, pair.b]) {
        for (let i = 0; i < 5; i++) end.association.send(pair.now, ordered(i % 2, block(5000, i)))
        end.association.resetStreams(pair.now, [0, 1])
      }
      const count = (e: Endpoint) => e.ofType('outgoingReset').flatMap((event) => event.streamIds).length
      const done = () => [pair.a, pair.b].every((e) => count(e) === 2)
      expect(pair.run(done), `seed ${seed}`).toBe(true)
      for (const end of [pair.a, pair.b]) {
        const resets = end.ofType('incomingReset').flatMap((event) => event.streamIds)
        expect(resets.toSorted(), `seed ${seed}`).toEqual([0, 1])
        expect(end.messages.length).toBe(5)
      }
    }
  })

  test('10,000 streams opened and reset leave no state', () => {
    const pair = new Pair().connected()
    for (let i = 0; i < 10_000; i++) {
      const id = i % 7
      pair.a.association.send(pair.now, ordered(id, Uint8Array.of(i & 255)))
      pair.a.association.resetStreams(pair.now, [id])
      pair.run(() => pair.a.ofType('outgoingReset').length > 0, 5)
      expect(pair.b.ofType('incomingReset').length).toBe(1)
      pair.a.events.length = 0
      pair.b.events.length = 0
    }
    expect(pair.a.association.holdings.streams).toBe(0)
    expect(pair.b.association.holdings.streams).toBe(0)
  })

  test('ids asked for while a request is outstanding go into the next one', () => {
    const pair = new Pair({ rttMillis: 50 }).connected()
    pair.a.association.resetStreams(pair.now, [1])
    pair.pump()
    pair.a.association.resetStreams(pair.now, [2])
    pair.a.association.resetStreams(pair.now, [4, 6])
    pair.run(() => pair.a.ofType('outgoingReset').length === 2)
    expect(pair.b.ofType('incomingReset').map((e) => e.streamIds)).toEqual([[1], [2, 4, 6]])
  })

  test('a lost request and a lost answer are repeated', () => {
    for (const victim of ['request', 'answer'] as const) {
      const pair = new Pair({ rttMillis: 50 }).connected()
      let lost = 0
      pair.filter = (packet, to) => {
        const isIt = chunkTypes(packet).includes(CHUNK_RECONFIG) && (to === pair.b) === (victim === 'request')
        return !(isIt && ++lost <= 3)
      }
      pair.a.association.resetStreams(pair.now, [1])
      expect(pair.run(() => pair.a.ofType('outgoingReset').length === 1)).toBe(true)
      expect(lost).toBe(4)
      expect(pair.b.ofType('incomingReset').length).toBe(1)
    }
  })

  test('the request goes out when the data is acknowledged, not before: a peer that resets at once loses nothing', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const pair = new Pair({ seed, lossRatio: 0.1, rttMillis: 20, reorderRatio: 0.3 }).connected()
      let delivered = -1
      pair.filter = (packet, to) => {
        if (to === pair.b && delivered < 0 && outgoingResetsIn(packet).length > 0) delivered = pair.b.messages.length
        return true
      }
      for (let i = 0; i < 20; i++) pair.a.association.send(pair.now, ordered(1, block(16_384, i)))
      pair.a.association.resetStreams(pair.now, [1])
      expect(pair.run(() => pair.a.ofType('outgoingReset').length === 1)).toBe(true)
      expect(delivered, `seed ${seed}`).toBe(20)
    }
  })

  test('a stream that never falls silent does not delay the reset of another', () => {
    const pair = new Pair({ seed: 3, lossRatio: 0.01, rttMillis: 40 }).connected()
    const keepBusy = () => {
      while (pair.a.association.queuedBytes(2) < 100_000)
        pair.a.association.send(pair.now, ordered(2, block(20_000, 2)))
    }
    pair.a.onEvent = keepBusy
    keepBusy()
    pair.run(() => false, 500)
    pair.a.association.send(pair.now, ordered(1, block(3000, 1)))
    pair.a.association.resetStreams(pair.now, [1])
    const begun = pair.now
    expect(pair.run(() => pair.a.ofType('outgoingReset').length === 1, 5000)).toBe(true)
    expect(pair.a.association.holdings.flightBytes).toBeGreaterThan(0)
    expect(pair.now - begun).toBeLessThan(1000)
    const own = pair.b.events.filter((e) => e.type === 'incomingReset' || (e.type === 'message' && e.streamId === 1))
    expect(own.map((e) => e.type)).toEqual(['message', 'incomingReset'])
  })

  test('what was given up counts as done (RFC 3758)', () => {
    const pair = new Pair({ rttMillis: 20 }).connected()
    loseData(pair, 2)
    for (const i of [1, 2]) pair.a.association.send(pair.now, ordered(1, block(1100, i), { maxRetransmissions: 0 }))
    pair.a.association.resetStreams(pair.now, [1])
    expect(pair.run(() => pair.a.ofType('outgoingReset').length === 1, 2000)).toBe(true)
    expect(pair.b.events.slice(1).map((e) => e.type)).toEqual(['incomingReset'])
    expect(pair.a.association.holdings).toEqual({ streams: 0, bufferedBytes: 0, flightBytes: 0 })
  })

  test('"in progress" for the data of another stream: asked again as soon as that is acknowledged', () => {
    const pair = new Pair({ rttMillis: 20 }).connected()
    loseData(pair, 1)
    const lossy = pair.filter
    const results: number[] = []
    pair.filter = (packet, to) => {
      const walker = new ChunkWalker(packet)
      while (walker.next()) {
        if (walker.type !== CHUNK_RECONFIG || to !== pair.a) continue
        for (const p of parseReconfig(walker.body)!) if (p.type === 'response') results.push(p.result)
      }
      return lossy(packet, to)
    }
    const begun = pair.now
    pair.a.association.send(pair.now, ordered(2, block(100, 1)))
    pair.run(() => false, 100) // so that T3-rtx expires long before T-reconf
    pair.a.association.resetStreams(pair.now, [1])
    expect(pair.run(() => pair.a.ofType('outgoingReset').length === 1)).toBe(true)
    expect(results[0]).toBe(6)
    expect(results.at(-1)).toBe(1)
    expect(pair.b.events.slice(1).map((e) => e.type)).toEqual(['message', 'incomingReset'])
    // T3-rtx for the lost packet and its round trip, then that of the second request.
    expect(pair.now - begun).toBeLessThanOrEqual(500 + 2 * 20)
  })

  test('a reset that repeats one that had to wait, with nothing sent in between, is a second one', () => {
    const pair = new Pair({ rttMillis: 20 }).connected()
    loseData(pair, 1)
    pair.a.association.send(pair.now, ordered(2, block(100, 1)))
    pair.run(() => false, 100) // so that T3-rtx expires long before T-reconf
    for (let resets = 1; resets <= 3; resets++) {
      pair.a.association.resetStreams(pair.now, [1])
      expect(pair.run(() => pair.a.ofType('outgoingReset').length === resets, 2000)).toBe(true)
      expect(pair.b.ofType('incomingReset').length).toBe(resets)
    }
  })

  test('a peer that repeats a request under its number while it waits is told when it is done, once', () => {
    const pair = new Pair({ rttMillis: 20 }).connected()
    loseData(pair, 1)
    const lossy = pair.filter
    let request: Uint8Array | undefined
    pair.filter = (packet, to) => {
      if (to === pair.b && outgoingResetsIn(packet).length > 0) request ??= packet.slice()
      return lossy(packet, to)
    }
    pair.a.association.send(pair.now, ordered(2, block(100, 1)))
    pair.pump()
    pair.a.association.resetStreams(pair.now, [1])
    pair.run(() => pair.a.ofType('outgoingReset').length === 1, 2000)
    for (let i = 0; i < 3; i++) pair.b.association.receive(pair.now, request!)
    pair.run(() => false, 100)
    expect(pair.b.ofType('incomingReset').length).toBe(1)
  })

  test.each([2, 3, 5])('result %i ends in outgoingResetFailed, and the stream goes on', (result) => {
    const pair = new Pair().connected()
    pair.filter = (packet, to) => {
      if (to !== pair.a || !chunkTypes(packet).includes(CHUNK_RECONFIG)) return true
      const walker = new ChunkWalker(packet)
      while (walker.next()) if (walker.type === CHUNK_RECONFIG) packet[walker.end - 1] = result
      return true
    }
    pair.a.association.resetStreams(pair.now, [1])
    pair.run(() => false, 5)
    expect(pair.a.ofType('outgoingResetFailed')).toEqual([{ type: 'outgoingResetFailed', streamIds: [1], result }])
    pair.a.association.send(pair.now, ordered(1, block(5, 1)))
    expect(pair.run(() => pair.b.messages.length === 1, 100)).toBe(true)
  })

  test('a peer without RE-CONFIG: outgoingResetFailed when all is acknowledged, and the stream goes on', () => {
    const pair = new Pair({ a: { zeroChecksum: false }, b: { zeroChecksum: false } })
    // Supported Extensions becomes a parameter that is skipped.
    pair.filter = (packet) => {
      for (let i = 12; i + 1 < packet.length && packet[12]! <= 2; i += 4) {
        if (packet[i] !== 0x80 || packet[i + 1] !== 0x08) continue
        packet[i + 1] = 0x77
        putChecksum(packet)
      }
      return true
    }
    pair.a.association.resetStreams(pair.now, [1])
    pair.a.association.send(pair.now, ordered(1, block(5, 1)))
    pair.connected()
    pair.a.association.resetStreams(pair.now, [2])
    expect(pair.run(() => pair.b.messages.length === 1, 100)).toBe(true)
    expect(pair.a.ofType('outgoingResetFailed').map((e) => e.streamIds)).toEqual([[1], [2]])
  })

  test('the other requests are answered: incoming reset, added streams, SSN/TSN reset', () => {
    const pair = new Pair({ a: { maxStreams: 100 }, b: { maxStreams: 10 } }).connected()
    let toB: Uint8Array = EMPTY_BYTES
    let sequence = 0
    const results: number[] = []
    pair.filter = (packet, to) => {
      if (to === pair.b) toB = packet
      const walker = new ChunkWalker(packet)
      while (walker.next()) {
        if (walker.type !== CHUNK_RECONFIG) continue
        for (const p of parseReconfig(walker.body)!) {
          if (p.type === 'response') results.push(p.result)
          else sequence = p.requestSequence
        }
      }
      return true
    }
    pair.a.association.resetStreams(pair.now, [1]) // to learn the number of the next request
    pair.run(() => false, 5)
    const ask = (...parameters: ReconfigParameter[]) => {
      results.length = 0
      pair.b.association.receive(pair.now, reconfigLike(toB, ...parameters))
      pair.run(() => false, 5)
      return [...results]
    }
    expect(ask({ type: 'ssnTsnReset', requestSequence: sequence + 1 })).toEqual([2])
    expect(ask({ type: 'ssnTsnReset', requestSequence: sequence + 1 })).toEqual([2]) // repeated: answered again
    expect(ask({ type: 'ssnTsnReset', requestSequence: sequence + 9 })).toEqual([5])
    expect(ask({ type: 'addIncoming', requestSequence: sequence + 2, newStreams: 1 })).toEqual([2])
    expect(ask({ type: 'addOutgoing', requestSequence: sequence + 3, newStreams: 60_000 })).toEqual([2])
    expect(ask({ type: 'incomingReset', requestSequence: sequence + 4, streamIds: [2] })).toEqual([1, 1])
    expect(pair.a.ofType('incomingReset').at(-1)?.streamIds).toEqual([2])
  })

  test('SECURITY 21: a request that names no stream means all: told as it came, and no stream has state any more', () => {
    const pair = new Pair().connected()
    const sent = new DataTo(pair, pair.b)
    for (const id of [3, 7]) pair.a.association.send(pair.now, ordered(id, block(10, id)))
    pair.run(() => pair.b.messages.length === 2)
    expect(pair.b.association.holdings.streams).toBe(2)
    for (let i = 0; i < 3; i++) {
      pair.b.association.receive(pair.now, reconfigLike(sent.packet, resetOfAll(sent.first + i, sent.last)))
      pair.run(() => false, 5)
    }
    expect(pair.b.ofType('incomingReset')).toEqual(Array(3).fill({ type: 'incomingReset', streamIds: [] }))
    expect(pair.b.association.holdings.streams).toBe(0)
  })

  test('such a request waits for the data before it, and holds back what any stream sends after that', () => {
    const pair = new Pair().connected()
    const sent = new DataTo(pair, pair.b)
    pair.a.association.send(pair.now, ordered(3, block(10, 1)))
    pair.run(() => pair.b.messages.length === 1)
    pair.b.association.receive(pair.now, reconfigLike(sent.packet, resetOfAll(sent.first, sent.last + 1)))
    loseData(pair, 1)
    pair.a.association.send(pair.now, ordered(3, block(10, 2)))
    pair.pump()
    pair.a.association.send(pair.now, { ...ordered(7, block(10, 3)), ordered: false })
    expect(pair.run(() => pair.b.messages.length === 3)).toBe(true)
    expect(pair.b.messages.map((data) => data[0])).toEqual([1, 2, 3].map((seed) => block(10, seed)[0]))
    expect(pair.b.events.slice(1).map((e) => e.type)).toEqual(['message', 'message', 'incomingReset', 'message'])
  })
})
