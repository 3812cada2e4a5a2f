import { isIP } from 'node:net'
import type { Millis } from '../../src/core/index.js'
import type { TransportAddress } from '../../src/ice/types.js'
import type { Io, IoTimer, LocalAddress, PortRange, ReceiveDatagram, UdpSocket } from '../../src/node/io.js'
import type { Destination, Surroundings, Uplink } from './virtual-topology.js'

export interface HostOptions {
  /** Best first. */
  readonly addresses: readonly string[]
}

const FIRST_EPHEMERAL_PORT = 49_152
const LAST_PORT = 65_535
const NAME_LOOKUP_MILLIS = 20

/** A simulated host: give it to a `Driver`, or make connections within `withIo(host, …)`. */
export class VirtualIo implements Io, Destination {
  readonly #network: Surroundings
  readonly #uplink: Uplink
  readonly #sockets = new Map<string, VirtualSocket>()
  #addresses: readonly string[]
  #nextPort = FIRST_EPHEMERAL_PORT
  #timers = 0

  constructor(network: Surroundings, uplink: Uplink, options: HostOptions) {
    this.#network = network
    this.#uplink = uplink
    this.#addresses = options.addresses
  }

  /** What is still bound or armed. */
  get held(): { readonly sockets: number; readonly timers: number } {
    return { sockets: this.#sockets.size, timers: this.#timers }
  }

  /** The interface vanishes: its sockets stay, but nothing comes or goes. */
  unplug(address: string): void {
    this.#addresses = this.#addresses.filter((other) => other !== address)
  }

  plug(address: string): void {
    this.unplug(address)
    this.#addresses = [...this.#addresses, address]
  }

  now(): Millis {
    return this.#network.now
  }

  createTimer(callback: () => void): IoTimer {
    let cancel: (() => void) | undefined
    const arm = (at: Millis): void => {
      cancel?.()
      if (cancel !== undefined) this.#timers--
      cancel = undefined
      if (at === Infinity) return
      this.#timers++
      cancel = this.#network.schedule(at, () => {
        cancel = undefined
        this.#timers--
        this.#network.queueTask(callback)
      })
    }
    return { arm }
  }

  queueTask(callback: () => void): void {
    this.#network.queueTask(callback)
  }

  localAddresses(): readonly LocalAddress[] {
    return this.#addresses.map((address, rank) => {
      return { address, family: address.includes(':') ? 'IPv6' : 'IPv4', localPreference: 65_535 - rank }
    })
  }

  async bindUdp(address: string, range: PortRange | undefined, receive: ReceiveDatagram): Promise<UdpSocket> {
    if (!this.#addresses.includes(address)) throw systemError('EADDRNOTAVAIL')
    const port = this.#freePort(address, range)
    if (port === undefined) throw systemError('EADDRINUSE')
    const local = { address, port }
    const socket = new VirtualSocket(local, receive, {
      send: (data, to) => this.#send(local, to, data),
      closed: () => this.#sockets.delete(keyOf(local)),
    })
    this.#sockets.set(keyOf(local), socket)
    return socket
  }

  async resolve(name: string, signal: AbortSignal): Promise<readonly string[]> {
    if (isIP(name) !== 0) return [name]
    if (signal.aborted) return []
    return new Promise((resolve) => {
      const settle = (addresses: readonly string[]): void => {
        cancel()
        signal.removeEventListener('abort', abort)
        resolve(addresses)
      }
      const abort = (): void => settle([])
      const answer = (): void => settle(this.#network.names.get(name) ?? [])
      const cancel = this.#network.schedule(this.now() + NAME_LOOKUP_MILLIS, answer)
      signal.addEventListener('abort', abort)
    })
  }

  deliver(to: TransportAddress, from: TransportAddress, data: Uint8Array): boolean {
    const socket = this.#addresses.includes(to.address) ? this.#sockets.get(keyOf(to)) : undefined
    socket?.receive(data, from)
    return socket !== undefined
  }

  /** False when there is no way to there: what the system would refuse with ENETUNREACH. */
  #send(local: TransportAddress, to: TransportAddress, data: Uint8Array): boolean {
    const sameFamily = local.address.includes(':') === to.address.includes(':')
    if (!sameFamily || !this.#addresses.includes(local.address)) return false
    const toItself = this.#addresses.includes(to.address)
    const hop = toItself ? { route: this, from: local } : this.#uplink.route(local, to)
    this.#network.transmit(this, hop.route, hop.from, to, data)
    return true
  }

  #freePort(address: string, range: PortRange | undefined): number | undefined {
    const { min, max } = range ?? { min: FIRST_EPHEMERAL_PORT, max: LAST_PORT }
    const count = max - min + 1
    const first = range === undefined ? this.#nextPort++ - min : 0
    for (let i = 0; i < count; i++) {
      const port = min + ((first + i) % count)
      if (!this.#sockets.has(keyOf({ address, port }))) return port
    }
    return undefined
  }
}

interface SocketActions {
  send(data: Uint8Array, to: TransportAddress): boolean
  closed(): void
}

class VirtualSocket implements UdpSocket {
  readonly local: TransportAddress
  readonly #receive: ReceiveDatagram
  readonly #actions: SocketActions
  #closed = false
  #sendErrors = 0

  constructor(local: TransportAddress, receive: ReceiveDatagram, actions: SocketActions) {
    this.local = local
    this.#receive = receive
    this.#actions = actions
  }

  get sendErrors(): number {
    return this.#sendErrors
  }

  send(data: Uint8Array, to: TransportAddress): void {
    if (!this.#closed && !this.#actions.send(data, to)) this.#sendErrors++
  }

  receive(data: Uint8Array, from: TransportAddress): void {
    if (!this.#closed) this.#receive(data, from)
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#actions.closed()
  }
}

function keyOf({ address, port }: TransportAddress): string {
  return `${address} ${port}`
}

function systemError(code: string): Error {
  return Object.assign(new Error(`bind ${code}`), { code })
}
