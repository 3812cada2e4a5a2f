import { type Millis, SparseMap } from '../core/index.js'
import type { IceParameters, IceRole, IceTransmit, SocketId } from '../ice/types.js'
import { planBesidesCandidates, withDtlsRole } from '../jsep/index.js'
import type { JsepState, Plan } from '../jsep/types.js'
import { CandidatePool } from './candidate-pool.js'
import type { PeerConfiguration, PeerOptions, TransportId, TransportView } from './contract.js'
import { iceRole } from './ice-role.js'
import type { LocalParameters } from './local-parameters.js'
import type { TrickledCandidate } from './remote-candidates.js'
import { Transport } from './transport.js'

/** The transports that a plan asks for, in order of their first section, and which of them each socket belongs to. */
export class TransportSet {
  readonly #options: PeerOptions
  readonly #parameters: LocalParameters
  readonly #bySocket = new SparseMap<SocketId, Transport>()
  /** What gathers ahead. */
  readonly pool: CandidatePool
  #transports: readonly Transport[] = []
  #views: readonly TransportView[] = []
  #iceTransportPolicy: PeerOptions['iceTransportPolicy']
  #lastTransportId = 0
  #lastToken = 0
  #lastSocketId = 0

  constructor(options: PeerOptions, parameters: LocalParameters) {
    this.#options = options
    this.#parameters = parameters
    this.pool = new CandidatePool({
      create: () => this.#create('', iceRole('local', options.iceLite === true)),
      parameters,
    })
    this.#iceTransportPolicy = options.iceTransportPolicy
  }

  get all(): readonly Transport[] {
    return this.#transports
  }

  get views(): readonly TransportView[] {
    return this.#views
  }

  /** With those that gather ahead. */
  get alive(): readonly Transport[] {
    const { waiting } = this.pool
    return waiting.length === 0 ? this.#transports : [...this.#transports, ...waiting]
  }

  /** The negotiation with the DTLS roles that are in force: a renewal may have turned them. */
  withRoles(state: JsepState): JsepState {
    return this.#transports.reduce((next, { mid, dtlsRole }) => withDtlsRole(next, mid, dtlsRole), state)
  }

  /** The one that was made for this section. */
  of(mid: string): Transport | undefined {
    return this.#transports.find((transport) => transport.mid === mid)
  }

  /** Tells these transports of a candidate that was trickled, or of the end of them. */
  learn(
    now: Millis,
    { state, transportMids }: { readonly state: JsepState; readonly transportMids: readonly string[] },
    candidate: TrickledCandidate | undefined,
  ): void {
    for (const { mid, remote } of planBesidesCandidates(state).transports) {
      if (remote !== undefined && transportMids.includes(mid))
        this.of(mid)?.learn(now, remote.usernameFragment, candidate)
    }
  }

  /** The one that carries this section by now. */
  carrying({ sections }: Plan, mid: string): Transport | undefined {
    const section = sections.find((plan) => plan.mid === mid && !plan.rejected)
    return section && this.of(section.transportMid)
  }

  byId(id: TransportId): Transport | undefined {
    return this.alive.find((transport) => transport.id === id)
  }

  get fragmentsInForce(): string[] {
    return this.#transports.flatMap(({ agent }) => agent.localParameters?.usernameFragment ?? [])
  }

  // -- the plan ------------------------------------------------------------------------------------------------------

  /**
   * Those of the plan, new ones for `iceRole`, then others that are still in force. Those that are not needed any more: they
   * are out of the set but for their sockets, until {@link forget}.
   */
  arrange({ transports }: Plan, inForce: ReadonlySet<string>, iceRole: IceRole): readonly Transport[] {
    const planned = transports.map(({ mid, local }) => {
      return this.of(mid) ?? this.pool.take(mid, local?.usernameFragment) ?? this.#create(mid, iceRole)
    })
    const others = this.#transports.filter((transport) => !planned.includes(transport))
    this.#transports = [...planned, ...others.filter(({ mid }) => inForce.has(mid))]
    this.#views = this.#transports.map(({ view }) => view)
    return others.filter(({ mid }) => !inForce.has(mid))
  }

  #create(mid: string, iceRole: IceRole): Transport {
    const { crypto, certificates, iceTimings, iceLite = false, opensTcp = true } = this.#options
    return new Transport({
      id: ++this.#lastTransportId,
      mid,
      crypto,
      certificates,
      iceRole,
      iceTimings,
      iceTransportPolicy: this.#iceTransportPolicy,
      iceLite,
      opensTcp: opensTcp && !iceLite,
      nextToken: () => ++this.#lastToken,
      nextSocketId: () => --this.#lastSocketId,
    })
  }

  /** What the transport of a section gathers with already, or one that gathers ahead for any. */
  prefetchedFor(mid: string): IceParameters | undefined {
    const transport = this.of(mid)
    return transport === undefined ? this.pool.promise(mid) : transport.agent.prefetchedParameters
  }

  /** Those that are to be given up: with `isOutdated` nothing that was gathered ahead is of any use. */
  reconfigure(now: Millis, configuration: PeerConfiguration, isOutdated: boolean): readonly Transport[] {
    const { iceTransportPolicy, iceCandidatePoolSize } = configuration
    this.#iceTransportPolicy = iceTransportPolicy
    for (const { agent } of this.#transports) agent.setTransportPolicy(iceTransportPolicy)
    const gone = isOutdated ? this.pool.empty() : []
    if (isOutdated) for (const transport of this.#transports) this.#prefetchAnew(now, transport)
    return [...gone, ...this.pool.resize(now, iceCandidatePoolSize)]
  }

  /** What was taken from the pool for an offer of the peer that we have not answered. */
  #prefetchAnew(now: Millis, { agent, gathering }: Transport): void {
    const { prefetchedParameters } = agent
    if (prefetchedParameters === undefined) return
    this.#parameters.giveBack(prefetchedParameters)
    gathering.prefetch(now, this.#parameters.fresh())
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
    for (const transport of this.alive) earliest = Math.min(earliest, transport.nextTimeout())
    return earliest
  }

  /** The next datagram of any of those that are not leaving. */
  pollTransmit(now: Millis): IceTransmit | undefined {
    for (const transport of this.alive) {
      const datagram = transport.pollTransmit(now)
      if (datagram !== undefined) return datagram
    }
    return undefined
  }

  handleTimeout(now: Millis): void {
    for (const transport of this.alive) transport.handleTimeout(now)
  }
}
