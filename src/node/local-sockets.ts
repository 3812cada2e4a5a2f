import { SparseSet, SparseMap } from '../core/index.js'
import type { SocketId, TransportAddress } from '../ice/types.js'
import type { TransportId } from '../peer/contract.js'
import { busyPollingOf, type BusyPolling } from './busy-polling.js'
import type { Io, LocalAddress, PortRange, ReceiveDatagram, UdpSocket } from './io.js'
import { MuxMember } from './mux-port.js'
import type { UdpMux } from './udp-mux.js'

/** Bounds what an ICE transport binds, however many addresses the host has. */
const MAX_SOCKETS_PER_TRANSPORT = 32

/** Datagrams of STUN begin with less (RFC 7983 §7): checks and their answers are nothing that somebody waits for. */
const FIRST_AFTER_STUN = 4
/** SACK and answer may come apart. More is no conversation. */
const ARRIVALS_OF_ANSWER = 2

export interface BoundSocket {
  readonly socketId: SocketId
  readonly socket: UdpSocket
  readonly family: LocalAddress['family']
  readonly localPreference: number
  /** Nothing that it sends is taken apart on the way. */
  readonly neverFragments: boolean
}

export type ReceiveOnSocket = (socketId: SocketId, from: TransportAddress, data: Uint8Array) => void

interface LocalSocketsOptions {
  readonly io: Io
  /** Sockets are shared with others through it, instead of bound. */
  readonly mux: UdpMux | undefined
  readonly portRange: PortRange | undefined
  /** Off the fast path. */
  readonly isPlain: boolean
  /** Fragmentation is to be forbidden where that can be. */
  readonly forbidsFragmentation: boolean
  /** The event loop may be kept awake for answers. */
  readonly polls: boolean
  /** Positive, and new each time. */
  readonly nextSocketId: () => SocketId
  readonly receive: ReceiveOnSocket
}

/** The UDP sockets of one driver: by number for datagrams, by transport and address for gathering and release. */
export class LocalSockets {
  readonly #options: LocalSocketsOptions
  readonly #byId = new SparseMap<SocketId, UdpSocket>()
  /** The same, to be walked through after each drain. */
  #bound: readonly UdpSocket[] = []
  readonly #byTransport = new SparseMap<TransportId, Map<string, Promise<BoundSocket | undefined>>>()
  readonly #closing = new SparseSet<Promise<void>>()
  #pendingBinds = 0
  #bindErrors = 0
  #sendErrorsOfClosed = 0
  #unroutable = 0
  #isRefed = true
  #unflushed: UdpSocket | undefined
  /** One of them is new, or has brought something since. */
  #isUnsettled = false
  #polling: BusyPolling | undefined
  /** Datagrams since the last flush, without those of STUN. */
  #queued = 0
  #arrived = 0

  constructor(options: LocalSocketsOptions) {
    this.#options = options
    if (options.polls) this.#polling = busyPollingOf(options.io)
  }

  /** Handles that are open, about to be, or not quite gone. */
  get open(): number {
    return this.#byId.size + this.#pendingBinds + this.#closing.size
  }

  get bindErrors(): number {
    return this.#bindErrors
  }

