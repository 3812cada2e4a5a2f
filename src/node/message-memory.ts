import { Buffer } from 'node:buffer'
import type { MessageMemory } from '../peer/index.js'

/** Shorter ones are had as quickly cleared. */
const LEAST_BYTES = 32 * 1024

/**
 * Memory for received messages, not cleared where they are long: clearing 64 KiB takes as long as to open ten records, and the message
 * overwrites all of it.
 * @param allocate `Buffer.allocUnsafeSlow`, or what a test gives instead
 */
export function messageMemoryFrom(allocate: (bytes: number) => Uint8Array): MessageMemory {
  let isExact: boolean | undefined
  return (bytes) => {
    if (bytes < LEAST_BYTES) return new Uint8Array(bytes)
    isExact ??= isAlone(allocate(LEAST_BYTES))
    // Never a Buffer: code that meets two kinds of arrays is slower with both.
    return isExact ? new Uint8Array(allocate(bytes).buffer) : new Uint8Array(bytes)
  }
}

/** Whether this runtime gives such memory an ArrayBuffer for itself: the application gets that. */
function isAlone({ buffer, byteOffset }: Uint8Array): boolean {
  return buffer instanceof ArrayBuffer && byteOffset === 0 && buffer.byteLength === LEAST_BYTES
}

export const messageMemory = messageMemoryFrom((bytes) => Buffer.allocUnsafeSlow(bytes))
