import type { Millis } from '../../src/core/index.js'
import type { TransportAddress } from '../../src/ice/types.js'
import type { AcceptStream, ServiceLocation } from '../../src/node/io.js'

export type { AcceptStream }

/** A host, or the inside of a NAT, where datagrams arrive. */
export interface Destination {
  deliver(to: TransportAddress, from: TransportAddress, data: Uint8Array): boolean
  /** Who takes streams there; `refused` when nobody does, `undefined` when nobody answers at all. */
  listenerAt(to: TransportAddress): AcceptStream | 'refused' | undefined
  /** Whether datagrams to there are answered with ICMP unreachable. */
  refusesDatagrams(to: TransportAddress): boolean
}

/** How a host reaches what is not itself: the public network, or a NAT. */
export interface Uplink {
  /** The way that a datagram goes, and what its source looks like there. */
  route(from: TransportAddress, to: TransportAddress): { readonly route: Destination; readonly from: TransportAddress }
}

/** What a simulated host has of its network: time, tasks, names, and the way of datagrams. */
export interface Surroundings extends Destination {
  readonly now: Millis
  /** One way. */
  readonly latencyMillis: Millis
  readonly names: Map<string, readonly string[]>
  readonly services: ReadonlyMap<string, readonly ServiceLocation[]>
  /** Runs `callback` at a virtual time; yields what takes it off the agenda. */
  schedule(at: Millis, run: () => void): () => void
  queueTask(callback: () => void): void
  /** Takes a datagram on its way: it may be lost, late, twice there. All that one `sender` sends shares a bottleneck. */
  transmit(sender: object, route: Destination, from: TransportAddress, to: TransportAddress, data: Uint8Array): void
}