  /** Datagrams that the operating system refused, or whose socket was gone. */
  get sendErrors(): number {
    let errors = this.#sendErrorsOfClosed + this.#unroutable
    for (const socket of this.#byId.values()) errors += socket.sendErrors
    return errors
  }

  /**
   * One socket per address; those that a transport has already are used again. Addresses that cannot be bound miss. On a shared
   * one the username fragment tells what is for this transport.
   */
  async bind(
    transportId: TransportId,
    addresses: readonly LocalAddress[],
    usernameFragment: string,
  ): Promise<readonly BoundSocket[]> {
    const sockets = this.#byTransport.get(transportId) ?? new Map<string, Promise<BoundSocket | undefined>>()
    this.#byTransport.set(transportId, sockets)
    for (const local of addresses) {
      if (sockets.has(local.address) || sockets.size >= MAX_SOCKETS_PER_TRANSPORT) continue
      sockets.set(local.address, this.#bindOne(transportId, local))
    }
    const bound = await Promise.all(sockets.values())
    return bound.filter((one) => {
      if (one === undefined || !this.#byId.has(one.socketId)) return false
      if (one.socket instanceof MuxMember) one.socket.claim(usernameFragment)
      return true
    }) as BoundSocket[]
  }

  /** On the wire with the next {@link flush} at the latest. */
  queue(socketId: SocketId, to: TransportAddress, data: Uint8Array): void {
    const socket = this.#byId.get(socketId)
    if (socket === undefined) {
      this.#unroutable++
      return
    }
    if (socket !== this.#unflushed) this.#flush()
    this.#unflushed = socket
    socket.queue(data, to)
    if (data[0]! >= FIRST_AFTER_STUN) this.#queued++
  }

  flush(): void {
    this.#flush()
    if (this.#queued === 1 && this.#arrived <= ARRIVALS_OF_ANSWER) this.#polling?.sent(this, this.#options.isPlain)
    else if (this.#queued > 0) this.#polling?.sentMany()
    this.#queued = 0
    this.#arrived = 0
  }

  #flush(): void {
    this.#unflushed?.flush()
    this.#unflushed = undefined
  }

  /** Whether each transport has a socket, or will have, at each of these addresses. */
  haveAll(addresses: readonly LocalAddress[]): boolean {
    return [...this.#byTransport.values()].every((sockets) => addresses.every(({ address }) => sockets.has(address)))
  }

  /** All that they brought so far is dealt with: they may bring more, also in this call. */
  settled(): void {
    if (!this.#isUnsettled) return
    this.#isUnsettled = false
    for (const socket of this.#bound) socket.settled?.()
  }

  /** Closes those whose address is not among the present ones any more; `removed` hears of each that was bound. */
  removeAbsent(present: ReadonlySet<string>, removed: (transportId: TransportId, socketId: SocketId) => void): void {
    for (const [transportId, sockets] of this.#byTransport) {
      for (const [address, binding] of sockets) {
        if (present.has(address)) continue
        sockets.delete(address)
        this.#closeWhenBound(binding, (socketId) => removed(transportId, socketId))
      }
    }
  }

  /** Closes the sockets of one transport, those whose bind is still under way included. */
  release(transportId: TransportId): void {
    const sockets = this.#byTransport.get(transportId)
    if (sockets === undefined) return
    this.#byTransport.delete(transportId)
    for (const binding of sockets.values()) this.#closeWhenBound(binding)
  }

  /** Releases everything at once; settles when the last handle is gone. */
  async close(): Promise<void> {
    this.#polling?.leave(this)
    this.#polling = undefined
    for (const transportId of [...this.#byTransport.keys()]) this.release(transportId)
    while (this.#closing.size > 0) await Promise.all(this.#closing)
  }

  /** From now on they do not keep the process alive. */
  unref(): void {
    this.#isRefed = false
    this.#polling?.leave(this)
    this.#polling = undefined
    for (const socket of this.#byId.values()) socket.unref()
  }

  async #bindOne(transportId: TransportId, local: LocalAddress): Promise<BoundSocket | undefined> {
    const { io, mux, portRange, isPlain, receive } = this.#options
    const socketId = this.#options.nextSocketId()
    this.#pendingBinds++
    try {
      const forPeer: ReceiveDatagram = (data, from) => {
        this.#isUnsettled = true
        if (!this.#byId.has(socketId)) return
        if (data[0]! >= FIRST_AFTER_STUN) this.#noteArrival()
        receive(socketId, from, data)
      }
      const joined = mux?.join(local.address, forPeer)
      const socket: UdpSocket = await (joined ?? io.bindUdp(local.address, portRange, forPeer, isPlain))
      if (!this.#isRefed) socket.unref()
      this.#byId.set(socketId, socket)
      this.#bound = [...this.#byId.values()]
      this.#isUnsettled = true
      const neverFragments = this.#options.forbidsFragmentation && socket.forbidFragmentation?.() === true
      return { socketId, socket, family: local.family, localPreference: local.localPreference, neverFragments }
    } catch {
      // An address that vanished or a range without a free port: the others may do.
      this.#bindErrors++
      this.#byTransport.get(transportId)?.delete(local.address)
      return undefined
    } finally {
      this.#pendingBinds--
    }
  }

  #noteArrival(): void {
    this.#arrived++
    this.#polling?.received(this)
  }

  #closeWhenBound(binding: Promise<BoundSocket | undefined>, closes: (socketId: SocketId) => void = () => {}): void {
    const closed = binding.then(async (bound) => {
      if (bound === undefined) return
      closes(bound.socketId)
      await this.#close(bound.socketId)
    })
    this.#closing.add(closed)
    void closed.finally(() => this.#closing.delete(closed))
  }

  async #close(socketId: SocketId): Promise<void> {
    const socket = this.#byId.get(socketId)
    if (socket === undefined) return
    this.#byId.delete(socketId)
    this.#bound = [...this.#byId.values()]
    await socket.close()
    this.#sendErrorsOfClosed += socket.sendErrors
  }
}
