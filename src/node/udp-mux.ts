import { defaultIo } from './default-io.js'
import type { Io, LocalAddress, PortRange, ReceiveDatagram, UdpSocket } from './io.js'
import { muxPlace, onEachAddress } from './mux-addresses.js'
import { MuxPort } from './mux-port.js'
import type { MuxMember, MuxPortCounters } from './mux-port.js'
import { MuxPorts } from './mux-ports.js'
import { UnknownPeers, type UnknownPeer } from './unknown-peers.js'

/** Where a {@link UdpMux} listens. */
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
  readonly #isPlain: boolean
  readonly #unknown: UnknownPeers
  readonly #ports: MuxPorts<MuxPort>

  /** Throws a TypeError for a port that there is not, and for what is no address that can be listened on. */
  constructor(options: UdpMuxOptions = {}) {
    const place = muxPlace(options, 'UDP')
    this.#io = defaultIo()
    this.#isPlain = options.fastPath === false
    this.#unknown = new UnknownPeers(this.#io, options.onUnknownPeer)
    this.#ports = new MuxPorts(onEachAddress(this.#io, place, (...where) => this.#bind(...where)))
  }

  /** Where it listens. Rejects with the error of the operating system when it cannot listen anywhere. */
  listening(): Promise<readonly { readonly address: string; readonly port: number }[]> {
    return this.#ports.listening()
  }

  /** Connections that use it, once for each address, and what belonged to none. */
  async statistics(): Promise<MuxPortCounters & { readonly members: number }> {
    const total = { members: 0, unknownFragment: 0, unclaimed: 0 }
    for (const { members, counters } of await this.#ports.all()) {
      total.members += members
      total.unknownFragment += counters.unknownFragment
      total.unclaimed += counters.unclaimed
    }
    return total
  }

  /** Connections that still use it lose their way. Settles when the sockets are gone; never rejects. Idempotent. */
  close(): Promise<void> {
    return this.#ports.close()
  }

  /** For `await using`: the same as {@link close}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  // -- for drivers ----------------------------------------------------------------------------------------------------

  /** @internal */
  addresses(): Promise<readonly LocalAddress[]> {
    return this.#ports.addresses()
  }

  /** @internal */
  async join(address: string, receive: ReceiveDatagram): Promise<MuxMember> {
    return (await this.#ports.at(address)).join(receive)
  }

  async #bind(address: string, range: PortRange | undefined): Promise<MuxPort> {
    let receive: ReceiveDatagram = () => {}
    const socket: UdpSocket = await this.#io.bindUdp(address, range, (data, from) => receive(data, from), this.#isPlain)
    const bind = (given: ReceiveDatagram): UdpSocket => {
      receive = given
      return socket
    }
    return new MuxPort(
      bind,
      (halves, from, at) => this.#unknown.heard(halves, from, at),
      (task) => this.#io.queueTask(task),
    )
  }
}
