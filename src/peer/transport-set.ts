import type { Millis } from '../core/index.js'
import type { IceRole, SocketId } from '../ice/types.js'
import type { Plan } from '../jsep/types.js'
import type { PeerOptions, TransportId } from './contract.js'
import { Transport } from './transport.js'

/** The transports that a plan asks for, in order of their first section, and which of them each socket belongs to. */
export class TransportSet {
  readonly #options: PeerOptions
  readonly #bySocket = new Map<SocketId, Transport>()
  #transports: readonly Transport[] = []
  #iceTransportPolicy: PeerOptions['iceTransportPolicy']
  #lastTransportId = 0
  #lastToken = 0
  #lastSocketId = 0

  constructor(options: PeerOptions) {
    this.#options = options
    this.#iceTransportPolicy = options.iceTransportPolicy
  }

  get all(): readonly Transport[] {
    return this.#transports
  }

  /** The one that was made for this section. */
  of(mid: string): Transport | undefined {
    return this.#transports.find((transport) => transport.mid === mid)
  }

  byId(id: TransportId): Transport | undefined {
    return this.#transports.find((transport) => transport.id === id)
  }

  get fragmentsInForce(): string[] {
    return this.#transports.flatMap(({ localParameters }) => localParameters?.usernameFragment ?? [])
  }

  // -- the plan ------------------------------------------------------------------------------------------------------

  /**
   * Those of the plan, new ones for `iceRole`, then others that are still in force. Those that are not needed any more: they
   * are out of the set but for their sockets, until {@link forget}.
   */
  arrange({ transports }: Plan, inForce: ReadonlySet<string>, iceRole: IceRole): readonly Transport[] {
    const planned = transports.map(({ mid }) => this.of(mid) ?? this.#create(mid, iceRole))
    const others = this.#transports.filter((transport) => !planned.includes(transport))
    this.#transports = [...planned, ...others.filter(({ mid }) => inForce.has(mid))]
    return others.filter(({ mid }) => !inForce.has(mid))
  }

  #create(mid: string, iceRole: IceRole): Transport {
    const { crypto, certificates, iceTimings, opensTcp = true } = this.#options
    return new Transport({
      id: ++this.#lastTransportId,
      mid,
      crypto,
      certificates,
      iceRole,
      iceTimings,
      iceTransportPolicy: this.#iceTransportPolicy,
      opensTcp,
      nextToken: () => ++this.#lastToken,
      nextSocketId: () => --this.#lastSocketId,
    })
  }

  setTransportPolicy(policy: PeerOptions['iceTransportPolicy']): void {
    this.#iceTransportPolicy = policy
    for (const { agent } of this.#transports) agent.setTransportPolicy(policy)
  }

  get iceTransportPolicy(): PeerOptions['iceTransportPolicy'] {
    return this.#iceTransportPolicy
  }

  // -- sockets and streams of the driver -----------------------------------------------------------------------------

  bySocket(socketId: SocketId): Transport | undefined {
    return this.#bySocket.get(socketId)
  }

  own(socketId: SocketId, transport: Transport): void {
    this.#bySocket.set(socketId, transport)
  }

  disown(socketId: SocketId): void {
    this.#bySocket.delete(socketId)
  }

  /** What comes over its sockets is nobody's from now on. */
  forget(transport: Transport): void {
    for (const [socketId, owner] of this.#bySocket) if (owner === transport) this.#bySocket.delete(socketId)
  }

  forgetSockets(): void {
    this.#bySocket.clear()
  }

  // -- time ----------------------------------------------------------------------------------------------------------

  nextTimeout(): Millis {
    let earliest = Infinity
    for (const transport of this.#transports) earliest = Math.min(earliest, transport.nextTimeout())
    return earliest
  }

  handleTimeout(now: Millis): void {
    for (const transport of this.#transports) transport.handleTimeout(now)
  }
}
