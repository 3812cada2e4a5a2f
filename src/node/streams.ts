import { SparseMap } from '../core/index.js'
import type { SocketId, StreamRequest, TransportAddress } from '../ice/types.js'
import type { TransportId } from '../peer/contract.js'
import type { Io, StreamHandlers, StreamSocket } from './io.js'

/** Of one driver: as many servers as it is given, over the addresses that the host has, and some that are ending. */
const MAX_STREAMS = 128

export interface StreamsOptions {
  readonly io: Io
  /** Authorities to trust for TLS besides those of Node, in PEM. */
  readonly ca: readonly string[] | undefined
  readonly opened: (socketId: SocketId, local: TransportAddress) => void
  readonly received: (socketId: SocketId, from: TransportAddress, data: Uint8Array) => void
  readonly closed: (socketId: SocketId, reason: string) => void
}

interface Stream {
  readonly transportId: TransportId
  readonly socket: StreamSocket
}

/** The streams that the peer of one driver asked for, by its numbers. */
export class Streams {
  readonly #options: StreamsOptions
  readonly #byId = new SparseMap<SocketId, Stream>()
  readonly #closing = new SparseMap<Promise<void>, StreamSocket>()
  #dropped = 0
  #isRefed = true

  constructor(options: StreamsOptions) {
    this.#options = options
  }

  /** Handles that are open, about to be, or not quite gone. */
  get open(): number {
    return this.#byId.size + this.#closing.size
  }

  /** What was sent to streams that had no room for it, or were gone. */
  get dropped(): number {
    return this.#dropped
  }

  connect(transportId: TransportId, request: StreamRequest): void {
    const { socketId, to, from, protocol, serverName } = request
    const { io, ca, closed } = this.#options
    if (this.isFull) return closed(socketId, 'There are too many streams.')
    const tls = protocol === 'tls' ? { tls: { serverName, ...(ca !== undefined && { ca }) } } : {}
    const where = { address: to.address, port: to.port, localAddress: from, ...tls }
    const socket = io.connectStream(where, this.#handlers(socketId, to))
    this.#keep(transportId, socketId, socket)
  }

  /** One that came in, and is open. */
  accept(transportId: TransportId, socketId: SocketId, socket: StreamSocket, from: TransportAddress): StreamHandlers {
    this.#keep(transportId, socketId, socket)
    return this.#handlers(socketId, from)
  }

  get isFull(): boolean {
    return this.#byId.size >= MAX_STREAMS
  }

  send(socketId: SocketId, data: Uint8Array, isControl: boolean): void {
    if (this.#byId.get(socketId)?.socket.send(data, isControl) !== true) this.#dropped++
  }

  close(socketId: SocketId): void {
    const stream = this.#byId.get(socketId)
    if (stream === undefined) return
    this.#byId.delete(socketId)
    const closed = stream.socket.close()
    this.#closing.set(closed, stream.socket)
    void closed.finally(() => this.#closing.delete(closed))
  }

  /** Closes the streams of one transport. */
  release(transportId: TransportId): void {
    for (const [socketId, stream] of this.#byId) if (stream.transportId === transportId) this.close(socketId)
  }

  /** Closes all; settles when the last handle is gone. */
  async closeAll(): Promise<void> {
    for (const socketId of [...this.#byId.keys()]) this.close(socketId)
    while (this.#closing.size > 0) await Promise.all(this.#closing.keys())
  }

  /** From now on they do not keep the process alive. */
  unref(): void {
    this.#isRefed = false
    for (const { socket } of this.#byId.values()) socket.unref()
    for (const socket of this.#closing.values()) socket.unref()
  }

  #keep(transportId: TransportId, socketId: SocketId, socket: StreamSocket): void {
    if (!this.#isRefed) socket.unref()
    this.#byId.set(socketId, { transportId, socket })
  }

  #handlers(socketId: SocketId, to: TransportAddress): StreamHandlers {
    const { opened, received, closed } = this.#options
    return {
      opened: (local) => opened(socketId, local),
      received: (data) => received(socketId, to, data),
      closed: (reason) => {
        this.close(socketId)
        closed(socketId, reason ?? 'The server ended the connection.')
      },
    }
  }
}
