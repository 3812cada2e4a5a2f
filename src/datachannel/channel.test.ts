import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Channel } from './channel.js'
import { PartsBudget } from './parts-budget.js'
import * as ppids from './ppid.js'

const newChannel = (): Channel =>
  new Channel(
    1,
    { label: '', protocol: '', ordered: true, priority: 'low' },
    { negotiated: true, budget: new PartsBudget(64) },
  )

const ppid = fc.oneof(fc.constantFrom(...Object.values(ppids)), fc.nat())
const arrivals = fc.array(fc.record({ ppid, data: fc.uint8Array({ minLength: 1, maxLength: 40 }) }))

describe('the short way of a message that came whole', () => {
  test('says what the long one does, whatever came before, and changes nothing', () => {
    fc.assert(
      fc.property(arrivals, (sequence) => {
        const long = newChannel()
        const both = newChannel()
        for (const { ppid, data } of sequence) {
          const expected = long.assemble(ppid, data)
          const kind = both.kindOfWhole(ppid)
          const message = kind === undefined ? both.assemble(ppid, data) : { kind, data }
          expect(message).toEqual(expected)
        }
      }),
    )
  })

  test('is for text and binary alone, where no parts wait', () => {
    const channel = newChannel()
    expect(channel.kindOfWhole(ppids.PPID_STRING)).toBe('text')
    expect(channel.kindOfWhole(ppids.PPID_BINARY)).toBe('binary')
    for (const other of [
      ppids.PPID_STRING_EMPTY,
      ppids.PPID_BINARY_EMPTY,
      ppids.PPID_BINARY_PARTIAL,
      ppids.PPID_DCEP,
      0,
    ])
      expect(channel.kindOfWhole(other)).toBeUndefined()
    expect(channel.assemble(ppids.PPID_BINARY_PARTIAL, Uint8Array.of(1))).toBe('part')
    expect(channel.kindOfWhole(ppids.PPID_BINARY)).toBeUndefined()
  })
})
