import fc from 'fast-check'
import { expect, test } from 'vitest'
import { StreamRemains } from './stream-remains.js'

test('SECURITY 21: of many resets 256 are under way, each has its turn, and nothing is left of them', () => {
  const remains = new StreamRemains()
  for (let id = 0; id < 65_535; id++) remains.add(id, true)
  expect(remains.size).toBe(65_535)
  const asked: number[] = []
  for (let due = remains.takeDue(); due.length > 0; due = remains.takeDue()) {
    expect(due.length).toBeLessThanOrEqual(256)
    expect(remains.hasDue).toBe(false)
    asked.push(...due)
    for (const id of due) {
      expect(remains.answered(id, true)).toBe(true)
      remains.free(id)
    }
  }
  expect(asked).toEqual(Array.from({ length: 65_535 }, (_, id) => id))
  expect(remains.size).toBe(0)
})

test('as many as may be are asked for at once, and one for each that is answered', () => {
  const remains = new StreamRemains()
  for (let id = 0; id < 300; id++) remains.add(id, false)
  expect(remains.takeDue()).toHaveLength(256)
  expect(remains.takeDue()).toEqual([])
  expect(remains.answered(7, true)).toBe(false)
  expect(remains.answered(7, true)).toBe(false) // once
  expect(remains.takeDue()).toEqual([256])
})

/** What may happen to an id, and a model that has an object for each. */
interface Model {
  asked: boolean
  due: boolean
  ours: boolean
  peer: boolean
  spent: boolean
}

test('in any order it says what a table of objects says', () => {
  const step = fc.record({
    what: fc.constantFrom('add', 'addDone', 'spent', 'spentDone', 'reset', 'performed', 'refused', 'take'),
    id: fc.constantFrom(0, 1, 1023, 1024, 65_534),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const remains = new StreamRemains()
      const model = new Map<number, Model>()
      for (const { what, id } of steps) {
        const known = model.get(id)
        if (what === 'take') {
          const due = [...model].filter(([, one]) => one.due)
          expect(remains.hasDue).toBe(due.length > 0)
          expect(remains.takeDue().toSorted((a, b) => a - b)).toEqual(due.map(([one]) => one).toSorted((a, b) => a - b))
          for (const [, one] of due) Object.assign(one, { due: false, asked: true })
        } else if (known === undefined) {
          const done = what === 'addDone'
          if (what === 'add' || done) {
            remains.add(id, done)
            model.set(id, { asked: false, due: true, ours: false, peer: done, spent: false })
          } else if (what === 'spent' || what === 'spentDone') {
            remains.addSpent(id, what === 'spentDone')
            model.set(id, { asked: false, due: false, ours: what === 'spentDone', peer: false, spent: true })
          } else if (what !== 'reset') expect(remains.answered(id, what === 'performed')).toBe(false)
        } else if (what === 'reset' || what === 'performed' || what === 'refused') {
          let isFree = false
          if (what === 'reset') {
            known.peer = true
            isFree = known.ours
          } else if (known.asked) {
            known.asked = false
            if (what === 'performed') known.ours = true
            else known.spent = true
            isFree = known.ours && known.peer
          }
          expect(what === 'reset' ? remains.peerReset(id) : remains.answered(id, what === 'performed')).toBe(isFree)
          if (isFree) {
            expect(remains.free(id)).toBe(false)
            model.delete(id)
          }
        }
        expect(remains.size).toBe(model.size)
        for (const [one, { peer, spent }] of model) {
          expect(remains.has(one)).toBe(true)
          expect(remains.awaitsSuccessor(one)).toBe(peer && !spent)
        }
        const unleft = [...model].filter(([, { peer }]) => !peer).map(([one]) => one)
        expect([...remains.unleft()].toSorted((a, b) => a - b)).toEqual(unleft.toSorted((a, b) => a - b))
      }
    }),
  )
})
