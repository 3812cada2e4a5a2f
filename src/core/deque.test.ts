import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Deque } from './index.js'

type Operation = { readonly name: 'push' | 'unshift'; readonly value: number } | { readonly name: 'shift' | 'clear' }

const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ name: fc.constantFrom('push' as const, 'unshift' as const), value: fc.nat() }) },
  { weight: 4, arbitrary: fc.record({ name: fc.constant('shift' as const) }) },
  { weight: 1, arbitrary: fc.record({ name: fc.constant('clear' as const) }) },
)

test('behaves as an array does, in every sequence of operations', () => {
  fc.assert(
    fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
      const deque = new Deque<number>()
      const model: number[] = []
      for (const step of operations) {
        switch (step.name) {
          case 'push':
            deque.push(step.value)
            model.push(step.value)
            break
          case 'unshift':
            deque.unshift(step.value)
            model.unshift(step.value)
            break
          case 'shift':
            expect(deque.shift()).toBe(model.shift())
            break
          case 'clear':
            deque.clear()
            model.length = 0
        }
        expect(deque.length).toBe(model.length)
        expect(deque.peek()).toBe(model[0])
        expect([...deque]).toEqual(model)
        expect(deque.at(model.length - 1)).toBe(model.at(-1))
        expect(deque.at(model.length)).toBeUndefined()
      }
    }),
  )
})

test('those that are empty share nothing that one of them could fill', () => {
  const [first, second, third] = [new Deque<number>(), new Deque<number>(), new Deque<number>()]
  first.push(1)
  second.unshift(2)
  first.clear()
  first.push(3)
  expect([[...first], [...second], [...third]]).toEqual([[3], [2], []])
})
