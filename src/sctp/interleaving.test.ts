import { describe, expect, test } from 'vitest'
import { block, carries, ordered, Pair } from './association.test-support.js'
import * as types from './packet/chunk-type.js'
import { DATA_BEGINNING, DATA_ENDING, putDataHeader } from './packet/chunk/data.js'
import { putIDataHeader } from './packet/chunk/i-data.js'
import { putCommonHeader } from './packet/common-header.js'
import { uint32At } from './packet/wire.js'

const RTT_MILLIS = 20

/** Sends 40 KB each way and tells which chunks carried it. */
function chunksUsed(a: boolean, b: boolean): { data: number; iData: number } {
  const pair = new Pair({ rttMillis: 10, a: { interleaving: a }, b: { interleaving: b } }).connected()
  const used = { data: 0, iData: 0 }
  pair.filter = (packet) => {
    if (carries(packet, types.CHUNK_DATA)) used.data++
    if (carries(packet, types.CHUNK_I_DATA)) used.iData++
    return true
  }
  for (const end of [pair.a, pair.b]) end.association.send(pair.now, ordered(1, block(40_000, 1)))
  pair.run(() => pair.a.messages.length + pair.b.messages.length === 2)
  return used
}

describe('user message interleaving (RFC 8260)', () => {
  test('is used when both sides offer it, and only then (§2.2.1)', () => {
    for (const [a, b] of [
      [true, true],
      [true, false],
      [false, true],
      [false, false],
    ] as const) {
      const { data, iData } = chunksUsed(a, b)
      expect([data > 0, iData > 0]).toEqual([!(a && b), a && b])
    }
  })

  test('the wrong kind of data, or of FORWARD-TSN, ends the association (§2.2.3)', () => {
    for (const interleaving of [true, false]) {
      for (const isData of [true, false]) {
        const pair = new Pair({ a: { interleaving }, b: { interleaving } }).connected()
        let tag = 0
        pair.filter = (packet, to) => {
          if (to === pair.b) tag = uint32At(packet, 4)
          return true
        }
        pair.a.association.send(pair.now, ordered(1, block(10, 1)))
        pair.run(() => pair.b.messages.length === 1)
        const forged = new Uint8Array(isData ? 36 : 20)
        putCommonHeader(forged, 0, 5000, 5000, tag)
        const flags = DATA_BEGINNING | DATA_ENDING
        if (!isData) forged.set([interleaving ? types.CHUNK_FORWARD_TSN : types.CHUNK_I_FORWARD_TSN, 0, 0, 8], 12)
        else if (interleaving) putDataHeader(forged, 12, flags, 8, 1, 1, 1, 53)
        else putIDataHeader(forged, 12, flags, 4, 1, 1, 1, 53)
        pair.b.association.receive(pair.now, forged)
        pair.run(() => pair.a.isClosed && pair.b.isClosed)
        const last = pair.a.ofType('closed')[0]?.error
        expect([last?.code, last?.details.sctpCauseCode]).toEqual(['sctp.abort', 13])
      }
    }
  })

  test('a message of one packet does not wait for a large one of another stream', () => {
    const pair = new Pair({ rttMillis: 20 }).connected()
    pair.a.association.send(pair.now, ordered(1, block(256 * 1024, 1)))
    pair.run(() => false, 1)
    pair.a.association.send(pair.now, ordered(2, block(100, 2)))
    expect(pair.run(() => pair.b.messages.length === 2)).toBe(true)
    expect(pair.b.messages.map(({ length }) => length)).toEqual([100, 256 * 1024])
  })

  test('half messages never fill the window of the peer: all of many large ones arrive', () => {
    for (const receiveWindowBytes of [60_000, 400_000]) {
      const pair = new Pair({ seed: 3, lossRatio: 0.02, rttMillis: 20, b: { receiveWindowBytes } }).connected()
      const sent = Array.from({ length: 40 }, (_, i) => block(100_000 + i, i))
      sent.forEach((data, i) => pair.a.association.send(pair.now, ordered(i, data)))
      expect(pair.run(() => pair.b.messages.length === sent.length)).toBe(true)
      expect(pair.b.messages.map((m) => m.length).sort()).toEqual(sent.map((m) => m.length).sort())
      expect(pair.b.association.holdings.bufferedBytes).toBe(0)
    }
  })

  test('streams that wait for others to finish are reset, discarded and given up like all', () => {
    const pair = new Pair({ rttMillis: 20, b: { receiveWindowBytes: 60_000 } }).connected()
    for (const id of [1, 2, 3, 4]) {
      pair.a.association.send(pair.now, ordered(id, block(50_000, id), id === 4 ? { lifetimeMillis: 1 } : {}))
    }
    pair.run(() => false, 30)
    pair.a.association.discardQueued(3)
    pair.a.association.resetStreams(pair.now, [1, 2, 3, 4])
    expect(pair.run(() => pair.a.ofType('outgoingReset').flatMap((e) => e.streamIds).length === 4)).toBe(true)
    expect(pair.b.messages.length).toBeLessThanOrEqual(3)
    expect(pair.a.association.holdings).toEqual({ streams: 0, bufferedBytes: 0, flightBytes: 0 })
  })
})

describe('a channel that stays interactive while another sends flat out', () => {
  /** Round trips of small messages and their echoes in milliseconds: 99 of 100 take no longer. */
  function p99WhileBusy(): number {
    // 2.5 MB/s at 20 ms, and a queue of half of that: what is in it is in front of everybody.
    const bottleneck = { bytesPerMilli: 2500, queueBytes: 25_000 }
    const pair = new Pair({ rttMillis: RTT_MILLIS, bottleneck }).connected()
    pair.a.association.setStreamPriority(2, 1024)
    pair.b.onEvent = (event) => {
      if (event.type === 'message' && event.streamId === 2) pair.b.association.send(pair.now, ordered(2, event.data))
    }
    const taken: number[] = []
    for (let i = 0; i < 200; i++) {
      while (pair.a.association.queuedBytes(1) < 1_000_000) {
        pair.a.association.send(pair.now, ordered(1, block(262_144, 1)))
      }
      const begun = pair.now
      const before = pair.a.messages.length
      pair.a.association.send(pair.now, ordered(2, block(64, i)))
      pair.run(() => pair.a.messages.length > before)
      taken.push(pair.now - begun)
      pair.run(() => false, 7)
    }
    return taken.sort((x, y) => x - y)[Math.floor(taken.length * 0.99)]!
  }

  test('p99 of small messages is at most twice that of an idle connection', () => {
    // On an idle connection they take the round trip of the path.
    expect(p99WhileBusy()).toBeLessThanOrEqual(2 * RTT_MILLIS)
  })
})
