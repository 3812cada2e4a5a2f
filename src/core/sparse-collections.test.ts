import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SparseMap } from './sparse-map.js'
import { SparseSet } from './sparse-set.js'

const operation = fc.record({ what: fc.constantFrom('put', 'delete', 'clear'), key: fc.nat(5), value: fc.nat() })

test('a sparse map is a map', () => {
  fc.assert(
    fc.property(fc.array(operation), (operations) => {
      const [sparse, model] = [new SparseMap<number, number>(), new Map<number, number>()]
      for (const { what, key, value } of operations) {
        if (what === 'put') expect(sparse.set(key, value)).toBe(sparse)
        if (what === 'put') model.set(key, value)
        if (what === 'delete') expect(sparse.delete(key)).toBe(model.delete(key))
        if (what === 'clear') for (const all of [sparse, model]) all.clear()
        expect(sparse.size).toBe(model.size)
        expect([...sparse]).toEqual([...model])
        expect([...sparse.keys()]).toEqual([...model.keys()])
        expect([...sparse.values()]).toEqual([...model.values()])
        expect([sparse.has(key), sparse.get(key)]).toEqual([model.has(key), model.get(key)])
      }
    }),
  )
})

test('a sparse set is a set', () => {
  fc.assert(
    fc.property(fc.array(operation), (operations) => {
      const [sparse, model] = [new SparseSet<number>(), new Set<number>()]
      for (const { what, key } of operations) {
        if (what === 'put') expect(sparse.add(key)).toBe(sparse)
        if (what === 'put') model.add(key)
        if (what === 'delete') expect(sparse.delete(key)).toBe(model.delete(key))
        if (what === 'clear') for (const all of [sparse, model]) all.clear()
        expect(sparse.size).toBe(model.size)
        expect([...sparse]).toEqual([...model])
        expect(sparse.has(key)).toBe(model.has(key))
      }
    }),
  )
})
