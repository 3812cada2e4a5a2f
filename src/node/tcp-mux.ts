import { defaultIo } from './default-io.js'
import type { AcceptStream, LocalAddress, PortRange } from './io.js'
import { muxPlace, onEachAddress } from './mux-addresses.js'
import { MuxPorts } from './mux-ports.js'
import { TcpMuxPort, type TcpMuxCounters, type TcpMuxMember } from './tcp-mux-port.js'
import { UnknownPeers, type UnknownPeer } from './unknown-peers.js'

/** Connections that are made before we look: of a whole server, so that peers who come together are not turned away. */
const BACKLOG = 511

/** Where a {@link TcpMux} listens. */
export interface TcpMuxOptions {
  /** The TCP port, the same on every address. Default: any. */
  port?: number
  /**
   * Addresses of this machine to listen on, each of which becomes a candidate: not `0.0.0.0` or `::`, which nobody can connect to.
   * Default: those that a connection would use.
   */
  address?: string | string[]
  /** Loopback too, where no address is given and there are others. Default false. */
  includeLoopback?: boolean
  /**
   * Called for a check with a well-formed username fragment (4 to 256 characters) that no connection has: once a second for
   * the same one from the same place, and 256 times a second in all. Anybody can send one: an exception that it makes the
   * function throw is uncaught. What came is kept for ten seconds: a connection that is made meanwhile with that fragment
   * (`configuration.tincan.iceParameters`) hears it.
   */
  onUnknownPeer?: (peer: UnknownPeer) => void
}

/**
 * One TCP port for many connections, for peers that have no UDP (RFC 6544): give it to each as `configuration.tincan.tcpMux`. It keeps
 * the process alive until {@link close}. An extension of ours.
 */
export class TcpMux {
  readonly #ports: MuxPorts<TcpMuxPort>

  /** Throws a TypeError for a port that there is not, and for what is no address that can be listened on. */
  constructor(options: TcpMuxOptions = {}) {
    const place = muxPlace(options, 'TCP')
    const io = defaultIo()
    const unknown = new UnknownPeers(io, options.onUnknownPeer)
    const listen = (address: string, range: PortRange | undefined): Promise<TcpMuxPort> =>
      TcpMuxPort.listen(
        io,
        (accept) => io.listenStream(address, range, accept, BACKLOG),
        (...heard) => unknown.heard(...heard),
      )
    this.#ports = new MuxPorts(onEachAddress(io, place, listen))
  }

  /** Where it listens. Rejects with the error of the operating system when it cannot listen anywhere. */
  listening(): Promise<readonly { readonly address: string; readonly port: number }[]> {
    return this.#ports.listening()
  }

  /**
   * Connections (of this library) that use it, once for each address; TCP connections of which it is not known yet for whom they are;
   * and what belonged to none.
   */
  async statistics(): Promise<TcpMuxCounters & { readonly members: number; readonly undecided: number }> {
    const total = { members: 0, undecided: 0, unknownFragment: 0, refused: 0 }
    for (const { members, undecided, counters } of await this.#ports.all()) {
      total.members += members
      total.undecided += undecided
      total.unknownFragment += counters.unknownFragment
      total.refused += counters.refused
    }
    return total
  }

  /**
   * Nobody can connect any more; connections that peers have made go on. Settles when the port is free; never rejects.
   * Idempotent.
   */
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
  async join(address: string, accept: AcceptStream): Promise<TcpMuxMember> {
    return (await this.#ports.at(address)).join(accept)
  }
}
