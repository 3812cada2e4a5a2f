import type { Koffi } from '../koffi.js'

/**
 * Memory that C may use: never from a pool, never resized, at one address for as long as this object is referenced. Whoever
 * passes the address on has to keep the object until the last call that uses it has returned.
 */
export interface NativeMemory {
  readonly bytes: Uint8Array
  readonly words: Uint32Array
  readonly address: number
}

export function allocate(koffi: Koffi, sizeBytes: number): NativeMemory {
  // The memory of an ArrayBuffer is outside of the heap and does not move; that of a small typed array without one may.
  const memory = new ArrayBuffer(Math.ceil(sizeBytes / 8) * 8)
  const bytes = new Uint8Array(memory)
  const address = Number(koffi.address(bytes))
  if (!Number.isSafeInteger(address) || address <= 0) throw new Error('an address does not fit a number')
  return { bytes, words: new Uint32Array(memory), address }
}

const WORD = 2 ** 32

/** Writes a pointer, or any 64-bit number that is exact, at an offset in 32-bit words. */
export function putWide(words: Uint32Array, at: number, value: number): void {
  words[at] = value % WORD
  words[at + 1] = value / WORD
}
