import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { StatsDictionary } from './dictionaries.js'
import { selectStats } from './select-stats.js'
import { StatsIds } from './stats-ids.js'

/** Objects of any shape that reference each other. */
function graph(references: Readonly<Record<string, object>>): Map<string, StatsDictionary> {
  return new Map(Object.entries(references).map(([id, members]) => [id, { id, ...members } as StatsDictionary]))
}

test('roots, and what they reference directly or indirectly, once each', () => {
  const all = graph({
    o1: { codecId: 'c', transportId: 't', mid: '0' },
    o2: { codecId: 'c2' },
    c: { transportId: 't' },
    c2: { transportId: 't' },
    t: { selectedCandidatePairId: 'p', localCertificateId: 'l' },
    p: { transportId: 't', localCandidateId: 'lc' },
    p2: { transportId: 't' },
    lc: { transportId: 't' },
    l: { issuerCertificateId: 'i' },
    i: {},
    d: { dataChannelIdentifier: 'l' },
  })
  expect([...selectStats(all, ['o1']).keys()].sort()).toEqual(['c', 'i', 'l', 'lc', 'o1', 'p', 't'])
  expect(selectStats(all, []).size).toBe(0)
  expect(selectStats(all, ['gone']).size).toBe(0)
})

test('every reference of a selection resolves in it, when it did before', () => {
  const ids = fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f')
  const objects = fc.record(
    Object.fromEntries(['a', 'b', 'c', 'd', 'e', 'f'].map((id) => [id, fc.record({ xId: ids, yId: ids })])),
  )
  fc.assert(
    fc.property(objects, fc.array(ids), (references, roots) => {
      const selected = selectStats(graph(references), roots)
      for (const root of roots) expect(selected.has(root)).toBe(true)
      for (const stats of selected.values()) {
        const { xId, yId } = stats as unknown as { xId: string; yId: string }
        expect(selected.has(xId) && selected.has(yId)).toBe(true)
      }
    }),
  )
})

test('ids are stable within a connection, differ between objects, and cannot be foreseen', () => {
  const [one, other] = [new StatsIds(), new StatsIds()]
  const first = one.of('T', '1')
  expect(one.of('T', '1')).toBe(first)
  expect(one.of('T', '2')).not.toBe(first)
  expect(other.of('T', '1')).not.toBe(first)
  expect(first).toMatch(/^T[0-9a-f]{16}$/)
  for (let i = 0; i < 5000; i++) one.of('CP', `${i}`)
  expect(one.of('T', '1')).toBe(first)
})
