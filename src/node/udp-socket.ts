import { createSocket } from 'node:dgram'
import type { RemoteInfo, Socket } from 'node:dgram'
import { isIPv6 } from 'node:net'
import type { TransportAddress } from '../ice/types.js'
import type { PortRange, ReceiveDatagram, UdpSocket } from './io.js'
import { isPortTaken, portsToTry } from './ports-to-try.js'

/**
 * Default receive buffers (212,992 bytes on Linux, fewer than a hundred full datagrams as the kernel accounts for them)
 * overflow at once at line rate. The first size that the operating system takes is kept; Linux silently caps it.
 */
const BUFFER_SIZES_BYTES = [8 << 20, 4 << 20, 2 << 20, 1 << 20, 512 << 10]

/** Binds a UDP socket of `dgram` to one address, on a port of the range or any. Rejects with the error of the operating system. */
export async function bindPlainSocket(
  address: string,
  portRange: PortRange | undefined,
  receive: ReceiveDatagram,
): Promise<UdpSocket> {
  let failure: unknown
  for (const port of portsToTry(portRange)) {
    try {
      return new DgramSocket(await bind(address, port), receive)
    } catch (error) {
      failure = error
      if (!isPortTaken(error)) break
    }
  }
  throw failure
}

async function bind(address: string, port: number): Promise<Socket> {
  const family = isIPv6(address) ? 6 : 4
  const socket = createSocket({
    type: family === 6 ? 'udp6' : 'udp4',
    ipv6Only: family === 6,
    // Only addresses are bound and sent to. The default lookup would put every datagram off by a tick.
    lookup: (host, _options, callback) => callback(null, host, family),
  })
  await new Promise<void>((resolve, reject) => {
    const fail = (error: Error): void => {
      socket.close()
      reject(error)
    }
    socket.once('error', fail)
    socket.bind({ address, port, exclusive: true }, () => {
      socket.off('error', fail)
      resolve()
    })
  })
  return socket
}

class DgramSocket implements UdpSocket {
  readonly local: TransportAddress
  readonly #socket: Socket
  readonly #receive: ReceiveDatagram
  #lastFrom: TransportAddress = { address: '', port: 0 }
  #sendsInFlight = 0
  #sendErrors = 0
  #receiveErrors = 0
  #closing: Promise<void> | undefined
  #allSent: (() => void) | undefined

  constructor(socket: Socket, receive: ReceiveDatagram) {
    this.#socket = socket
    this.#receive = receive
    const { address, port } = socket.address()
    this.local = { address, port }
    socket.on('message', (message, from) => this.#onMessage(message, from))
    socket.on('error', () => this.#receiveErrors++)
    growBuffers(socket)
  }

  get sendErrors(): number {
    return this.#sendErrors
  }

  get receiveErrors(): number {
    return this.#receiveErrors
  }

  send(data: Uint8Array, to: TransportAddress): void {
    if (this.#closing !== undefined) return
    this.#sendsInFlight++
    try {
      this.#socket.send(data, to.port, to.address, this.#onSent)
    } catch {
      // Arguments that dgram refuses by throwing, a port of 0 for instance: lost like any other.
      this.#onSent(UNSENDABLE)
    }
  }

  queue(data: Uint8Array, to: TransportAddress): void {
    this.send(data.slice(), to) // dgram needs it until the socket's buffer has room
  }

  flush(): void {}

  close(): Promise<void> {
    this.#closing ??= this.#end()
    return this.#closing
  }

  unref(): void {
    this.#socket.unref()
  }

  /** One function for all sends, none per datagram. */
  readonly #onSent = (error: Error | null): void => {
    if (error !== null) this.#sendErrors++
    if (--this.#sendsInFlight === 0) this.#allSent?.()
  }

  #onMessage(message: Uint8Array, from: RemoteInfo): void {
    if (this.#closing !== undefined) return
    if (from.address !== this.#lastFrom.address || from.port !== this.#lastFrom.port) {
      this.#lastFrom = { address: from.address, port: from.port }
    }
    // A plain view: Buffer's slice() shares memory where that of Uint8Array copies.
    this.#receive(new Uint8Array(message.buffer, message.byteOffset, message.byteLength), this.#lastFrom)
  }

  async #end(): Promise<void> {
    // Closing the handle cancels datagrams that wait for room in the socket's send buffer.
    if (this.#sendsInFlight > 0) await new Promise<void>((resolve) => (this.#allSent = resolve))
    await new Promise<void>((resolve) => this.#socket.close(resolve))
  }
}

const UNSENDABLE = new Error('unsendable')

function growBuffers(socket: Socket): void {
  grow((sizeBytes) => socket.setRecvBufferSize(sizeBytes))
  grow((sizeBytes) => socket.setSendBufferSize(sizeBytes))
}

function grow(set: (sizeBytes: number) => void): void {
  for (const sizeBytes of BUFFER_SIZES_BYTES) {
    try {
      return set(sizeBytes)
    } catch {
      continue // more than this system allows (some refuse instead of capping): ask for less, the default will do
    }
  }
}
