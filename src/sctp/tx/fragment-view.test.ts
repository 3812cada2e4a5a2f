import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fragmentOf } from './fragment-view.js'

test('a fragment is what subarray() gives, of messages anywhere in their memory, one after the other and in turns', () => {
  const message = fc.record({ before: fc.nat(9), length: fc.integer({ min: 1, max: 300_000 }), after: fc.nat(9) })
  const cut = fc.record({ which: fc.nat(2), from: fc.nat(1_000_000), to: fc.nat(1_000_000) })
  fc.assert(
    fc.property(fc.array(message, { minLength: 1, maxLength: 3 }), fc.array(cut, { maxLength: 20 }), (shapes, cuts) => {
      const messages = shapes.map(({ before, length, after }) =>
        new Uint8Array(before + length + after).subarray(before, before + length),
      )
      for (const { which, from, to } of cuts) {
        const data = messages[which % messages.length]!
        const [a, b] = [from % (data.length + 1), to % (data.length + 1)]
        const [start, end] = [Math.min(a, b), Math.max(a, b)]
        const expected = data.subarray(start, end)
        const fragment = fragmentOf(data, start, end - start)
        expect(fragment.buffer).toBe(expected.buffer)
        expect([fragment.byteOffset, fragment.length]).toEqual([expected.byteOffset, expected.length])
      }
    }),
  )
})
