import type { Io } from './io.js'
import { nodeIo } from './node-io.js'

let current: Io = nodeIo

/** What a driver runs on unless it is told otherwise: this machine. */
export function defaultIo(): Io {
  return current
}

/**
 * Replaces what drivers made from now on run on, and yields what it was: for tests with a simulated network.
 */
export function setDefaultIo(io: Io): Io {
  const previous = current
  current = io
  return previous
}

/**
 * Makes connections on another `Io`: whatever `callback` constructs, at once, runs on it for good.
 */
export function withIo<T>(io: Io, callback: () => T): T {
  const previous = setDefaultIo(io)
  try {
    return callback()
  } finally {
    setDefaultIo(previous)
  }
}
