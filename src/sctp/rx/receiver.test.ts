import { describe, expect, test } from 'vitest'
import { zeroCounters } from '../counters.js'
import { DATA_BEGINNING, DATA_ENDING, type DataChunk } from '../packet/chunk/data.js'
import { parseSack } from '../packet/chunk/sack.js'
import { PacketBuilder } from '../packet/packet-builder.js'
import type { WholeMessage } from './partial-message.js'
import { Receiver } from './receiver.js'

const WINDOW_BYTES = 100_000

function receiver() {
  const counters = zeroCounters()
  const delivered: WholeMessage[] = []
  const rx = new Receiver({
    peerInitialTsn: 1,
    interleaving: false,
    windowBytes: WINDOW_BYTES,
    maxWindowBytes: WINDOW_BYTES,
    roundTrip: () => 0,
    messageMemory: (bytes) => new Uint8Array(bytes),
    maxMessageSizeBytes: 256 * 1024,
    counters,
    deliver: (message) => {
      if (message.type === 'message') delivered.push(message)
    },
  })
  const builder = new PacketBuilder(5000, 5000, 1163)
  const sack = () => {
    const packet = new Uint8Array(1163)
    builder.start(1, packet, 0)
    rx.putSack(builder)
    return parseSack(packet, 16, builder.finish(true))!
  }
  return { rx, counters, delivered, sack }
}

function chunk(tsn: number, length: number, more: Partial<DataChunk> = {}): DataChunk {
  const flags = DATA_BEGINNING | DATA_ENDING
  const packet = new Uint8Array(length).fill(tsn)
  return {
    flags,
    tsn,
    streamId: 0,
    sequence: tsn - 1,
    ppid: 53,
    fsn: 0,
    packet,
    payloadAt: 0,
    payloadEnd: length,
    ...more,
  }
}

describe('the receive window', () => {
  test('what is beyond it is refused, told by a_rwnd, and taken when the hole is filled', () => {
    const { rx, counters, delivered, sack } = receiver()
    for (let tsn = 2; tsn <= 200; tsn++) expect(rx.handleData(chunk(tsn, 1000), undefined)).toBeUndefined()
    const taken = 199 - counters.droppedNoBuffer
    expect(counters.droppedNoBuffer).toBeGreaterThan(0)
    expect(rx.bufferedBytes).toBe(taken * 1000)
    expect(rx.bufferedBytes).toBeLessThanOrEqual(WINDOW_BYTES)
    expect(sack()).toMatchObject({
      cumulativeTsnAck: 0,
      advertisedWindowBytes: WINDOW_BYTES - rx.bufferedBytes,
      gapOffsets: [2, taken + 1],
    })
    // The one that is missing is taken whatever the window says: it sets the others free.
    expect(rx.handleData(chunk(1, 50_000), undefined)).toBeUndefined()
    expect(delivered.map(({ sequence }) => sequence)).toEqual(Array.from({ length: taken + 1 }, (_, i) => i))
    expect(rx.bufferedBytes).toBe(0)
    expect(sack()).toMatchObject({ cumulativeTsnAck: taken + 1, advertisedWindowBytes: WINDOW_BYTES, gapOffsets: [] })
  })

  test('single bytes are charged for what they cost', () => {
    for (const flags of [DATA_BEGINNING | DATA_ENDING, 0]) {
      const { rx, counters } = receiver()
      for (let tsn = 2; tsn <= 3000; tsn++) rx.handleData(chunk(tsn, 1, { flags }), undefined)
      // One more begins where 257 bytes each have left room for a byte.
      expect(2999 - counters.droppedNoBuffer).toBe(Math.floor((WINDOW_BYTES - 1) / 257) + 1)
    }
  })

  test('a peer that fills every hole and never lets a message be delivered is sent away: Out of Resource', () => {
    const { rx } = receiver()
    let accepted = 0
    let violation = rx.handleData(chunk(1, 1000, { sequence: 1 }), undefined)
    while (violation === undefined)
      violation = rx.handleData(chunk(++accepted + 1, 1000, { sequence: accepted + 1 }), undefined)
    expect(violation.cause.code).toBe(4)
    expect(accepted * 1000).toBeLessThanOrEqual(2 * WINDOW_BYTES)
  })

  test('a packet is not kept: its memory may be used again at once', () => {
    const { rx, delivered } = receiver()
    const fragments = [DATA_BEGINNING, 0, DATA_ENDING].map((flags, i) => chunk(i + 1, 100, { flags, sequence: 0 }))
    const whole = chunk(4, 100, { sequence: 1 })
    for (const i of [2, 1, 3, 0]) {
      const next = i === 3 ? whole : fragments[i]!
      expect(rx.handleData(next, undefined)).toBeUndefined()
      next.packet.fill(255)
    }
    expect(delivered.map(({ data }) => [...new Set(data)])).toEqual([[1, 2, 3], [4]])
    expect(delivered.map(({ data }) => [data.byteOffset, data.buffer.byteLength])).toEqual([
      [0, 300],
      [0, 100],
    ])
  })
})

