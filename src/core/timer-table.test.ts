import fc from 'fast-check'
import { expect, test } from 'vitest'
import { TimerTable } from './index.js'

test('idle without deadlines', () => {
  const timers = new TimerTable<'a'>()
  expect(timers.next()).toBe(Infinity)
  expect(timers.deadline('a')).toBe(Infinity)
  expect(timers.takeDue(1e9)).toBeUndefined()
})

test('takes what is due, earliest first, each once', () => {
  const timers = new TimerTable<'a' | 'b' | 'c'>()
  timers.set('a', 30)
  timers.set('b', 10)
  timers.set('c', 50)
  expect(timers.next()).toBe(10)
  expect([timers.takeDue(30), timers.takeDue(30), timers.takeDue(30)]).toEqual(['b', 'a', undefined])
  expect(timers.next()).toBe(50)
})

test('a deadline can be replaced and cleared', () => {
  const timers = new TimerTable<'a' | 'b'>()
  timers.set('a', 10)
  timers.set('a', 20)
  timers.set('b', 5)
  timers.clear('b')
  expect(timers.isSet('b')).toBe(false)
  expect(timers.takeDue(15)).toBeUndefined()
  expect(timers.takeDue(20)).toBe('a')
  timers.set('b', 1)
  timers.clearAll()
  expect(timers.next()).toBe(Infinity)
})

test('the earliest is known after each change, as a look at all would find it', () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f'] as const
  const change = fc.oneof(
    fc.record({ kind: fc.constantFrom('set', 'clear'), name: fc.constantFrom(...names), at: fc.nat(20) }),
    fc.record({ kind: fc.constant('take'), name: fc.constant('a'), at: fc.nat(20) }),
  )
  fc.assert(
    fc.property(fc.array(change), (changes) => {
      const timers = new TimerTable<string>()
      for (const { kind, name, at } of changes) {
        if (kind === 'set') timers.set(name, at)
        else if (kind === 'clear') timers.clear(name)
        else {
          const earliest = Math.min(...names.map((one) => timers.deadline(one)))
          const due = names.filter((one) => timers.deadline(one) === earliest && earliest <= at)
          const taken = timers.takeDue(at)
          if (due.length === 0) expect(taken).toBeUndefined()
          else expect(due).toContain(taken)
        }
        expect(timers.next()).toBe(Math.min(...names.map((one) => timers.deadline(one))))
      }
    }),
  )
})
