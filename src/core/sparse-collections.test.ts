import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SparseMap } from './sparse-map.js'
import { SparseSet } from './sparse-set.js'

interface Operation {
  readonly what: 'put' | 'delete' | 'clear'
  readonly key: number
  readonly value: number
}

const what = fc.constantFrom('put' as const, 'delete' as const, 'clear' as const)
const operation: fc.Arbitrary<Operation> = fc.record({ what, key: fc.nat(7), value: fc.nat() })

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

/** What is done before a walk, and after each step of it; the walk is left when there is no more. */
interface Course {
  readonly before: readonly Operation[]
  readonly steps: readonly (readonly Operation[])[]
}

const course: fc.Arbitrary<Course> = fc.record({
  before: fc.array(operation, { maxLength: 8 }),
  steps: fc.array(fc.array(operation, { maxLength: 4 }), { maxLength: 12 }),
})

interface Walked {
  readonly change: (operation: Operation) => void
  readonly parts: () => Iterable<unknown>
}

type Parts = 'entries' | 'keys' | 'values'

function walkedMap(map: SparseMap<number, number> | Map<number, number>, parts: Parts): Walked {
  return {
    change: ({ what, key, value }) => {
      if (what === 'put') map.set(key, value)
      else if (what === 'delete') map.delete(key)
      else map.clear()
    },
    parts: () => (parts === 'entries' ? { [Symbol.iterator]: () => map[Symbol.iterator]() } : map[parts]()),
  }
}

function walkedSet(set: SparseSet<number> | Set<number>): Walked {
  return {
    change: ({ what, key }) => {
      if (what === 'put') set.add(key)
      else if (what === 'delete') set.delete(key)
      else set.clear()
    },
    parts: () => ({ [Symbol.iterator]: () => set[Symbol.iterator]() }),
  }
}

function met({ change, parts }: Walked, { before, steps }: Course): unknown[] {
  before.forEach(change)
  const all: unknown[] = []
  for (const part of parts()) {
    const changes = steps[all.length]
    all.push(part)
    if (changes === undefined) break
    changes.forEach(change)
  }
  return all
}

test('both are met as maps and sets are, whatever is added and deleted meanwhile', () => {
  fc.assert(
    fc.property(course, fc.constantFrom<Parts>('entries', 'keys', 'values'), (steps, parts) => {
      expect(met(walkedMap(new SparseMap(), parts), steps)).toEqual(met(walkedMap(new Map(), parts), steps))
      expect(met(walkedSet(new SparseSet()), steps)).toEqual(met(walkedSet(new Set()), steps))
    }),
    { numRuns: 2000 },
  )
})
