import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isMedia, segmentBytesIn } from './split-merged.js'

function record(length: number, type = 23): Uint8Array {
  const bytes = new Uint8Array(13 + length).fill(0xab)
  bytes.set([type, 254, 253, 0, 1, 0, 0, 0, 0, 0, 7, length >> 8, length & 0xff])
  return bytes
}

function stun(length: number): Uint8Array {
  const bytes = new Uint8Array(20 + length)
  bytes.set([0, 1, length >> 8, length & 0xff, 0x21, 0x12, 0xa4, 0x42])
  return bytes
}

/** As over UDP: padded or not. */
function channelData(length: number, isPadded: boolean): Uint8Array {
  const bytes = new Uint8Array(isPadded ? Math.ceil((4 + length) / 4) * 4 : 4 + length).fill(0xcd)
  bytes.set([0x40, 1, length >> 8, length & 0xff])
  return bytes
}

function merged(...datagrams: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(datagrams.flatMap((bytes) => [...bytes]))
}

describe('datagrams that came as one', () => {
  test.each([
    ['records of one size', merged(record(100), record(100), record(100)), 113],
    ['and a smaller last one', merged(record(100), record(100), record(7)), 113],
    ['two', merged(record(40), record(40)), 53],
    ['checks and records that happen to have one size', merged(stun(93), record(100), stun(0)), 113],
    ['ChannelData', merged(channelData(33, false), channelData(33, false)), 37],
    ['ChannelData with padding', merged(channelData(33, true), channelData(33, true), channelData(30, true)), 40],
    ['ChannelData whose last one is padded', merged(channelData(36, true), channelData(33, true)), 40],
  ])('%s', (_, bytes, segmentBytes) => {
    expect(segmentBytesIn(bytes)).toBe(segmentBytes)
  })

  test.each([
    ['one record', record(100)],
    ['a flight: records of several sizes', merged(record(80, 22), record(1, 20), record(40, 22))],
    ['a smaller record before a larger one', merged(record(10), record(100))],
    ['one check', stun(48)],
    ['ChannelData with some of its padding', channelData(33, true).subarray(0, 38)],
    ['nothing', new Uint8Array(0)],
    ['one byte', Uint8Array.of(0)],
    ['zeros', new Uint8Array(1200)],
    ['media', new Uint8Array(1200).fill(0x80)],
    ['a record that claims more than there is', record(100).subarray(0, 60)],
    ['what begins like a record of another protocol', merged(Uint8Array.of(23, 3, 3), new Uint8Array(200))],
  ])('whole: %s', (_, bytes) => {
    expect(segmentBytesIn(bytes)).toBe(bytes.length)
  })

  test.each([
    ['a record and the beginning of another', merged(record(100), record(100)).subarray(0, 180)],
    ['a record and noise', merged(record(100), new Uint8Array(50).fill(7))],
    ['checks of several sizes', merged(stun(8), stun(40))],
  ])('not to be told: %s', (_, bytes) => {
    expect(segmentBytesIn(bytes)).toBeUndefined()
  })

  test('any of one size, with a smaller last one, is split where it was merged', () => {
    const kind = fc.constantFrom(record, (length: number) => channelData(length, false))
    const cases = fc.record({ kind, length: fc.integer({ min: 8, max: 300 }), count: fc.integer({ min: 2, max: 64 }) })
    fc.assert(
      fc.property(cases, fc.nat(), ({ kind: make, length, count }, last) => {
        const equal = Array.from({ length: count - 1 }, () => make(length))
        expect(segmentBytesIn(merged(...equal, make(last % (length + 1))))).toBe(make(length).length)
      }),
    )
  })

  test('whatever comes, the size is of this datagram, or there is none', () => {
    const piece = fc.oneof(
      fc.uint8Array({ maxLength: 40 }),
      fc.nat(60).map((length) => record(length)),
      fc.nat(60).map(stun),
      fc.nat(60).map((length) => channelData(length, length % 2 === 0)),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 6 }), (pieces) => {
        const bytes = merged(...pieces)
        const size = segmentBytesIn(bytes)
        if (size !== undefined && bytes.length > 0) expect(size).toBeGreaterThan(0)
        expect(size ?? 0).toBeLessThanOrEqual(bytes.length)
      }),
    )
  })
})

test('media is told by its first byte', () => {
  expect([127, 128, 191, 192].map((first) => isMedia(Uint8Array.of(first)))).toEqual([false, true, true, false])
  expect(isMedia(new Uint8Array(0))).toBe(false)
})
