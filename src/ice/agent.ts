import type { Layer, Millis } from '../core/index.js'
import type { Crypto } from '../crypto/types.js'
import { isStunMessage, parseStunMessage, type StunMessage } from '../stun/index.js'
import type { Base } from './base.js'
import { Connectivity, type PathLoss } from './connectivity.js'
import { IceContext, type CheckPurpose, type IceTransaction } from './context.js'
import { nextDeadline, restEnd } from './deadlines.js'
import { Gatherer } from './gatherer.js'
import type { Generation } from './generation.js'
import { Generations } from './generations.js'
import { iceStatistics, type IceStatistics } from './ice-statistics.js'
import { LocalCandidates } from './local-candidates.js'
import type { PairCounts } from './pair-counts.js'
import { countsOfPath, statusOfPath } from './paths.js'
import type { RoutineChecks } from './routine-checks.js'
import { RequestValidation } from './request-validation.js'
import { DEFAULT_ICE_TIMINGS } from './timings.js'
import { transportState } from './transport-state.js'
import type {
  IceCandidate,
  IceDatagram,
  IceEvent,
  IceGatheringState,
  IceParameters,
  IceRole,
  IceTimings,
  IceTransmit,
  IceTransportState,
  LocalSocket,
  PathStatus,
  RelayedSocket,
  SelectedPair,
  SocketId,
  StunServer,
  TransportAddress,
} from './types.js'

export interface IceAgentOptions {
  readonly crypto: Crypto
  readonly role: IceRole
  readonly timings?: Partial<IceTimings>
  readonly transportPolicy: 'all' | 'relay'
  /** A lite agent (RFC 8445 §2.5): host candidates alone, and no checks but those that it answers. */
  readonly isLite?: boolean
}

/** An ICE agent for one component (RFC 8445, RFC 8838, RFC 7675). */
export class IceAgent implements Layer<IceTransmit, IceEvent> {
  readonly #context: IceContext
  readonly #connectivity: Connectivity
  readonly routine: RoutineChecks
  readonly #gatherer: Gatherer
  readonly #validation: RequestValidation
  readonly #local: LocalCandidates
  readonly #generations = new Generations()
  #state: IceTransportState = 'new'
  #gatheringState: IceGatheringState = 'new'
  #socketsEnded = false
  #transportPolicy: 'all' | 'relay'
  #isClosed = false

  constructor(options: IceAgentOptions) {
    const { crypto, role, isLite = false } = options
    this.#context = new IceContext(crypto, role, { ...DEFAULT_ICE_TIMINGS, ...options.timings }, isLite)
    this.#connectivity = new Connectivity(this.#context)
    this.routine = this.#connectivity.routine
    this.#local = new LocalCandidates(this.#context)
    this.#gatherer = new Gatherer(this.#context)
    this.#validation = new RequestValidation(this.#context)
    this.#transportPolicy = options.transportPolicy
  }

  get role(): IceRole {
    return this.#context.role
  }

  get state(): IceTransportState {
    return this.#state
  }

  get gatheringState(): IceGatheringState {
    return this.#generations.current.isPrefetched ? 'new' : this.#gatheringState
  }

  /** None that are only prefetched: see {@link prefetch}. */
  get localParameters(): IceParameters | undefined {
    return this.#generations.current.isPrefetched ? undefined : this.#generations.current.local
  }

  get prefetchedParameters(): IceParameters | undefined {
    return this.#generations.current.isPrefetched ? this.#generations.current.local : undefined
  }

  get remoteParameters(): IceParameters | undefined {
    return this.#generations.current.remote
  }

  /** Those of the current generation that were told. */
  get localCandidates(): readonly IceCandidate[] {
    const { isPrefetched, localCandidates } = this.#generations.current
    return isPrefetched ? [] : localCandidates.map(({ candidate }) => candidate)
  }

  get remoteCandidates(): readonly IceCandidate[] {
    return this.#generations.current.remoteCandidates
  }

  /** The pair to send data over; none while there is no consent to do so. */
  get selectedPair(): SelectedPair | undefined {
    const { current } = this.#connectivity.selection
    return current === undefined || current.consent.revoked ? undefined : current.pair.describe()
  }

