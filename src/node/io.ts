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
  createTimer(callback: () => void): UnrefableTimer
  /** Runs a callback in a task of its own, soon, in order. */
  queueTask(callback: () => void): void
  /** Whether tasks may be queued only to keep the event loop awake: there is a core to spare, and nobody has forbidden it. */
  canPoll?(): boolean
  /** Lets others run who wait for the core that this thread is on. A native call, where there is such a thing. */
  yieldCore?(): void
  /** Addresses of this host that are worth a candidate, best first. */
  localAddresses(options: LocalAddressOptions): readonly LocalAddress[]
  /** All addresses that this host has at the moment, whatever they are worth. */
  presentAddresses(): readonly string[]
  /** Binds a UDP socket; rejects with the reason of the operating system. `isPlain` keeps it off the fast path. */
  bindUdp(
    address: string,
    portRange: PortRange | undefined,
    receive: ReceiveDatagram,
    isPlain?: boolean,
  ): Promise<UdpSocket>
  /** Connects to a server, by TCP or by TLS over it. Whatever becomes of it is told by `handlers`, never in this call. */
  connectStream(options: StreamOptions, handlers: StreamHandlers): StreamSocket
  /**
   * Binds a TCP socket that takes connections; rejects with the reason of the operating system. `backlog` connections wait to be
   * looked at: 16 by default, enough for one peer.
   */
  listenStream(
    address: string,
    portRange: PortRange | undefined,
    accept: AcceptStream,
    backlog?: number,
  ): Promise<StreamListener>
  /**
   * Whether somebody is there: settles `true` when the way to a UDP port is refused (ICMP unreachable, no route), `false`
   * when nothing of the kind was heard in time or on abort. That a port is open cannot be found out like this.
   */
  refusesUdp(localAddress: string, to: TransportAddress, probe: Uint8Array, signal: AbortSignal): Promise<boolean>
  /** Resolves a name: `*.local` by multicast DNS, others by DNS. Settles empty when there is no such name or on abort. */
  resolve(name: string, signal: AbortSignal): Promise<readonly string[]>
  /** Answers for a name of ours by multicast DNS, from now on, with an address of ours. Never throws: what cannot be had is not answered. */
  publishName(name: string, address: string): PublishedName
  /** SRV records (RFC 2782) of `_service._protocol.name`, in the order to try; empty when there are none or on abort. */
  resolveService(name: string, signal: AbortSignal): Promise<readonly ServiceLocation[]>
}

export interface PublishedName {
  /** Says goodbye; settles when nothing is held for it any more. Idempotent. */
  close(): Promise<void>
}

/** Where a service is (RFC 2782). */
export interface ServiceLocation {
  /** A name, to be resolved. */
  readonly target: string
  readonly port: number
}

export interface StreamOptions {
  readonly address: string
  readonly port: number
  /** Where it leaves from; the system's choice by default. */
  readonly localAddress?: string
  /** TLS from the beginning. */
  readonly tls?: StreamTls
}

export interface StreamTls {
  /** The name, or the IP address, that the certificate of the server has to be for. */
  readonly serverName: string
  /** Certificates in PEM of authorities to trust besides those that Node trusts. */
  readonly ca?: readonly string[]
}

/** Told in tasks of their own, in this order; after `closed`, or after `close()` was called, nothing more. */
export interface StreamHandlers {
  /** Connected and, with TLS, the server's certificate verified. */
  readonly opened: (local: TransportAddress) => void
  /** A view that belongs to the receiver. */
  readonly received: (data: Uint8Array) => void
  /** Over: the other side ended it (no reason), or it could not be had or kept (the reason in words). */
  readonly closed: (reason: string | undefined) => void
}

/**
 * Who handles a connection that came, which is open; `undefined` has it closed at once. It is
 * no news to the handlers that it is open.
 */
export type AcceptStream = (stream: StreamSocket, from: TransportAddress) => StreamHandlers | undefined

export interface StreamListener {
  readonly local: TransportAddress
  /** Connections that were taken go on. Settles when the handle is gone. Idempotent. */
  close(): Promise<void>
  /** From now on it does not keep the process alive. */
  unref(): void
}

export interface StreamSocket {
  /**
   * All of `data` is sent, or nothing of it and false is returned: when it is not open, or when 256 KiB wait to be sent, as
   * long as these are not `isControl`, of which 1 MiB more may wait.
   */
  send(data: Uint8Array, isControl: boolean): boolean
  /** Settles when the handle is gone; what was sent before is written out first, for a short while. Idempotent. */
  close(): Promise<void>
  /** From now on it does not keep the process alive. */
  unref(): void
}

export interface IoTimer {
  /** Replaces the deadline; `Infinity` disarms. */
  arm(at: Millis): void
}

export interface UnrefableTimer extends IoTimer {
  /** From now on it does not keep the process alive. */
  unref(): void
}

export interface LocalAddressOptions {
  /** Loopback addresses too, even where there are others. */
  readonly includeLoopback: boolean
  readonly selection?: AddressSelection
}

/** Names of interfaces, IP addresses, or prefixes of them. */
export interface AddressSelection {
  readonly only?: readonly string[]
  readonly except?: readonly string[]
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

/** `data` is good until it returns: the memory may be that of the next datagram then. Until then it may be overwritten. */
export type ReceiveDatagram = (data: Uint8Array, from: TransportAddress) => void

export interface UdpSocket {
  readonly local: TransportAddress
  /** Errors of the operating system (EPERM, ENETUNREACH, ECONNREFUSED …) are counted and never thrown: UDP may lose. */
  send(data: Uint8Array, to: TransportAddress): void
  /** As {@link send}, but it may wait for {@link flush}, so that many go at once. `data` is not needed after the call. */
  queue(data: Uint8Array, to: TransportAddress): void
  /** Sends what was queued. */
  flush(): void
  /**
   * From now on a datagram arrives whole or not at all (IPv4's DF). False, as where this is missing: not to be had. A datagram that
   * is too long for the way is then lost, or refused.
   */
  forbidFragmentation?(): boolean
  /**
   * All that was brought so far is dealt with. Who says so is brought no more than some hundred kilobytes from one time to the next,
   * also in this call; what else has come waits, so that it does not pile up where it takes many times its size.
   */
  settled?(): void
  /** Settles when the handle is gone; what was sent before is on the wire. Idempotent. */
  close(): Promise<void>
  /** From now on it does not keep the process alive. */
  unref(): void
  /** Datagrams that the operating system refused to take. */
  readonly sendErrors: number
}
