import { afterEach, expect, test, vi } from 'vitest'
import { messageMemory, messageMemoryFrom } from './message-memory.js'

afterEach(() => vi.restoreAllMocks())

test('is of exactly that length, alone in its ArrayBuffer, and can be transferred', () => {
  for (const bytes of [0, 1, 1200, 32_767, 32_768, 65_536, 100_001]) {
    const memory = messageMemory(bytes)
    expect([memory.length, memory.byteOffset, memory.buffer.byteLength]).toEqual([bytes, 0, bytes])
    expect(Object.getPrototypeOf(memory)).toBe(Uint8Array.prototype)
    const { buffer } = memory
    expect(structuredClone(buffer, { transfer: [buffer as ArrayBuffer] }).byteLength).toBe(bytes)
    expect(memory.length).toBe(0)
  }
})

test('long ones are not cleared, short ones are: those cost less so', () => {
  const allocate = vi.fn((bytes: number) => new Uint8Array(bytes).fill(0xaa))
  const memory = messageMemoryFrom(allocate)
  expect(memory(65_536)).toEqual(new Uint8Array(65_536).fill(0xaa))
  expect(memory(1000)).toEqual(new Uint8Array(1000))
  expect(allocate.mock.calls.map(([bytes]) => bytes)).toEqual([32_768, 65_536]) // the first to see what it gives
})

test.each([
  ['is a part of a larger one', (bytes: number) => new Uint8Array(2 * bytes).subarray(0, bytes)],
  ['begins further on', (bytes: number) => new Uint8Array(new ArrayBuffer(bytes + 8), 8)],
  ['is shared', (bytes: number) => new Uint8Array(new SharedArrayBuffer(bytes))],
])('where what the runtime gives %s, new memory is taken, and it is not asked again', (_, given) => {
  const allocate = vi.fn(given)
  const memory = messageMemoryFrom(allocate)
  for (let i = 0; i < 3; i++) {
    const { buffer, byteOffset } = memory(65_536)
    expect(buffer).toBeInstanceOf(ArrayBuffer)
    expect([byteOffset, buffer.byteLength]).toEqual([0, 65_536])
  }
  expect(allocate).toHaveBeenCalledTimes(1)
})