  /** A pair of the newest credentials is nominated: what only others need is needed no more. */
  get isSettled(): boolean {
    const { current } = this.#connectivity.selection
    return current?.isNominated === true && current.generation === this.#generations.current
  }

  /** W3C "relay", as it is for the newest credentials: nobody is told of our own addresses. */
  get hidesHosts(): boolean {
    return this.#generations.current.transportPolicy === 'relay'
  }

  /** Whether to look up names in the peer's candidates; with "relay" in force or to come, who is asked would hear of us. */
  get looksUpNames(): boolean {
    return this.#transportPolicy === 'all' && !this.hidesHosts && !this.#context.isLite
  }

  /** What was dropped or refused, by reason. */
  get counters(): Record<string, number> {
    return this.#context.counters
  }

  get statistics(): IceStatistics {
    return iceStatistics(this.#generations.all, this.#connectivity.selection)
  }

  /** Where the owner counts its datagrams. */
  countsOf(socketId: SocketId, remote: TransportAddress): PairCounts | undefined {
    return countsOfPath(this.#generations.all, this.#connectivity.selection, socketId, remote)
  }

  // -- what the owner says --------------------------------------------------------------------------------------------

  setRole(role: IceRole): void {
    this.#context.role = role
  }

  /** Takes effect with the next generation, as W3C setConfiguration has it. */
  setTransportPolicy(policy: 'all' | 'relay'): void {
    this.#transportPolicy = policy
  }

  /**
   * The first time, or an ICE restart (RFC 8445 §9). Sockets that are known stay bases of the new generation; servers and
   * relays are named anew. The selected pair keeps working until the new generation has one.
   */
  startGathering(now: Millis, params: IceParameters): void {
    if (this.#isClosed) return
    const { prefetchedParameters: prefetched } = this
    if (prefetched?.usernameFragment !== params.usernameFragment || prefetched.password !== params.password)
      return this.#gather(now, params, false)
    this.#generations.current.isPrefetched = this.#generations.current.localIsInherited = false
    this.#progress(now)
  }

  /**
   * RFC 9429 §3.5.4: candidates are gathered before there is a description. Nothing is told and nothing is checked until
   * {@link startGathering} comes with the same parameters; with others they are forgotten.
   */
  prefetch(now: Millis, params: IceParameters): void {
    if (!this.#isClosed) this.#gather(now, params, true)
  }

  #gather(now: Millis, params: IceParameters, isPrefetched: boolean): void {
    if (this.#generations.current.isPrefetched) {
      this.#context.events.clear()
      this.#gatheringState = 'new'
    }
    const next = this.#generations.withLocal(now, params, this.#context.role)
    if (next !== this.#generations.current) this.#begin(next)
    next.isPrefetched = isPrefetched
    next.localIsInherited = false
    next.transportPolicy = this.#transportPolicy
    this.#socketsEnded = false
    this.#gatherer.reset()
    this.#setGatheringState('gathering')
    for (const base of this.#local.bases) if (base.type === 'host') this.#local.offer(next, base)
    this.#progress(now)
  }

  addLocalSocket(now: Millis, socket: LocalSocket): void {
    const base = this.#isClosed ? undefined : this.#local.addSocket(socket)
    if (base === undefined || this.#generations.current.local === undefined) return
    this.#local.offer(this.#generations.current, base)
    this.#gatherer.addBase(base)
    this.#progress(now)
  }

  /** A relayed address, or one that is known and still there after an ICE restart. */
  addRelay(now: Millis, relay: RelayedSocket): void {
    if (this.#isClosed || this.#generations.current.local === undefined) return
    const base = this.#local.addRelay(relay) ?? this.#local.base(relay.socketId)
    if (base !== undefined) this.#local.offer(this.#generations.current, base)
    this.#progress(now)
  }

  /** What a TURN server over UDP has seen of a socket (RFC 8445 §5.1.1.2). */
  addServerReflexive(now: Millis, socketId: SocketId, mapped: TransportAddress, server: StunServer): void {
    const base = this.#local.base(socketId)
    if (base === undefined || this.#generations.current.local === undefined) return
    this.#local.offerReflexive(this.#generations.current, base, mapped, server)
    this.#settle(now)
  }

  removeLocalSocket(now: Millis, socketId: SocketId): void {
    const base = this.#local.remove(socketId)
    if (base === undefined) return
    this.#gatherer.removeBase(socketId)
    for (const generation of this.#generations.all) generation.removeBase(base)
    this.#generations.forgetPath(socketId)
    this.#context.transactions.forget((purpose) => purpose.kind !== 'gather' && purpose.pair.base === base)
    const { current } = this.#connectivity.selection
    if (current?.pair.base === base) current.consent.revoke()
    this.#connectivity.considerNomination(now, this.#generations.current)
    this.#settle(now)
  }

  /** For the gathering that goes on; what is named before it is not remembered. */
  addStunServer(now: Millis, server: StunServer): void {
    const asksNobody = this.#transportPolicy === 'relay' || this.#context.isLite
    if (this.#isClosed || this.#generations.current.local === undefined || asksNobody) return
    this.#gatherer.addServer(server, this.#local.bases)
    this.#settle(now)
  }

  /** See {@link PathLoss}. */
  pathLost(now: Millis, path: PathLoss): void {
    for (const generation of this.#generations.all) this.#connectivity.pathLost(now, generation, path)
    this.#generations.forgetPath(path.socketId, path.to)
    this.#settle(now)
  }

  /** Nobody listens there: who waits for an answer of it waits no more. */
  serverUnreachable(now: Millis, server: TransportAddress): void {
    this.#gatherer.unreachable(server)
    this.#settle(now)
  }

  /** No more sockets and servers come for this gathering. */
  endOfLocalSockets(now: Millis): void {
    this.#socketsEnded = true
    if (!this.#isClosed) this.#gatherer.endOfBases(this.#local.bases)
    this.#settle(now)
  }

  /** The peer's parameters: the first ones, or others than before, which are a restart of its (RFC 8445 §9). */
  setRemote(now: Millis, params: IceParameters & { readonly iceLite: boolean }): void {
    if (this.#isClosed) return
    const { usernameFragment, password, iceLite } = params
    // RFC 8445 §6.1.1: a lite agent cannot control, so we must.
    const { isLite } = this.#context
    if (isLite !== iceLite) this.#context.changeRole(isLite ? 'controlled' : 'controlling')
    const previous = this.#generations.current
    if (previous.remote?.usernameFragment === usernameFragment && previous.remote.password === password) return
    if (previous.remote !== undefined) {
      const next = this.#begin(this.#generations.withRemote())
      if (next.local !== undefined) this.#local.copy(previous, next)
    }
    const { current } = this.#generations
    current.remote = { usernameFragment, password }
    current.remoteIsLite = iceLite
    this.#connectivity.receiveEarlyChecks(now, current, (base) => this.#local.base(base.socketId) === base)
    this.#progress(now)
  }

  /**
   * The parameters that {@link setRemote} was told last are those of another endpoint: what the one before had selected is
   * of no use, and its datagrams come over no path that we know.
   */
  forgetFormer(now: Millis): void {
    const { selection } = this.#connectivity
    const current = this.#generations.current
    if (this.#isClosed) return
    if (selection.current !== undefined && selection.current.generation !== current) selection.drop()
    this.#generations.forgetFormer()
    this.#context.transactions.forget((purpose) => purpose.kind !== 'gather' && purpose.generation !== current)
    this.#settle(now)
  }

  /** False when it cannot be used: a name, no unicast address, another generation's, or too many. */
  addRemoteCandidate(now: Millis, candidate: IceCandidate): boolean {
    if (this.#isClosed) return false
    const isStale = this.#generations.isStale(candidate)
    const added = isStale ? 'refused' : this.#generations.current.addRemote(candidate, this.#context.role)
    if (added === 'refused') {
      this.#context.count('remoteCandidatesRefused')
      return false
    }
    if (added === 'added') this.#progress(now)
    return true
  }

  setRemoteEndOfCandidates(now: Millis): void {
    if (this.#isClosed || this.#generations.current.remoteEndOfCandidates) return
    this.#generations.current.remoteEndOfCandidates = true
    this.#progress(now)
  }

  /** An authenticated close of the session takes the consent back at once (RFC 7675 §5.2). */
  revokeConsent(now: Millis): void {
    const { current } = this.#connectivity.selection
    if (this.#isClosed || current === undefined) return
    current.consent.revoke()
    current.isReplaceable = false
    this.#context.transactions.forget((purpose) => purpose.kind !== 'gather' && purpose.pair === current.pair)
    this.#settle(now)
  }

  /** Nothing is sent or told after it. */
  close(): void {
    this.#isClosed = true
    this.#state = 'closed'
    this.#context.transactions.clear()
    this.#context.events.clear()
    this.#context.replies.clear()
    this.#connectivity.selection.drop()
    this.#generations.clear()
    this.#local.clear()
    this.#gatherer.reset()
  }

  // -- the network ----------------------------------------------------------------------------------------------------

  /** True when it was STUN, which is for us alone. */
  receive(now: Millis, datagram: IceDatagram): boolean {
    if (!isStunMessage(datagram.data)) return false
    if (this.#isClosed || this.routine.receive(now, datagram)) {
      this.#settle(now)
      return true
    }
    const message = parseStunMessage(datagram.data)
    const base = this.#local.base(datagram.socketId)
    if (message === undefined || base === undefined) {
      this.#context.count(base === undefined ? 'unknownSocket' : 'stunMalformed')
    } else if (message.class === 'request') {
      this.#receiveRequest(now, datagram, message, base)
    } else if (message.class !== 'indication') {
      this.#receiveResponse(now, datagram, message)
    }
    this.#settle(now)
    return true
  }

  /**
   * Something that only the peer can have sent came over this path, other than STUN: it is there, even where checks get
   * lost. That it wants our packets is for checks alone to say (RFC 7675 §5.1).
   */
  heard(now: Millis, socketId: SocketId, from: TransportAddress): void {
    this.#connectivity.selection.heardData(now, socketId, from)
    this.#generations.heard(now, socketId, from)
    if (this.#state === 'disconnected') this.#settle(now)
  }

  pathStatus(socketId: SocketId, from: TransportAddress): PathStatus {
    return statusOfPath(this.#generations, this.#connectivity.selection, socketId, from)
  }

  /** Whether the peer checks this path (it proved to be the peer) while we cannot yet, for want of its new parameters. */
  hasAsked(socketId: SocketId, from: TransportAddress): boolean {
    return this.#generations.hasEarlyCheck(socketId, from)
  }

  // -- Layer ----------------------------------------------------------------------------------------------------------

  nextTimeout(): Millis {
    if (this.#isClosed) return Infinity
    const next = nextDeadline(this.#context, this.#connectivity, this.#generations.current, this.#state)
    return Math.min(next, this.#gatherer.next())
  }

  /** Until when {@link routine} is all that there is to do; -1 when there is something else now. */
  get restsUntil(): Millis {
    const end = restEnd(this.#context, this.#connectivity, this.#generations.current, this.#state)
    return Math.min(end, this.#gatherer.next())
  }

  handleTimeout(now: Millis): void {
    if (this.#isClosed) return
    const { transactions } = this.#context
    for (let over = transactions.takeTimedOut(now); over !== undefined; over = transactions.takeTimedOut(now)) {
      if (over.purpose.kind === 'gather') this.#gatherer.timedOut(over.purpose)
      else this.#connectivity.timedOut(now, over.purpose)
    }
    const generation = this.#generations.current
    if (now >= generation.nominateAt) this.#connectivity.considerNomination(now, generation)
    if (now >= generation.failAt) this.#connectivity.failChecking(now, generation)
    const { selection } = this.#connectivity
    if (selection.current && now >= selection.current.consent.expiresAt) selection.drop()
    this.#settle(now)
  }

  pollTransmit(now: Millis): IceTransmit | undefined {
    if (this.#isClosed) return undefined
    return (
      this.#context.replies.shift() ??
      this.#context.transactions.takeRetransmission(now) ??
      this.#connectivity.take(now, this.#generations.current) ??
      this.#gatherer.take(now)
    )
  }

  get hasEvents(): boolean {
    return this.#context.events.length > 0
  }

  pollEvent(): IceEvent | undefined {
    if (this.#generations.current.isPrefetched) return undefined
    return this.#context.events.shift()
  }

  // -- inside ---------------------------------------------------------------------------------------------------------

  /** Keeps the generation before only while the selected pair is one of its. */
  #begin(generation: Generation): Generation {
    const gone = this.#generations.begin(generation, this.#connectivity.selection.current?.generation)
    this.#context.transactions.forget((purpose) => purpose.kind !== 'gather' && gone.includes(purpose.generation))
    return generation
  }

  #receiveRequest(now: Millis, datagram: IceDatagram, message: StunMessage, base: Base): void {
    const generations = this.#generations.heardOver(base, datagram.from)
    if (generations.length === 0) return this.#context.count('requestsOutsideRelay')
    const check = this.#validation.answer(now, datagram, message, base, generations)
    if (check === undefined) return
    const { generation } = check
    if (this.#generations.retired?.generation === generation) return this.#generations.retired.heard(now)
    const isEarly = generation.remote?.usernameFragment !== check.remoteFragment
    if (isEarly) return generation.rememberEarly(check) ? undefined : this.#context.count('earlyChecksDropped')
    if (generation !== this.#generations.current) return this.#connectivity.receiveOldCheck(now, generation, check)
    const isFirst = !generation.hasRemoteCandidates
    if (check.isRefused) this.#connectivity.checkAnew(now, generation, check)
    else this.#connectivity.receiveCheck(now, generation, check)
    this.#connectivity.routine.remember(datagram, message, check)
    if (isFirst) this.#progress(now)
  }

  #receiveResponse(now: Millis, datagram: IceDatagram, message: StunMessage): void {
    const transaction = this.#context.transactions.find(message.transactionId)
    if (transaction === undefined) return this.#context.count('responsesUnknown')
    const { purpose } = transaction
    if (purpose.kind !== 'gather') {
      this.#connectivity.receiveResponse(now, datagram, message, transaction as IceTransaction<CheckPurpose>)
      return
    }
    const mapped = this.#gatherer.receive(now, datagram, transaction, purpose, message)
    if (mapped !== undefined)
      this.#local.offerReflexive(this.#generations.current, purpose.base, mapped, purpose.server)
  }

  /** Something new to check with: the time to succeed begins again. */
  #progress(now: Millis): void {
    const generation = this.#generations.current
    const checking = generation.canCheck && (generation.hasRemoteCandidates || generation.remoteEndOfCandidates)
    if (checking && generation.selected === undefined) {
      generation.failed = false
      generation.failAt = now + this.#context.timings.failedAfterMillis
    }
    if (this.#context.isLite) this.#connectivity.considerNomination(now, generation)
    this.#settle(now)
  }

  /** After every input: what follows from what is now true. */
  #settle(now: Millis): void {
    if (this.#isClosed) return
    const generation = this.#generations.current
    const selected = this.#connectivity.selection.current
    if (this.isSettled) {
      this.#generations.settle(now, selected!.pair, this.#context.timings.consentExpiryMillis)
      this.#gatherer.stopKeepalives()
    }
    if (this.#gatheringState === 'gathering' && this.#socketsEnded && !this.#gatherer.busy) {
      generation.gathered = true
      this.#setGatheringState('complete')
    }
    const state = transportState(now, this.#context.role, generation, selected)
    if (state === this.#state) return
    this.#state = state
    this.#context.emit({ type: 'state', state })
    this.#connectivity.selectedIsLost(now, generation, state === 'disconnected')
    if (this.#connectivity.selection.current !== selected) this.#settle(now)
  }

  #setGatheringState(state: IceGatheringState): void {
    if (this.#gatheringState === state) return
    this.#gatheringState = state
    this.#context.emit({ type: 'gatheringState', state })
  }
}
