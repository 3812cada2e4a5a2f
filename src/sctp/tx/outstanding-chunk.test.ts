import fc from 'fast-check'
import { expect, test } from 'vitest'
import { LossEpisode } from './loss-episode.js'
import { newOutgoingMessage, newOutgoingStream } from './outgoing-stream.js'
import { newChunk, spareChunk, type OutstandingChunk } from './outstanding-chunk.js'
import { OutstandingData } from './outstanding-data.js'
import { ReorderingWindow } from './reordering-window.js'
import { RetransmissionTimeout } from './rto.js'

const stream = newOutgoingStream(1)

function newMessage() {
  return newOutgoingMessage(0, stream, { streamId: 1, ppid: 53, data: new Uint8Array(100), ordered: false })
}

const step = fc.record({
  type: fc.constantFrom('push', 'push', 'push', 'ack', 'gap', 'timeout', 'retransmit', 'probe', 'overdue'),
  many: fc.integer({ min: 1, max: 6 }),
  from: fc.integer({ min: 2, max: 8 }),
  which: fc.nat(1),
})

/** One association's, with what it should name. */
class Model {
  readonly outstanding = new OutstandingData({
    roundTrips: new RetransmissionTimeout(),
    reordering: new ReorderingWindow(),
    episode: new LossEpisode(),
    onLost: () => {},
  })
  readonly #alive = new Map<number, { readonly chunk: OutstandingChunk; readonly message: object }>()
  #packet = 0

  push(now: number): OutstandingChunk {
    const message = newMessage()
    const chunk = this.outstanding.push(message, 100, ++this.#packet, now)
    this.#alive.set(chunk.tsn, { chunk, message })
    return chunk
  }

  retransmit(now: number): void {
    const lost = this.outstanding.peekLost()
    if (lost !== undefined) this.outstanding.retransmitted(lost, ++this.#packet, now)
  }

  get isConsistent(): boolean {
    const { cumulative, flightBytes } = this.outstanding
    let inFlightBytes = 0
    for (const [tsn, { chunk, message }] of this.#alive) {
      if (tsn <= cumulative) this.#alive.delete(tsn)
      else if (chunk.tsn !== tsn || chunk.message !== message) return false
      else if (chunk.state === 'inFlight') inFlightBytes += chunk.length
    }
    const lost = this.outstanding.peekLost()
    return inFlightBytes === flightBytes && (lost === undefined || this.#alive.get(lost.tsn)?.chunk === lost)
  }
}

test('a record is used again only when nothing names it, in any order of losses, timeouts and acknowledgements', () => {
  const seen = new Set<OutstandingChunk>()
  let reuses = 0
  const property = fc.property(fc.array(step, { maxLength: 120, size: 'max' }), (steps) => {
    const models = [new Model(), new Model()]
    let now = 0
    for (const { type, many, from, which } of steps) {
      now += many * 7
      const model = models[which]!
      const { outstanding } = model
      const { cumulative, nextTsn } = outstanding
      if (type === 'push') {
        for (let i = 0; i < many; i++) {
          const chunk = model.push(now)
          if (seen.has(chunk)) reuses++
          seen.add(chunk)
        }
      } else if (type === 'ack') {
        const upTo = Math.min(cumulative + many, nextTsn - 1)
        outstanding.acknowledge(now, { cumulative: upTo, gapOffsets: [], duplicates: [] })
      } else if (type === 'gap') {
        outstanding.acknowledge(now, { cumulative, gapOffsets: [from, from + many], duplicates: [] })
      } else if (type === 'timeout') outstanding.markAllLost()
      else if (type === 'probe') outstanding.probe()
      else if (type === 'overdue') outstanding.findOverdue(now + 10_000)
      else model.retransmit(now)
      // Both: a record that one still names may be the other's now.
      expect(models.every((one) => one.isConsistent)).toBe(true)
    }
  })
  fc.assert(property, { numRuns: 200, seed: 9260 })
  expect(reuses).toBeGreaterThan(500)
})

test('a spare record keeps no message, and no more than a bounded number of them is kept', () => {
  const records = Array.from({ length: 2000 }, (_, i) => newChunk(i, newMessage(), 100, i, 0))
  for (const record of records) spareChunk(record)
  const former = new Set(records)
  for (const record of records) if (record.message.data.length > 0) former.delete(record)
  expect(former.size).toBeLessThanOrEqual(512)
  const again = Array.from({ length: 2000 }, (_, i) => newChunk(i, newMessage(), 100, i, 0))
  expect(new Set(again).size).toBe(2000)
  expect(again.filter((record) => records.includes(record)).length).toBeLessThanOrEqual(512)
})
