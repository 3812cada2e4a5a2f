import fc from 'fast-check'
import { expect, test } from 'vitest'
import { describeBothKinds, Pair } from '../association.test-support.js'

const SIZES = [600, 4000, 20_000]

/**
 * Memory as an application would use it that takes the word of the association: what is released is overwritten at once, and then
 * holds other messages.
 */
class Memory {
  readonly #free = new Map<number, Uint8Array[]>()
  readonly #lent = new Set<Uint8Array>()
  releases = 0
  reuses = 0

  get lent(): number {
    return this.#lent.size
  }

  filled(mark: number, length: number): Uint8Array {
    const reused = this.#free.get(length)?.pop()
    if (reused !== undefined) this.reuses++
    const data = reused ?? new Uint8Array(length)
    data.set(contentOf(mark, length))
    this.#lent.add(data)
    return data
  }

  readonly release = (data: Uint8Array): void => {
    expect(this.#lent.delete(data)).toBe(true) // once, and what was sent
    this.releases++
    data.fill(0xa5)
    const free = this.#free.get(data.length)
    if (free === undefined) this.#free.set(data.length, [data])
    else free.push(data)
  }
}

/** Its mark, then bytes that follow from it. */
function contentOf(mark: number, length: number): Uint8Array {
  const data = new Uint8Array(length)
  new DataView(data.buffer).setUint32(0, mark)
  for (let at = 4; at < length; at++) data[at] = mark * 31 + at * 7 + (at >> 8)
  return data
}

function markOf(data: Uint8Array): number {
  return new DataView(data.buffer, data.byteOffset).getUint32(0)
}

const step = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      type: fc.constant('send' as const),
      stream: fc.nat(3),
      length: fc.constantFrom(...SIZES),
      count: fc.integer({ min: 1, max: 8 }),
      ordered: fc.boolean(),
      reliability: fc.constantFrom(
        {},
        {},
        { maxRetransmissions: 0 },
        { maxRetransmissions: 1 },
        { lifetimeMillis: 60 },
      ),
    }),
  },
  { weight: 3, arbitrary: fc.record({ type: fc.constant('wait' as const), millis: fc.nat(400) }) },
  { weight: 2, arbitrary: fc.record({ type: fc.constant('loss' as const), ratio: fc.constantFrom(0, 0.1, 0.4, 1) }) },
  // Later than T3-rtx: what it marked for retransmission had arrived, or was still on its way.
  { weight: 2, arbitrary: fc.record({ type: fc.constant('delay' as const), millis: fc.constantFrom(0, 500, 3000) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('reset' as const), stream: fc.nat(3) }) },
  { weight: 1, arbitrary: fc.record({ type: fc.constant('discard' as const), stream: fc.nat(3) }) },
)
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never

function play(pair: Pair, memory: Memory, steps: readonly Step[]): number {
  const { association } = pair.a
  let mark = 0
  for (const s of steps) {
    if (s.type === 'send') {
      for (let i = 0; i < s.count; i++) {
        const data = memory.filled(++mark, s.length)
        const { stream, ordered, reliability } = s
        const message = { streamId: stream, ppid: 53, data, ordered, release: memory.release, ...reliability }
        association.send(pair.now, message)
      }
    } else if (s.type === 'reset') association.resetStreams(pair.now, [s.stream])
    else if (s.type === 'discard') association.discardQueued(s.stream)
    else if (s.type === 'loss') pair.lossRatio = s.ratio
    else if (s.type === 'delay') pair.delay = () => s.millis
    else pair.run(() => false, s.millis)
  }
  return mark
}

function expectUnchanged(pair: Pair): void {
  for (const data of pair.b.messages) {
    expect(Buffer.compare(data, contentOf(markOf(data), data.length))).toBe(0)
  }
}

describeBothKinds('memory that is released', () => {
  test('is not read again, whatever is lost, late, abandoned, reset or dropped', () => {
    const total = { releases: 0, reuses: 0, retransmitted: 0, abandoned: 0 }
    const property = fc.property(
      fc.nat(100_000),
      fc.array(step, { maxLength: 40, size: 'max' }),
      fc.constantFrom('open' as const, 'shutdown' as const, 'abort' as const),
      (seed, steps, end) => {
        const pair = new Pair({ seed, rttMillis: 40, reorderRatio: 0.1, duplicateRatio: 0.05 }).connected()
        const memory = new Memory()
        const sent = play(pair, memory, steps)
        if (end === 'abort') pair.a.association.abort(pair.now, 'enough')
        if (end === 'shutdown') pair.a.association.shutdown(pair.now)
        pair.delay = () => 0
        pair.lossRatio = Math.min(pair.lossRatio, 0.1)
        pair.run(() => false, 300_000)
        expectUnchanged(pair)
        const { counters } = pair.a.association
        total.releases += memory.releases
        total.reuses += memory.reuses
        total.retransmitted += counters['chunksRetransmitted']!
        total.abandoned += counters['messagesAbandoned']!
        // All of it comes back, unless it was dropped.
        const isDropped = steps.some(({ type }) => type === 'discard') || end !== 'open'
        if (!isDropped) expect([memory.lent, memory.releases]).toEqual([0, sent])
      },
    )
    fc.assert(property, { numRuns: 150, seed: 9260 })
    for (const count of [total.releases, total.reuses, total.retransmitted, total.abandoned]) {
      expect(count).toBeGreaterThan(100)
    }
  })
})
