import fc from 'fast-check'
import { expect, test } from 'vitest'
import { appended } from './appended.js'

test('what is appended is at the end, behind all that was there', () => {
  fc.assert(
    fc.property(fc.array(fc.oneof(fc.nat(), fc.array(fc.nat()))), (items) => {
      let list: (number | number[])[] = []
      for (const item of items) list = appended(list, item)
      expect(list).toEqual(items)
    }),
  )
})
