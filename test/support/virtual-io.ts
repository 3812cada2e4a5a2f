import { isIP } from 'node:net'
import type { Millis } from '../../src/core/index.js'
import type { TransportAddress } from '../../src/ice/types.js'
import type {
  Io,
  LocalAddress,
  PortRange,
  ReceiveDatagram,
  PublishedName,
  ServiceLocation,
  StreamHandlers,
  StreamListener,
  StreamOptions,
  StreamSocket,
  UnrefableTimer,
  UdpSocket,
} from '../../src/node/io.js'
import { VirtualStream } from './virtual-stream.js'
import type { AcceptStream, Destination, Surroundings, Uplink } from './virtual-topology.js'

export interface HostOptions {
  /** Best first. */
  readonly addresses: readonly string[]
}

const FIRST_EPHEMERAL_PORT = 49_152
const LAST_PORT = 65_535
const OVERWRITTEN = 0xdb
const NAME_LOOKUP_MILLIS = 20
/** What is not refused within this time is not refused. */
const REFUSAL_MILLIS = 3500

/** A simulated host: give it to a `Driver`, or make connections within `withIo(host, …)`. */
export class VirtualIo implements Io, Destination {
  readonly #network: Surroundings
  readonly #uplink: Uplink
  readonly #sockets = new Map<string, VirtualSocket>()
  readonly #listeners = new Map<string, AcceptStream>()
  #addresses: readonly string[]
  #nextPort = FIRST_EPHEMERAL_PORT
  #timers = 0
  #streams = 0
  readonly #accepted = new Set<StreamSocket>()

  constructor(network: Surroundings, uplink: Uplink, options: HostOptions) {
    this.#network = network
    this.#uplink = uplink
    this.#addresses = options.addresses
  }

  /** What is still bound or armed. */
  get held(): { readonly sockets: number; readonly timers: number } {
    return { sockets: this.#sockets.size + this.#streams, timers: this.#timers }
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

  createTimer(callback: () => void): UnrefableTimer {
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
    return { arm, unref: () => {} }
  }

  queueTask(callback: () => void): void {
    this.#network.queueTask(callback)
  }

  localAddresses(): readonly LocalAddress[] {
    return this.#addresses.map((address, rank) => {
      return { address, family: address.includes(':') ? 'IPv6' : 'IPv4', localPreference: 65_535 - rank }
    })
  }

