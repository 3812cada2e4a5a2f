import type { Io } from './io.js'
import { nodeIo } from './node-io.js'

let current: Io = nodeIo

/** What a driver runs on unless it is told otherwise: this machine. */
export function defaultIo(): Io {
  return current
}

/** For a simulated network: whatever `callback` constructs, at once, runs on another `Io` for good. */
export function withIo<T>(io: Io, callback: () => T): T {
  const previous = current
  current = io
  try {
    return callback()
  } finally {
    current = previous
  }
}
