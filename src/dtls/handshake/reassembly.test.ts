import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { HandshakeFragment } from './message.js'
import { MAX_MESSAGE_BYTES, Reassembly } from './reassembly.js'

function fragmentOf(body: Uint8Array, sequence: number, offset: number, end: number): HandshakeFragment {
  return { type: 11, sequence, length: body.length, offset, bytes: body.subarray(offset, end) }
}

const body = Uint8Array.from({ length: 200 }, (_, i) => i)

describe('Reassembly', () => {
  test('any pieces in any order, twice and overlapping, make the message as soon as they cover it', () => {
    const range = fc.tuple(fc.nat(199), fc.integer({ min: 1, max: 60 }))
    fc.assert(
      fc.property(fc.array(range, { maxLength: 60 }), (ranges) => {
        const reassembly = new Reassembly()
        const covered = new Set<number>()
        for (const [offset, length] of ranges) {
          const end = Math.min(200, offset + length)
          const before = covered.size
          for (let i = offset; i < end; i++) covered.add(i)
          const grew = covered.size > before
          expect(reassembly.insert(fragmentOf(body, 0, offset, end))).toBe(grew ? 'taken' : 'duplicate')
          const message = reassembly.next()
          if (covered.size === 200) expect(message?.body).toEqual(body)
          else expect(message).toBeUndefined()
        }
      }),
    )
  })

  test('messages come in order, and those delivered are recognised', () => {
    const reassembly = new Reassembly()
    expect(reassembly.insert(fragmentOf(body, 1, 0, 200))).toBe('taken')
    expect(reassembly.next()).toBeUndefined()
    reassembly.insert(fragmentOf(body, 0, 0, 200))
    expect(reassembly.next()?.sequence).toBe(0)
    reassembly.accept()
    expect(reassembly.next()?.sequence).toBe(1)
    reassembly.accept()
    expect(reassembly.insert(fragmentOf(body, 1, 0, 10))).toBe('old')
  })

  test('a message that made no sense gives way to another with its number', () => {
    const reassembly = new Reassembly()
    const rubbish = body.map((byte) => byte ^ 1)
    reassembly.insert(fragmentOf(rubbish, 0, 0, 200))
    expect(reassembly.next()?.body).toEqual(rubbish)
    reassembly.discard()
    reassembly.insert(fragmentOf(body, 0, 0, 200))
    expect(reassembly.next()?.body).toEqual(body)
  })

  test('a fragment that claims another length does not stand in the way', () => {
    const reassembly = new Reassembly()
    expect(reassembly.insert({ type: 11, sequence: 0, length: 9999, offset: 0, bytes: body })).toBe('taken')
    reassembly.insert(fragmentOf(body, 0, 0, 200))
    expect(reassembly.next()?.body).toEqual(body)
    reassembly.accept()
    expect(reassembly.next()).toBeUndefined()
  })

  test('an empty message is whole at once', () => {
    const reassembly = new Reassembly()
    const done = { type: 14, sequence: 0, length: 0, offset: 0, bytes: new Uint8Array(0) }
    expect(reassembly.insert(done)).toBe('taken')
    expect(reassembly.next()).toEqual({ type: 14, sequence: 0, body: new Uint8Array(0) })
    expect(reassembly.insert(done)).toBe('duplicate')
  })

  test('bounds: message length, messages ahead, messages in all, bytes in all, pieces of one', () => {
    const reassembly = new Reassembly()
    const claim = { type: 11, offset: 0, bytes: new Uint8Array(1) }
    expect(reassembly.insert({ ...claim, sequence: 0, length: MAX_MESSAGE_BYTES + 1 })).toBe('refused')
    expect(reassembly.insert({ ...claim, sequence: 8, length: 2 })).toBe('refused')
    const many = Array.from({ length: 40 }, (_, i) => reassembly.insert({ ...claim, sequence: 0, length: 100 + i }))
    expect(many.filter((insertion) => insertion === 'taken')).toHaveLength(16)

    const large = new Reassembly()
    const most = new Uint8Array(MAX_MESSAGE_BYTES)
    const insertions = [1, 2, 3].map((sequence) => large.insert(fragmentOf(most, sequence, 0, MAX_MESSAGE_BYTES)))
    expect(insertions).toEqual(['taken', 'taken', 'refused'])

    const pieces = new Reassembly()
    let taken = 0
    for (let at = 0; at < MAX_MESSAGE_BYTES; at += 2) {
      if (pieces.insert(fragmentOf(most, 0, at, at + 1)) === 'taken') taken++
    }
    expect(taken).toBe(512)
    pieces.clear()
    expect(pieces.insert(fragmentOf(body, 0, 0, 200))).toBe('taken')
  })
})
