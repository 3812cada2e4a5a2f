import fc from 'fast-check'
import { expect, test } from 'vitest'
import { block, describeBothKinds, Pair } from './association.test-support.js'

type Step =
  | { readonly type: 'send'; readonly stream: number; readonly length: number; readonly isOrdered: boolean }
  | { readonly type: 'reset'; readonly streams: readonly number[] }
  | { readonly type: 'wait'; readonly millis: number }
  | { readonly type: 'loss'; readonly ratio: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('send' as const),
      stream: fc.nat(3),
      length: fc.oneof(fc.integer({ min: 3, max: 50 }), fc.integer({ min: 3, max: 20_000 })),
      isOrdered: fc.boolean(),
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('reset' as const), streams: fc.uniqueArray(fc.nat(3), { minLength: 1 }) }),
  },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('wait' as const), millis: fc.nat(300) }) },
  {
    weight: 1,
    arbitrary: fc.record({ type: fc.constant('loss' as const), ratio: fc.double({ min: 0, max: 0.3, noNaN: true }) }),
  },
)

/** fast-check prints seed and path of a failing run; the link's own seed is part of the counterexample. */
describeBothKinds('a model', () => {
  test('whatever is sent and reset arrives once, byte exact, in the order of its stream and on its side of each reset', () => {
    fc.assert(
      fc.property(fc.nat(100_000), fc.array(step, { maxLength: 60 }), (seed, steps) => {
        const pair = new Pair({ seed, rttMillis: 40, reorderRatio: 0.1, duplicateRatio: 0.05 }).connected()
        const sentOrdered = new Map<number, string[]>()
        const sentUnordered: string[] = []
        const resets = new Map<number, number>()
        const key = (data: Uint8Array) =>
          `${data.length}:${data.join(',').slice(0, 60)}:${data.reduce((a, b) => a + b, 0)}`
        let mark = 0
        for (const s of steps) {
          if (s.type === 'send') {
            const data = block(s.length, ++mark)
            pair.a.association.send(pair.now, { streamId: s.stream, ppid: 53, data, ordered: s.isOrdered })
            if (s.isOrdered) sentOrdered.set(s.stream, [...(sentOrdered.get(s.stream) ?? []), key(data)])
            else sentUnordered.push(key(data))
          } else if (s.type === 'reset') {
            // One reset of a stream at a time, as data channels do it.
            const free = s.streams.filter((id) => (resets.get(id) ?? 0) === doneResets(pair, id))
            for (const id of free) {
              resets.set(id, (resets.get(id) ?? 0) + 1)
              sentOrdered.set(id, [...(sentOrdered.get(id) ?? []), 'reset'])
            }
            pair.a.association.resetStreams(pair.now, free)
          } else if (s.type === 'wait') pair.run(() => false, s.millis)
          else pair.lossRatio = s.ratio
        }
        pair.lossRatio = Math.min(pair.lossRatio, 0.1)
        const total = [...sentOrdered.values()].flat().length + sentUnordered.length
        const arrived = () => pair.b.messages.length + pair.b.ofType('incomingReset').flatMap((e) => e.streamIds).length
        expect(pair.run(() => arrived() >= total)).toBe(true)
        pair.run(() => false, 5000)
        const known = new Set(sentUnordered)
        const gotUnordered: string[] = []
        const gotOrdered = new Map<number, string[]>()
        for (const event of pair.b.events) {
          if (event.type === 'message' && known.has(key(event.data))) gotUnordered.push(key(event.data))
          else if (event.type === 'message') push(gotOrdered, event.streamId, key(event.data))
          else if (event.type === 'incomingReset') for (const id of event.streamIds) push(gotOrdered, id, 'reset')
        }
        expect(gotOrdered.size).toBe(sentOrdered.size)
        for (const [id, expected] of sentOrdered) expect(gotOrdered.get(id)).toEqual(expected)
        expect(gotUnordered.toSorted()).toEqual(sentUnordered.toSorted())
        expect(pair.b.association.holdings.bufferedBytes).toBe(0)
        expect(pair.a.ofType('sent').reduce((sum, event) => sum + event.bytes, 0)).toBe(
          pair.b.messages.reduce((sum, data) => sum + data.length, 0),
        )
      }),
      { numRuns: 150, seed: 8831 },
    )
  })
})

function doneResets(pair: Pair, id: number): number {
  return pair.a.ofType('outgoingReset').filter((event) => event.streamIds.includes(id)).length
}

function push(map: Map<number, string[]>, id: number, entry: string): void {
  const list = map.get(id)
  if (list === undefined) map.set(id, [entry])
  else list.push(entry)
}
