import { expect, test } from 'vitest'
import { EarlyDatagrams } from './early-datagrams.js'

const from = (port: number): { address: string; port: number } => ({ address: '10.0.0.1', port })

test('gives back what came over paths that are validated now, in order, once', () => {
  const early = new EarlyDatagrams()
  for (const [index, port] of [1, 2, 1].entries())
    early.hold({ socketId: 7, from: from(port), data: Uint8Array.of(22, index) })
  const take = (): number[] => early.take((_, { port }) => port === 1).map(({ data }) => data[1]!)
  expect(take()).toEqual([0, 2])
  expect(take()).toEqual([])
  expect(early.take(() => true)).toHaveLength(1)
})

test('keeps a copy: the memory of a datagram is the driver’s', () => {
  const early = new EarlyDatagrams()
  const data = Uint8Array.of(22)
  early.hold({ socketId: 7, from: from(1), data })
  data[0] = 0
  expect(early.take(() => true)[0]?.data).toEqual(Uint8Array.of(22))
})

test('is bounded in number and bytes, and has room again when taken from', () => {
  const early = new EarlyDatagrams()
  const hold = (bytes: number): boolean => early.hold({ socketId: 7, from: from(1), data: new Uint8Array(bytes) })
  expect(Array.from({ length: 40 }, () => hold(10)).filter(Boolean)).toHaveLength(32)
  early.take(() => true)
  expect(Array.from({ length: 40 }, () => hold(4000)).filter(Boolean)).toHaveLength(12)
  early.take(() => true)
  expect(hold(4000)).toBe(true)
  early.clear()
  expect(early.take(() => true)).toEqual([])
})
