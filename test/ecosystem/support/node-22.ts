/** What libraries for browsers need of Node 22, for older ones: a global WebSocket, and for libp2p `Promise.withResolvers`. */
import { WebSocket } from 'ws'

interface WithResolvers {
  withResolvers?: <T>() => {
    promise: Promise<T>
    resolve: (value: T | PromiseLike<T>) => void
    reject: (reason: unknown) => void
  }
}

const global = globalThis as { WebSocket?: unknown }
global.WebSocket ??= WebSocket

;(Promise as WithResolvers).withResolvers ??= <T>() => {
  let resolve!: (value: T | PromiseLike<T>) => void
  let reject!: (reason: unknown) => void
  const promise = new Promise<T>((onResolve, onReject) => {
    resolve = onResolve
    reject = onReject
  })
  return { promise, resolve, reject }
}
