import { defaultIo } from './default-io.js'
import type { AcceptStream, Io, LocalAddress } from './io.js'
import { muxAddresses, muxPlace, onEachAddress } from './mux-addresses.js'
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
  readonly #io: Io
  readonly #ports: Promise<ReadonlyMap<string, TcpMuxPort>>
  #closing: Promise<void> | undefined

  /** Throws a TypeError for a port that there is not, and for what is no address that can be listened on. */
  constructor(options: TcpMuxOptions = {}) {
    const place = muxPlace(options, 'TCP')
    this.#io = defaultIo()
    const io = this.#io
    const unknown = new UnknownPeers(io, options.onUnknownPeer)
    this.#ports = onEachAddress(io, place, (address, range) =>
      TcpMuxPort.listen(
        io,
        (accept) => io.listenStream(address, range, accept, BACKLOG),
        (...heard) => unknown.heard(...heard),
      ),
    )
    this.#ports.catch(() => {}) // told by listening()
  }

  /** Where it listens. Rejects with the error of the operating system when it cannot listen anywhere. */
  async listening(): Promise<readonly { readonly address: string; readonly port: number }[]> {
    return [...(await this.#ports).values()].map(({ local }) => local)
  }

  /**
   * Connections (of this library) that use it, once for each address; TCP connections of which it is not known yet for whom they are;
   * and what belonged to none.
   */
  async statistics(): Promise<TcpMuxCounters & { readonly members: number; readonly undecided: number }> {
    const total = { members: 0, undecided: 0, unknownFragment: 0, refused: 0 }
    for (const { members, undecided, counters } of (await this.#ports).values()) {
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
    this.#closing ??= this.#ports.then(
      async (ports) => {
        await Promise.all([...ports.values()].map((port) => port.close()))
      },
      () => undefined, // nothing was bound
    )
    return this.#closing
  }

  /** For `await using`: the same as {@link close}. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  // -- for drivers ----------------------------------------------------------------------------------------------------

  /** @internal */
  async addresses(): Promise<readonly LocalAddress[]> {
    const ports = await this.#ports.catch(() => new Map<string, TcpMuxPort>())
    return muxAddresses(ports.keys())
  }

  /** @internal */
  async join(address: string, accept: AcceptStream): Promise<TcpMuxMember> {
    const port = (await this.#ports).get(address)
    if (port === undefined || this.#closing !== undefined) throw new Error(`the mux does not listen on ${address}`)
    return port.join(accept)
  }
}
