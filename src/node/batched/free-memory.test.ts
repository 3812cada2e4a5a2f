import { expect, test } from 'vitest'
import { freeMemory } from './free-memory.js'

const LONG = 65_000

test('what is long and has memory of its own is free at once', () => {
  for (let i = 0; i < 3; i++) {
    const message = new Uint8Array(LONG)
    const view = message.subarray(100, 200)
    freeMemory(message)
    expect([message.length, view.length, message.buffer.byteLength]).toEqual([0, 0, 0])
  }
})

test('the memory of others stays as it is', () => {
  const memory = new Uint8Array(2 * LONG).fill(7)
  const parts = [memory.subarray(0, LONG), memory.subarray(LONG), memory.subarray(1)]
  for (const part of parts) freeMemory(part)
  expect(memory.every((byte) => byte === 7)).toBe(true)
  const short = new Uint8Array(1200).fill(7)
  freeMemory(short)
  expect(short.length).toBe(1200)
})

test('two thousand of them leave no more than a few behind', () => {
  const before = process.memoryUsage().arrayBuffers
  for (let i = 0; i < 2000; i++) freeMemory(new Uint8Array(LONG))
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20 * LONG)
})
