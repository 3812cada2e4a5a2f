import { createSocket } from 'node:dgram'
import type { RemoteInfo, Socket } from 'node:dgram'
import type { MulticastDNS, QueryPacket, ResponsePacket } from 'multicast-dns'
import type { IpFamily, MulticastInterface } from './multicast-interfaces.js'

/** RFC 6762 §3. */
const GROUP = { IPv4: '224.0.0.251', IPv6: 'ff02::fb' } as const
const ANY_ADDRESS = { IPv4: '0.0.0.0', IPv6: '::' } as const
/** RFC 6762 §11: of what is sent. */
const HOPS = 255

export type Questions = NonNullable<QueryPacket['questions']>
export type Records = NonNullable<ResponsePacket['answers']>

export type MulticastMessage = { readonly questions: Questions } | { readonly answers: Records }

export interface MulticastListener {
  questions(questions: Questions, family: IpFamily): void
  records(records: Records): void
}

/** Multicast DNS over one family: the socket that every interface shares, and the group on each of them. */
export class MulticastSocket {
  readonly family: IpFamily
  readonly #port: number
  readonly #socket: Socket
  readonly #mdns: MulticastDNS
  readonly #joined = new Set<string>()
  /** Of an IPv4 socket one interface sends, so that messages follow one another. */
  #said: Promise<void> = Promise.resolve()

  private constructor(family: IpFamily, port: number, socket: Socket, mdns: MulticastDNS) {
    this.family = family
    this.#port = port
    this.#socket = socket
    this.#mdns = mdns
  }

  /** `undefined` when it cannot be had: no such family here, or the port is somebody's alone. */
  static async open(family: IpFamily, port: number, listener: MulticastListener): Promise<MulticastSocket | undefined> {
    const { default: multicastDns } = await import('multicast-dns')
    const type = family === 'IPv4' ? 'udp4' : 'udp6'
    const socket = createSocket({ type, reuseAddr: true, ipv6Only: family === 'IPv6' })
    const [ip, bind] = [GROUP[family], ANY_ADDRESS[family]]
    // Interfaces come and go: the group is joined by ourselves, on those that there are.
    const mdns = multicastDns({ socket, type, port, ip, bind, interface: bind, multicast: false })
    mdns.on('query', ({ questions }: QueryPacket) => listener.questions(questions ?? [], family))
    mdns.on('response', ({ answers, additionals }: ResponsePacket, from: RemoteInfo) => {
      // RFC 6762 §6: what comes from another port is no answer.
      if (from.port === port) listener.records([...(answers ?? []), ...(additionals ?? [])])
    })
    const isBound = await new Promise<boolean>((resolve) => {
      // Once it is bound an error means a datagram that was lost: the question, or the answer, is said again.
      mdns.on('error', () => resolve(false))
      mdns.once('ready', () => resolve(true))
    })
    if (isBound && sendsFar(socket)) return new MulticastSocket(family, port, socket, mdns)
    await new Promise<void>((resolve) => mdns.destroy(resolve))
    return undefined
  }

  /** Listens on those of these interfaces that are of this family, and sends there from now on. Where it cannot: not there. */
  join(present: readonly MulticastInterface[]): void {
    const ids = new Set(present.filter(({ family }) => family === this.family).map(({ id }) => id))
    for (const id of this.#joined) if (!ids.has(id)) this.#joined.delete(id)
    for (const id of ids) if (!this.#joined.has(id) && this.#join(id)) this.#joined.add(id)
  }

  #join(id: string): boolean {
    try {
      this.#socket.addMembership(GROUP[this.family], this.family === 'IPv4' ? id : `::%${id}`)
      return true
    } catch (error) {
      // An interface that does not carry multicast, or went a moment ago. A member already: it came back, and was never quite gone.
      return (error as NodeJS.ErrnoException).code === 'EADDRINUSE'
    }
  }

  /** Settles when it is on the wire of this interface, or cannot be: that is like a datagram that was lost. */
  say(id: string, message: MulticastMessage): Promise<void> {
    return (this.#said = this.#said.then(() => this.#say(id, message)))
  }

  async #say(id: string, message: MulticastMessage): Promise<void> {
    const to = { port: this.#port, address: GROUP[this.family] as string }
    if (this.family === 'IPv6') to.address += `%${id}`
    else if (!this.#sendsBy(id)) return
    await new Promise<void>((resolve) => {
      if ('questions' in message) this.#mdns.query(message, to, () => resolve())
      else this.#mdns.respond(message, to, () => resolve())
    })
  }

  #sendsBy(interfaceAddress: string): boolean {
    try {
      this.#socket.setMulticastInterface(interfaceAddress)
      return true
    } catch {
      return false // the interface went, or the socket did while we were at the one before
    }
  }

  close(): Promise<void> {
    return new Promise((resolve) => this.#mdns.destroy(resolve))
  }
}

function sendsFar(socket: Socket): boolean {
  try {
    socket.setMulticastTTL(HOPS)
    socket.setMulticastLoopback(true)
    return true
  } catch {
    return false // a system without multicast: as good as no port
  }
}
