import { expect, test } from 'vitest'
import { ReusedDatagram } from './reused-datagram.js'

test('a datagram like the one before is the same object; any other is a new one', () => {
  const reused = new ReusedDatagram()
  const memory = new Uint8Array(2000)
  const [here, there] = [
    { address: '192.0.2.1', port: 5 },
    { address: '192.0.2.1', port: 6 },
  ]
  const first = reused.in(memory, 1200, 1, here)
  expect(first).toEqual({ socketId: 1, to: here, data: new Uint8Array(1200) })
  memory[0] = 7
  expect(reused.in(memory, 1200, 1, here)).toBe(first)
  expect(first.data[0]).toBe(7)
  for (const [length, socketId, to] of [
    [1199, 1, here],
    [1200, 2, here],
    [1200, 1, there],
  ] as const) {
    const other = reused.in(memory, length, socketId, to)
    expect(other).toMatchObject({ socketId, to })
    expect(other.data.length).toBe(length)
    expect(reused.in(memory, 1200, 1, here)).not.toBe(first)
  }
  expect(reused.in(new Uint8Array(2000), 1200, 1, here).data[0]).toBe(0)
})