  presentAddresses(): readonly string[] {
    return this.#addresses
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

  connectStream(options: StreamOptions, handlers: StreamHandlers): StreamSocket {
    const to = { address: options.address, port: options.port }
    const address = options.localAddress ?? this.#addresses[0] ?? ''
    const local = { address, port: this.#nextPort++ }
    this.#streams++
    const stream = new VirtualStream(this.#network, handlers, () => this.#streams--)
    const hop = this.#hop(local, to)
    stream.connect(hop?.from ?? local, to, hop?.route.listenerAt(to))
    return stream
  }

  async listenStream(address: string, range: PortRange | undefined, accept: AcceptStream): Promise<StreamListener> {
    if (!this.#addresses.includes(address)) throw systemError('EADDRNOTAVAIL')
    const port = this.#freePort(address, range)
    if (port === undefined) throw systemError('EADDRINUSE')
    const local = { address, port }
    this.#streams++
    this.listen(address, port, (stream, from) => {
      this.#accepted.add(stream)
      return accept(stream, from)
    })
    const close = async (): Promise<void> => {
      if (this.#listeners.delete(keyOf(local))) this.#streams--
    }
    return { local, close, unref: () => {} }
  }

  /** Every stream that came in breaks: both ends hear of it. */
  resetStreams(): void {
    for (const stream of this.#accepted) if (stream instanceof VirtualStream) stream.reset()
    this.#accepted.clear()
  }

  /** Takes streams that come in. */
  listen(address: string, port: number, accept: AcceptStream): void {
    this.#listeners.set(keyOf({ address, port }), accept)
  }

  async refusesUdp(
    localAddress: string,
    to: TransportAddress,
    _probe: Uint8Array,
    signal: AbortSignal,
  ): Promise<boolean> {
    const refused = this.#hop({ address: localAddress, port: 9 }, to)?.route.refusesDatagrams(to) ?? true
    const wait = refused ? 2 * this.#network.latencyMillis : REFUSAL_MILLIS
    return (await this.#after(wait, signal, () => refused)) ?? false
  }

  async resolve(name: string, signal: AbortSignal): Promise<readonly string[]> {
    if (isIP(name) !== 0) return [name]
    return (await this.#after(NAME_LOOKUP_MILLIS, signal, () => this.#network.names.get(name))) ?? []
  }

  publishName(name: string, address: string): PublishedName {
    this.#network.names.set(name, [address])
    return {
      close: async () => {
        this.#network.names.delete(name)
      },
    }
  }

  async resolveService(name: string, signal: AbortSignal): Promise<readonly ServiceLocation[]> {
    return (await this.#after(NAME_LOOKUP_MILLIS, signal, () => this.#network.services.get(name))) ?? []
  }

  listenerAt(to: TransportAddress): AcceptStream | 'refused' | undefined {
    if (!this.#addresses.includes(to.address)) return undefined
    return this.#listeners.get(keyOf(to)) ?? 'refused'
  }

  refusesDatagrams(to: TransportAddress): boolean {
    return this.#addresses.includes(to.address) && !this.#sockets.has(keyOf(to))
  }

  deliver(to: TransportAddress, from: TransportAddress, data: Uint8Array): boolean {
    const socket = this.#addresses.includes(to.address) ? this.#sockets.get(keyOf(to)) : undefined
    socket?.receive(data, from)
    return socket !== undefined
  }

  /** False when there is no way to there: what the system would refuse with ENETUNREACH. */
  #send(local: TransportAddress, to: TransportAddress, data: Uint8Array): boolean {
    const hop = this.#hop(local, to)
    if (hop === undefined) return false
    this.#network.transmit(this, hop.route, hop.from, to, data)
    return true
  }

  #hop(local: TransportAddress, to: TransportAddress): ReturnType<Uplink['route']> | undefined {
    const sameFamily = local.address.includes(':') === to.address.includes(':')
    if (!sameFamily || !this.#addresses.includes(local.address)) return undefined
    const toItself = this.#addresses.includes(to.address)
    return toItself ? { route: this, from: local } : this.#uplink.route(local, to)
  }

  /** What `answer` says then; `undefined` on abort. */
  async #after<Answer>(millis: Millis, signal: AbortSignal, answer: () => Answer): Promise<Answer | undefined> {
    if (signal.aborted) return undefined
    return new Promise((resolve) => {
      const settle = (value: Answer | undefined): void => {
        cancel()
        signal.removeEventListener('abort', abort)
        resolve(value)
      }
      const abort = (): void => settle(undefined)
      const cancel = this.#network.schedule(this.now() + millis, () => settle(answer()))
      signal.addEventListener('abort', abort)
    })
  }

  #freePort(address: string, range: PortRange | undefined): number | undefined {
    const { min, max } = range ?? { min: FIRST_EPHEMERAL_PORT, max: LAST_PORT }
    const count = max - min + 1
    const first = range === undefined ? this.#nextPort++ - min : 0
    for (let i = 0; i < count; i++) {
      const port = min + ((first + i) % count)
      const key = keyOf({ address, port })
      if (!this.#sockets.has(key) && !this.#listeners.has(key)) return port
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

  queue(data: Uint8Array, to: TransportAddress): void {
    this.send(data, to)
  }

  flush(): void {}

  /** In memory that is overwritten when the receiver returns, as that of a real socket may be. */
  receive(data: Uint8Array, from: TransportAddress): void {
    if (this.#closed) return
    const lent = data.slice()
    this.#receive(lent, from)
    lent.fill(OVERWRITTEN)
  }

  unref(): void {}

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
