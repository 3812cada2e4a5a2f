import type { PeerContract, PeerEvent } from '../peer/contract.js'
import type { IceServer } from './gather.js'
import type { AddressSelection, Io, PortRange } from './io.js'
import type { TcpMux } from './tcp-mux.js'
import type { UdpMux } from './udp-mux.js'

export interface DriverOptions {
  /** This machine by default. */
  readonly io?: Io
  readonly peer: PeerContract
  /** Validated before. */
  readonly iceServers: readonly IceServer[]
  /** Certificates in PEM of authorities that may vouch for servers, besides those that Node trusts. */
  readonly serverCertificateAuthorities?: readonly string[]
  /** Candidates on loopback addresses even where there are others. */
  readonly includeLoopback?: boolean
  readonly portRange?: PortRange
  /** The port that it shares with other drivers; then the two before it, and the next, do not matter. */
  readonly udpMux?: UdpMux
  /** False: batched system calls are not used even where they could be. */
  readonly fastPath?: boolean
  /** False: the event loop is not kept awake for answers. */
  readonly busyPolling?: boolean
  /** Sockets forbid fragmentation where that can be, and say so to the peer. */
  readonly pathMtuDiscovery?: boolean
  /** The TCP port that it shares with other drivers, for peers that connect. */
  readonly tcpMux?: TcpMux
  /** Whether peers may connect over TCP (RFC 6544): then there are sockets that listen, within the port range. */
  readonly listensTcp?: boolean
  /** Host candidates tell names, which multicast DNS resolves, and no address. */
  readonly mdnsHostCandidates?: boolean
  /** Which addresses are used. */
  readonly addresses?: AddressSelection
  /**
   * Told in order, every one in a task of its own as far as scripts can tell: all microtasks that it causes have run
   * before the next. May call anything here and on the peer, `close()` too. Nothing is told after `close()`.
   */
  readonly onEvent: (event: PeerEvent) => void
  /**
   * The way that the peer is reached over is gone, since an address of this host is; or it does not work, and there are other
   * addresses than before. An ICE restart may help. Not told without an address to begin with.
   */
  readonly onPathLost?: () => void
  /** Everything was sent, and everything told, for now. */
  readonly onDrained?: () => void
}

/** What a connection holds of the process, in numbers. All zero once `close()` has settled. */
export interface ResourceReport {
  /** UDP sockets, connections to TURN servers and over TCP to the peer, and what listens for these. */
  readonly sockets: number
  /** Armed ones: a single one for all deadlines of the protocols, and those of the layer above. */
  readonly timers: number
  /** Of names, and names that are published by multicast DNS. */
  readonly lookups: number
  /** Drains and queued tasks that have not run yet. */
  readonly pendingTasks: number
}

/** What the operating system refused, since the beginning. */
export interface DriverCounters {
  readonly bindErrors: number
  readonly sendErrors: number
  readonly lookupsRefused: number
}
