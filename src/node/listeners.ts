import { SparseMap, SparseSet } from '../core/index.js'
import type { SocketId, TransportAddress } from '../ice/types.js'
import type { TransportId } from '../peer/contract.js'
import type { AcceptStream, Io, LocalAddress, PortRange, StreamHandlers, StreamListener, StreamSocket } from './io.js'
import { TcpMuxMember } from './tcp-mux-port.js'
import type { TcpMux } from './tcp-mux.js'

export interface Listening {
  readonly socketId: SocketId
  readonly local: TransportAddress
  readonly localPreference: number
  /** Connections that begin with a check of this fragment are wanted: where the port is shared, others are not handed on. */
  readonly claim: (usernameFragment: string) => void
}

export interface ListenersOptions {
  readonly io: Io
  /** Its ports are used, instead of ports of their own. */
  readonly mux: TcpMux | undefined
  readonly portRange: PortRange | undefined
  /** Positive, and new each time. */
  readonly nextSocketId: () => SocketId
  readonly accept: (
    transportId: TransportId,
    listenerId: SocketId,
    stream: StreamSocket,
    from: TransportAddress,
  ) => StreamHandlers | undefined
}

interface Listener extends Listening {
  readonly handle: StreamListener
}

/** The TCP sockets of one driver that wait for connections of peers (RFC 6544 §4.1, passive): by transport and address. */
export class Listeners {
  readonly #options: ListenersOptions
  readonly #byTransport = new SparseMap<TransportId, Map<string, Promise<Listener | undefined>>>()
  readonly #handles = new SparseSet<StreamListener>()
  readonly #closing = new SparseSet<Promise<void>>()
  #pending = 0
  #isRefed = true
  listenErrors = 0

  constructor(options: ListenersOptions) {
    this.#options = options
  }

  /** Handles that are open, about to be, or not quite gone. */
  get open(): number {
    return this.#handles.size + this.#pending + this.#closing.size
  }

  /** One for each address; those that a transport has already stay. Addresses where none is to be had miss. */
  async listen(transportId: TransportId, addresses: readonly LocalAddress[]): Promise<readonly Listening[]> {
    const listeners = this.#byTransport.get(transportId) ?? new Map<string, Promise<Listener | undefined>>()
    this.#byTransport.set(transportId, listeners)
    for (const local of addresses)
      if (!listeners.has(local.address)) listeners.set(local.address, this.#listenOne(transportId, local))
    const all = await Promise.all(listeners.values())
    return all.filter((one) => one !== undefined)
  }

  /** Closes those whose address is not among the present ones any more; `removed` hears of each. */
  removeAbsent(present: ReadonlySet<string>, removed: (transportId: TransportId, socketId: SocketId) => void): void {
    for (const [transportId, listeners] of this.#byTransport) {
      for (const [address, listener] of listeners) {
        if (present.has(address)) continue
        listeners.delete(address)
        this.#closeWhenThere(listener, (socketId) => removed(transportId, socketId))
      }
    }
  }

  /** Closes those of one transport. */
  release(transportId: TransportId): void {
    const listeners = this.#byTransport.get(transportId)
    this.#byTransport.delete(transportId)
    for (const listener of listeners?.values() ?? []) this.#closeWhenThere(listener)
  }

  /** Closes all; settles when the last handle is gone. */
  async close(): Promise<void> {
    for (const transportId of [...this.#byTransport.keys()]) this.release(transportId)
    while (this.#closing.size > 0) await Promise.all(this.#closing)
  }

  /** From now on they do not keep the process alive. */
  unref(): void {
    this.#isRefed = false
    for (const handle of this.#handles) handle.unref()
  }

  async #listenOne(
    transportId: TransportId,
    { address, localPreference }: LocalAddress,
  ): Promise<Listener | undefined> {
    const { io, mux, portRange, nextSocketId, accept } = this.#options
    const socketId = nextSocketId()
    this.#pending++
    try {
      const taken: AcceptStream = (...came) => accept(transportId, socketId, ...came)
      const handle = await (mux?.join(address, taken) ?? io.listenStream(address, portRange, taken))
      if (!this.#isRefed) handle.unref()
      this.#handles.add(handle)
      const claim = (fragment: string): void => {
        if (handle instanceof TcpMuxMember) handle.claim(fragment)
      }
      return { socketId, local: handle.local, localPreference, claim, handle }
    } catch {
      // As for UDP sockets: the others may do.
      this.listenErrors++
      this.#byTransport.get(transportId)?.delete(address)
      return undefined
    } finally {
      this.#pending--
    }
  }

  #closeWhenThere(listener: Promise<Listener | undefined>, closes: (socketId: SocketId) => void = () => {}): void {
    const closed = listener.then(async (there) => {
      if (there === undefined) return
      closes(there.socketId)
      this.#handles.delete(there.handle)
      await there.handle.close()
    })
    this.#closing.add(closed)
    void closed.finally(() => this.#closing.delete(closed))
  }
}
