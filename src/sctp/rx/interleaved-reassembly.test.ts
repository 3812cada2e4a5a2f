import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DATA_BEGINNING, DATA_ENDING, DATA_UNORDERED, type DataChunk } from '../packet/chunk/data.js'
import { InterleavedReassembly } from './interleaved-reassembly.js'
import type { WholeMessage } from './partial-message.js'

const MAX_MESSAGE_BYTES = 10_000

/** Not cleared, and nothing of it may be told. */
const dirty = (bytes: number) => new Uint8Array(bytes).fill(0xdd)

function reassembly() {
  const delivered: WholeMessage[] = []
  const rx = new InterleavedReassembly({
    maxMessageSizeBytes: MAX_MESSAGE_BYTES,
    maxExpectedBytes: 100_000,
    messageMemory: dirty,
    deliver: (message) => delivered.push(message),
  })
  return { rx, delivered, shown: () => delivered.map(({ sequence, data }) => [sequence, data.length]) }
}

/** One fragment: `B`, `E` and `U` are flags, the number is its FSN. */
function fragment(what: string, sequence = 0, length = 10, streamId = 1): DataChunk {
  const flags =
    (what.includes('B') ? DATA_BEGINNING : 0) |
    (what.includes('E') ? DATA_ENDING : 0) |
    (what.includes('U') ? DATA_UNORDERED : 0)
  const packet = new Uint8Array(length).fill(sequence)
  const fsn = Number(/\d+/.exec(what)?.[0] ?? 0)
  return { flags, tsn: 0, streamId, sequence, ppid: 53, fsn, packet, payloadAt: 0, payloadEnd: length }
}