describe('SACKs while something is missing (RFC 9260 §6.7)', () => {
  test('packets of one batch get three of their own, each with something new, and one for the rest', () => {
    const { rx, sack } = receiver()
    for (let tsn = 2; tsn <= 7; tsn++) {
      rx.handleData(chunk(tsn, 100), undefined)
      rx.endPacket(0)
    }
    const seen: (readonly number[])[] = []
    while (rx.acks.isDue) seen.push(sack().gapOffsets)
    expect(seen).toEqual([
      [2, 2],
      [2, 3],
      [2, 4],
      [2, 7],
    ])
    rx.handleData(chunk(8, 100), undefined)
    rx.endPacket(0)
    expect(sack().gapOffsets).toEqual([2, 8])
    expect(rx.acks.isDue).toBe(false)
    rx.handleData(chunk(9, 100), undefined)
    rx.endPacket(0)
    rx.handleData(chunk(1, 100), undefined)
    rx.endPacket(0)
    expect([sack(), sack()].map(({ cumulativeTsnAck }) => cumulativeTsnAck)).toEqual([0, 9])
    expect(rx.acks.isDue).toBe(false)
  })
})

describe('FORWARD-TSN (RFC 3758 §3.6)', () => {
  // Pieces at 2, 4, … 20, of which those before 8 began; whole messages of the same stream at 21 to 30.
  function filled() {
    const ends = receiver()
    for (let tsn = 2; tsn <= 20; tsn += 2) {
      const flags = tsn < 8 ? DATA_BEGINNING : 0
      ends.rx.handleData(chunk(tsn, 10, { flags }), undefined)
    }
    for (let tsn = 21; tsn <= 30; tsn++) ends.rx.handleData(chunk(tsn, 100, { streamId: 1, sequence: tsn }), undefined)
    expect(ends.rx.bufferedBytes).toBe(1100)
    return ends
  }

  test.each([
    [1, 2, 1100],
    [4, 4, 1080],
    [5, 6, 1080],
    [12, 12, 1040],
    [20, 30, 1000],
    [25, 30, 1000],
    [60_000, 60_000, 1000],
  ])(
    'up to TSN %i: of what is here, what was skipped is gone, and nothing else',
    (newCumulativeTsn, cumulative, left) => {
      const { rx, delivered } = filled()
      rx.handleForwardTsn({ newCumulativeTsn, skipped: [] })
      expect([rx.cumulativeTsn, rx.bufferedBytes]).toEqual([cumulative, left])
      expect(delivered).toEqual([])
    },
  )

  test.each([
    [19, 0],
    [20, 10],
    [22, 10],
    [26, 10],
    [20_000, 10],
    [40_000, 0],
  ])(
    'up to message %i of a stream: what is whole comes, in order, and what follows it without a hole',
    (sequence, count) => {
      const { rx, delivered } = filled()
      rx.handleForwardTsn({ newCumulativeTsn: 1, skipped: [{ streamId: 1, ordered: true, sequence }] })
      const seen = delivered.map((message) => message.sequence)
      expect(seen).toEqual(Array.from({ length: count }, (_, i) => 21 + i))
      expect(rx.bufferedBytes).toBe(1100 - 100 * seen.length)
    },
  )
})
