import type { NetworkOptions } from '../../support/virtual-network.js'
import type { ConnectionPair } from './connection-pair.js'
import { LoopbackPair } from './loopback-pair.js'

export type MakePair = (options: NetworkOptions) => ConnectionPair

/** Each path that datagrams of an application may take; where there is no fast one, the plain one twice. */
export const REAL_PATHS: readonly (readonly [name: string, make: MakePair])[] = [
  ['on real sockets, batched', (options) => new LoopbackPair(options, { tincan: { fastPath: true } })],
  ['on real sockets, plain', (options) => new LoopbackPair(options, { tincan: { fastPath: false } })],
]