describe('reassembly of I-DATA (RFC 8260)', () => {
  test('fragments of any streams in any order become their messages, each in the order of its stream', () => {
    const message = fc.record({
      streamId: fc.nat(2),
      ordered: fc.boolean(),
      fragments: fc.array(fc.integer({ min: 1, max: 2000 }), { minLength: 1, maxLength: 5 }),
    })
    fc.assert(
      fc.property(fc.array(message, { maxLength: 20 }), fc.infiniteStream(fc.double({ noNaN: true })), (sent, keys) => {
        const { rx, delivered } = reassembly()
        const next = new Map<string, number>()
        const chunks = sent.flatMap(({ streamId, ordered, fragments }, mark) => {
          const sequence = next.get(`${streamId} ${ordered}`) ?? 0
          next.set(`${streamId} ${ordered}`, sequence + 1)
          return fragments.map((length, fsn): DataChunk => {
            const kind = `${fsn === 0 ? 'B' : ''}${fsn === fragments.length - 1 ? 'E' : ''}${ordered ? '' : 'U'}${fsn}`
            return { ...fragment(kind, sequence, length, streamId), packet: new Uint8Array(length).fill(mark + fsn) }
          })
        })
        const shuffled = chunks.map((chunk) => [keys.next().value!, chunk] as const).sort(([a], [b]) => a - b)
        for (const [, chunk] of shuffled) expect(rx.add(0, chunk)).toBeUndefined()
        const shape = (streamId: number, unordered: boolean) =>
          delivered
            .filter((m) => m.streamId === streamId && m.unordered === unordered)
            .map(({ data }) => [...data].join())
        for (const streamId of [0, 1, 2]) {
          const expected = (ordered: boolean) =>
            sent.flatMap((m, mark) =>
              m.streamId === streamId && m.ordered === ordered
                ? [m.fragments.flatMap((length, fsn) => Array<number>(length).fill(mark + fsn)).join()]
                : [],
            )
          expect(shape(streamId, false)).toEqual(expected(true))
          expect(shape(streamId, true).sort()).toEqual(expected(false).sort())
        }
        expect([rx.bufferedBytes, rx.assemblingBytes, rx.waitingBytes, rx.pieces]).toEqual([0, 0, 0, 0])
      }),
      { numRuns: 200 },
    )
  })

  test.each([
    ['two first fragments', ['B0', 'B0']],
    ['the same number twice, in a row', ['B0', '1', '1']],
    ['the same number twice, beyond a hole', ['B0', '5', '5']],
    ['number 0 on one that is not the first', ['0']],
    ['two last fragments', ['2E', '3E']],
    ['one after the last', ['B0', '2E', '3']],
    ['a last one before others', ['B0', '5', '3E']],
    ['a whole message where one is being sent', ['B0', 'BE0']],
    ['a fragment of a message that is whole', ['BE0', 'BE0'], 5],
  ])('%s: a violation', (_name, fragments, sequence = 0) => {
    const { rx } = reassembly()
    const outcomes = fragments.map((what) => rx.add(0, fragment(what, sequence)))
    expect(outcomes.slice(0, -1).every((outcome) => outcome === undefined)).toBe(true)
    expect(outcomes.at(-1)?.cause.code).toBe(13)
  })

  test('a message is as long as was signalled at most, however it comes', () => {
    expect(reassembly().rx.add(0, fragment('BE0', 0, MAX_MESSAGE_BYTES))).toBeUndefined()
    expect(reassembly().rx.add(0, fragment('BE0', 0, MAX_MESSAGE_BYTES + 1))?.cause.code).toBe(13)
    const { rx } = reassembly()
    const parts = ['B0', '1', '2', '3', '4'].map((what) => rx.add(0, fragment(what, 0, 2000)))
    expect(parts.every((outcome) => outcome === undefined)).toBe(true)
    expect(rx.add(0, fragment('9', 0, 1))?.cause.code).toBe(13)
  })

  test('what was skipped does not hold up the rest; its late fragments are dropped (§2.3.1)', () => {
    const { rx, shown } = reassembly()
    for (const [what, sequence] of [
      ['B0', 0],
      ['BE0', 1],
      ['1', 2],
      ['BE0', 3],
      ['UB0', 0],
      ['UB0', 7],
    ] as const) {
      expect(rx.add(0, fragment(what, sequence))).toBeUndefined()
    }
    rx.skip(0, 0, [
      { streamId: 1, ordered: true, sequence: 2 },
      { streamId: 1, ordered: false, sequence: 5 },
    ])
    expect(shown()).toEqual([
      [1, 10],
      [3, 10],
    ])
    for (const [what, sequence] of [
      ['1E', 0],
      ['B0', 2],
      ['U1E', 0],
      ['UBE0', 5],
    ] as const) {
      expect(rx.add(0, fragment(what, sequence))).toBeUndefined()
    }
    expect(shown().length).toBe(2)
    expect(rx.add(0, fragment('U1E', 7))).toBeUndefined()
    expect(shown().at(-1)).toEqual([7, 20])
    expect([rx.bufferedBytes, rx.pieces]).toEqual([0, 0])
    rx.skip(0, 0, [{ streamId: 1, ordered: true, sequence: 1 }]) // an old one, overtaken
    expect(rx.add(0, fragment('BE0', 4))).toBeUndefined()
    expect(shown().at(-1)).toEqual([4, 10])
  })

  test('Message Identifiers wrap, ordered and unordered', () => {
    const { rx, shown } = reassembly()
    for (const [streamId, ordered] of [
      [1, true],
      [1, false],
    ] as const) {
      rx.skip(0, 0, [{ streamId, ordered, sequence: 0x7fffffff }])
      rx.skip(0, 0, [{ streamId, ordered, sequence: 0xfffffffd }])
    }
    for (const sequence of [0xffffffff, 0, 0xfffffffe]) rx.add(0, fragment('BE0', sequence))
    expect(shown().map(([sequence]) => sequence)).toEqual([0xfffffffe, 0xffffffff, 0])
    for (const sequence of [0xfffffffe, 0x20000000, 0x50000000, 0xa0000000]) rx.add(0, fragment('UBE0', sequence))
    expect(shown().length).toBe(7)
  })

  test('a reset forgets what is half here, and numbers begin anew', () => {
    const { rx, shown } = reassembly()
    rx.add(0, fragment('BE0', 0))
    rx.add(0, fragment('B0', 1))
    rx.add(0, fragment('3', 2))
    rx.add(0, fragment('UB0', 0))
    rx.reset(1)
    expect([rx.bufferedBytes, rx.assemblingBytes, rx.waitingBytes, rx.pieces, rx.streamCount]).toEqual([0, 0, 0, 0, 0])
    rx.add(0, fragment('BE0', 0))
    expect(shown().length).toBe(2)
  })
})
