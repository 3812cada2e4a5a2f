import type * as Net from 'node:net'
import type { Socket } from 'node:net'
import type * as Tls from 'node:tls'
import type { TransportAddress } from '../ice/types.js'
import type { StreamHandlers, StreamOptions, StreamSocket } from './io.js'
import { securityOf } from './stream-security.js'

/**
 * What may wait for the other side to read; more is dropped, as a full queue on the way would. A whole window of bulk data
 * in here would only be late: the congestion control above is to notice.
 */
const MAX_BUFFERED_BYTES = 256 << 10
/** What nobody repeats is small and rare; a server that reads nothing at all is not to cost more than this. */
const MAX_BUFFERED_CONTROL_BYTES = MAX_BUFFERED_BYTES + (1 << 20)
/** As long as a silent UDP server is asked. */
const CONNECT_TIMEOUT_MILLIS = 9500
/** After close(), for what is not yet written and for the other side to end its half. */
const LINGER_MILLIS = 500

/** Loaded with the first stream: most connections never need one. */
let modules: Promise<{ net: typeof Net; tls: typeof Tls }> | undefined

function loadModules(): Promise<{ net: typeof Net; tls: typeof Tls }> {
  modules ??= Promise.all([import('node:net'), import('node:tls')]).then(([net, tls]) => ({ net, tls }))
  return modules
}

/** Connects to a server; see {@link StreamHandlers} for what follows. */
export function connectStream(options: StreamOptions, handlers: StreamHandlers): StreamSocket {
  const stream = new NodeStream()
  stream.connect(options, handlers)
  return stream
}

/** A connection that came; without handlers for it, it is closed. */
export function adoptStream(socket: Socket, handlersFor: (stream: StreamSocket) => StreamHandlers | undefined): void {
  const stream = new NodeStream()
  const handlers = handlersFor(stream)
  if (handlers === undefined) socket.destroy()
  else stream.adopt(socket, handlers)
}

/**
 *   connecting ──TCP, TLS and its certificate──▶ open ──close()──▶ ending ──written, or too late──▶ gone
 *       └───────── error, timeout, the other side's end, or close() ────────────────────────────────▲
 */
class NodeStream implements StreamSocket {
  #handlers: StreamHandlers | undefined
  readonly #gone: Promise<void>
  #socket: Socket | undefined
  #phase: 'connecting' | 'open' | 'ending' | 'gone' = 'connecting'
  #isRefed = true
  #closeWasCalled = false
  #timeout: NodeJS.Timeout | undefined
  #settle: () => void = () => {}

  constructor() {
    this.#gone = new Promise((resolve) => (this.#settle = resolve))
  }

  connect(options: StreamOptions, handlers: StreamHandlers): void {
    this.#handlers = handlers
    void this.#connect(options)
  }

  adopt(socket: Socket, handlers: StreamHandlers): void {
    this.#handlers = handlers
    this.#phase = 'open'
    this.#listenTo(socket)
  }

  send(data: Uint8Array, isControl: boolean): boolean {
    const socket = this.#socket
    if (this.#phase !== 'open' || socket === undefined) return false
    const limit = isControl ? MAX_BUFFERED_CONTROL_BYTES : MAX_BUFFERED_BYTES
    if (socket.writableLength + data.length > limit) return false
    // The caller may use its buffer again, and what is not written at once is kept by reference.
    socket.write(data.slice())
    return true
  }

  close(): Promise<void> {
    this.#closeWasCalled = true
    if (this.#phase === 'connecting') this.#end(undefined)
    else if (this.#phase === 'open') {
      this.#phase = 'ending'
      this.#startTimeout(LINGER_MILLIS, () => this.#end(undefined))
      this.#socket?.end()
    }
    return this.#gone
  }

  unref(): void {
    this.#isRefed = false
    this.#socket?.unref()
    this.#timeout?.unref()
  }

  async #connect({ address, port, localAddress, tls: secure }: StreamOptions): Promise<void> {
    try {
      const { net, tls } = await loadModules()
      if (port < 1 || port > 65_535) throw new Error('There is no such port.')
      const where = { host: address, port, noDelay: true, ...(localAddress !== undefined && { localAddress }) }
      const security = secure && (await securityOf(secure, tls))
      if (this.#phase !== 'connecting') return
      const socket = security === undefined ? net.connect(where) : tls.connect({ ...where, ...security })
      this.#begin(socket, security === undefined ? 'connect' : 'secureConnect')
    } catch (error) {
      this.#end(reasonOf(error)) // a certificate of the application that cannot be read, for instance
    }
  }

  #begin(socket: Socket, opened: 'connect' | 'secureConnect'): void {
    this.#listenTo(socket)
    this.#startTimeout(CONNECT_TIMEOUT_MILLIS, () => this.#end('The server did not answer.'))
    socket.once(opened, () => this.#opened(socket))
  }

  #listenTo(socket: Socket): void {
    this.#socket = socket
    if (!this.#isRefed) socket.unref()
    socket.on('data', (data: Uint8Array) => this.#received(data))
    socket.on('error', (error) => this.#end(reasonOf(error)))
    // Nothing is wanted of a stream whose other half has ended; all of ours was one protocol.
    socket.on('end', () => this.#end(undefined))
    socket.on('close', () => this.#end(undefined))
  }

  #opened(socket: Socket): void {
    if (this.#phase !== 'connecting') return
    this.#phase = 'open'
    clearTimeout(this.#timeout)
    const { localAddress: address, localPort: port } = socket
    if (address === undefined || port === undefined) this.#end('The connection was lost as soon as it was made.')
    else this.#handlers?.opened({ address, port } satisfies TransportAddress)
  }

  #received(data: Uint8Array): void {
    // A plain view: Buffer's slice() shares memory where that of Uint8Array copies.
    if (this.#phase === 'open') this.#handlers?.received(new Uint8Array(data.buffer, data.byteOffset, data.byteLength))
  }

  /** The one way out; tells why, unless close() was called. */
  #end(reason: string | undefined): void {
    if (this.#phase === 'gone') return
    this.#phase = 'gone'
    clearTimeout(this.#timeout)
    const socket = this.#socket
    if (socket === undefined || socket.closed) this.#settle()
    else {
      socket.once('close', () => this.#settle())
      socket.destroy()
    }
    if (!this.#closeWasCalled) this.#handlers?.closed(reason)
  }

  #startTimeout(millis: number, callback: () => void): void {
    clearTimeout(this.#timeout)
    this.#timeout = setTimeout(callback, millis)
    if (!this.#isRefed) this.#timeout.unref()
  }
}

const WORDS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'The server refused the connection.',
  ECONNRESET: 'The server reset the connection.',
  ETIMEDOUT: 'The server did not answer.',
  EHOSTUNREACH: 'There is no route to the server.',
  ENETUNREACH: 'There is no route to the server.',
  EPERM: 'The system does not permit the connection.',
  EACCES: 'The system does not permit the connection.',
  EADDRNOTAVAIL: 'The local address is gone.',
}

function reasonOf(error: unknown): string {
  const { code = '', message } = error as NodeJS.ErrnoException
  return WORDS[code] ?? message
}
