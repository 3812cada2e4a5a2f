import type { Millis } from '../core/index.js'
import type { TransportAddress } from '../ice/types.js'

/**
 * Everything that the driver wants of the world. `node-io.ts` has the real one; tests have a simulated network on a
 * virtual clock with the same face.
 */
export interface Io {
  /** Monotonic. */
  now(): Millis
  /** One real timer; `undefined` disarms. A due timer calls back from a task of its own. */
  createTimer(callback: () => void): IoTimer
  /** Runs a callback in a task of its own, soon, in order. */
  queueTask(callback: () => void): void
  /** Addresses of this host that are worth a candidate, best first. */
  localAddresses(options: LocalAddressOptions): readonly LocalAddress[]
  /** Binds a UDP socket; rejects with the reason of the operating system. */
  bindUdp(address: string, portRange: PortRange | undefined, receive: ReceiveDatagram): Promise<UdpSocket>
  /** Resolves a name: `*.local` by multicast DNS, others by DNS. Settles empty when there is no such name or on abort. */
  resolve(name: string, signal: AbortSignal): Promise<readonly string[]>
}

export interface IoTimer {
  /** Replaces the deadline; `Infinity` disarms. */
  arm(at: Millis): void
}

export interface LocalAddressOptions {
  /** Loopback addresses too, even where there are others. */
  readonly includeLoopback: boolean
}

export interface LocalAddress {
  readonly address: string
  readonly family: 'IPv4' | 'IPv6'
  /** RFC 8445 §5.1.2.1, unique among the addresses of the host. */
  readonly localPreference: number
}

export interface PortRange {
  readonly min: number
  readonly max: number
}

export type ReceiveDatagram = (data: Uint8Array, from: TransportAddress) => void

export interface UdpSocket {
  readonly local: TransportAddress
  /** Errors of the operating system (EPERM, ENETUNREACH, ECONNREFUSED …) are counted and never thrown: UDP may lose. */
  send(data: Uint8Array, to: TransportAddress): void
  /** Settles when the handle is gone; what was sent before is on the wire. Idempotent. */
  close(): Promise<void>
  /** Datagrams that the operating system refused to take. */
  readonly sendErrors: number
}
