import { canonicalIpAddress, isUnicast } from '../core/index.js'
import { defaultIo } from './default-io.js'
import type { Io, LocalAddress, ReceiveDatagram, UdpSocket } from './io.js'
import { MuxPort } from './mux-port.js'
import type { MuxMember, MuxPortCounters } from './mux-port.js'
import type { UsernameHalves } from './stun-peek.js'
import type { TransportAddress } from '../ice/types.js'

/** Of peers that are not known: told once in a while, so that a flood of checks is not a flood of calls. */
const TELL_AGAIN_MILLIS = 1000
const MAX_TOLD = 256
/**
 * RFC 8839 §5.4. SECURITY: what no description could name is not told, so that a datagram of anybody does not make the
 * application construct a connection that throws.
 */
const USERNAME_FRAGMENT = /^[a-z\d+/]{4,256}$/i

/** A peer that checks a username fragment which no connection on the mux has. */
export interface UnknownPeer {
  /** The half of USERNAME that names our side. */
  readonly localUsernameFragment: string
  /** The half that names the side that asks. */
  readonly remoteUsernameFragment: string
  /** Where it asks from. */
  readonly address: string
  readonly port: number
  /** Where it asked. */
  readonly localAddress: string
  readonly localPort: number
}

export interface UdpMuxOptions {
  /** The UDP port, the same on every address. Default: any. */
  port?: number
  /**
   * Addresses of this machine to listen on, each of which becomes a candidate: not `0.0.0.0` or `::`, which nobody can send to.
   * Default: those that a connection would use.
   */
  address?: string | string[]
  /** Loopback too, where no address is given and there are others. Default false. */
  includeLoopback?: boolean
  /** False: batched system calls are not used even where they could be. Default true. */
  fastPath?: boolean
  /**
   * Called for a check with a well-formed username fragment (4 to 256 characters) that no connection has: once a second for
   * the same one from the same place, and 256 times a second in all. Anybody can send one: an exception that it makes the
   * function throw is uncaught. What came is not kept, for it is repeated: a connection that is made within half a second
   * with that fragment (`configuration.tincan.iceParameters`) hears the next one.
   */
  onUnknownPeer?: (peer: UnknownPeer) => void
}

/**
 * One UDP port for many connections: give it to each as `configuration.tincan.udpMux`. Its sockets keep the process alive until
 * {@link close}. An extension of ours.
 */
export class UdpMux {
  readonly #io: Io
  readonly #options: Omit<UdpMuxOptions, 'address'>
  /** Undefined: those that a connection would use. */
  readonly #addresses: readonly string[] | undefined
  readonly #ports: Promise<ReadonlyMap<string, MuxPort>>
  readonly #told = new Set<string>()
  #toldSince = -Infinity
  #closing: Promise<void> | undefined

  /** Throws a TypeError for a port that there is not, and for what is no address that can be listened on. */
  constructor(options: UdpMuxOptions = {}) {
    const { address, ...others } = options
    const { port = 0 } = others
    if (!Number.isInteger(port) || port < 0 || port > 65_535) throw new TypeError(`there is no UDP port ${port}`)
    this.#addresses = address === undefined ? undefined : [address].flat().map(listenable)
    this.#io = defaultIo()
    this.#options = others
    this.#ports = this.#bindAll()
    this.#ports.catch(() => {}) // told by listening()
  }

  /** Where it listens. Rejects with the error of the operating system when it cannot listen anywhere. */
  async listening(): Promise<readonly { readonly address: string; readonly port: number }[]> {
    return [...(await this.#ports).values()].map(({ local }) => local)
  }

  /** Connections that use it, once for each address, and what belonged to none. */
  async statistics(): Promise<MuxPortCounters & { readonly members: number }> {
    const total = { members: 0, unknownFragment: 0, unclaimed: 0 }
    for (const { members, counters } of (await this.#ports).values()) {
      total.members += members
      total.unknownFragment += counters.unknownFragment
      total.unclaimed += counters.unclaimed
    }
    return total
  }

  /** Connections that still use it lose their way. Settles when the sockets are gone; never rejects. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#ports.then(
      async (ports) => {
        await Promise.all([...ports.values()].map((port) => port.close()))
      },
      () => undefined, // nothing was bound
    )
    return this.#closing
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  // -- for drivers ----------------------------------------------------------------------------------------------------

  /** @internal */
  async addresses(): Promise<readonly LocalAddress[]> {
    const ports = await this.#ports.catch(() => new Map<string, MuxPort>())
    return [...ports.keys()].map((address, rank) => {
      return { address, family: address.includes(':') ? 'IPv6' : 'IPv4', localPreference: 65_535 - rank }
    })
  }

  /** @internal */
  async join(address: string, receive: ReceiveDatagram): Promise<MuxMember> {
    const port = (await this.#ports).get(address)
    if (port === undefined || this.#closing !== undefined) throw new Error(`the mux does not listen on ${address}`)
    return port.join(receive)
  }

  async #bindAll(): Promise<ReadonlyMap<string, MuxPort>> {
    const { includeLoopback = false } = this.#options
    const found = (): string[] => this.#io.localAddresses({ includeLoopback }).map(({ address }) => address)
    const addresses = this.#addresses ?? found()
    let port = this.#options.port ?? 0
    const ports = new Map<string, MuxPort>()
    let failure: unknown = new Error('there is no address to listen on')
    for (const one of addresses) {
      try {
        const bound = await this.#bind(one, port)
        port = bound.local.port // any, but the same on all
        ports.set(one, bound)
      } catch (error) {
        failure = error // an address that vanished, or a port that is taken there: the others may do
      }
    }
    if (ports.size === 0) throw failure
    return ports
  }

  async #bind(address: string, port: number): Promise<MuxPort> {
    let receive: ReceiveDatagram = () => {}
    const range = port === 0 ? undefined : { min: port, max: port }
    const isPlain = this.#options.fastPath === false
    const socket: UdpSocket = await this.#io.bindUdp(address, range, (data, from) => receive(data, from), isPlain)
    const bind = (given: ReceiveDatagram): UdpSocket => {
      receive = given
      return socket
    }
    return new MuxPort(
      bind,
      (halves, from, at) => this.#tellUnknown(halves, from, at),
      (task) => this.#io.queueTask(task),
    )
  }

  #tellUnknown(halves: UsernameHalves, from: TransportAddress, local: TransportAddress): void {
    const { onUnknownPeer } = this.#options
    if (onUnknownPeer === undefined) return
    if (!USERNAME_FRAGMENT.test(halves.local) || !USERNAME_FRAGMENT.test(halves.remote)) return
    const now = this.#io.now()
    if (now - this.#toldSince >= TELL_AGAIN_MILLIS) {
      this.#told.clear()
      this.#toldSince = now
    }
    const key = `${halves.local} ${from.address} ${from.port}`
    if (this.#told.has(key) || this.#told.size >= MAX_TOLD) return
    this.#told.add(key)
    onUnknownPeer({
      localUsernameFragment: halves.local,
      remoteUsernameFragment: halves.remote,
      ...from,
      localAddress: local.address,
      localPort: local.port,
    })
  }
}

/** As the operating system writes it: by that it is found among the addresses that are still there. */
function listenable(text: string): string {
  const address = canonicalIpAddress(text)
  if (address === undefined || !isUnicast(address)) throw new TypeError(`${text} is no address to listen on`)
  return address
}
