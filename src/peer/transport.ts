import { Deque, type Millis, type ProtocolError, SparseSet } from '../core/index.js'
import type { DtlsConnection } from '../dtls/index.js'
import type { DtlsEvent, DtlsRole, DtlsSession, DtlsTransportState } from '../dtls/types.js'
import { IceAgent } from '../ice/index.js'
import type {
  IceDatagram,
  IceEvent,
  IceRole,
  IceTransmit,
  LocalSocket,
  SocketId,
  TransportAddress,
} from '../ice/types.js'
import type { TransportPlan } from '../jsep/types.js'
import type { CandidateError, PeerEvent, TransportId, TransportStatistics, TransportView } from './contract.js'
import { addCounts, Counters } from './counters.js'
import { isDtlsData, isDtlsHandshake, packetKind } from './demux.js'
import { newDtlsAssociation } from './dtls-association.js'
import { isOtherIdentity, type DtlsIdentity } from './dtls-identity.js'
import { EarlyDatagrams } from './early-datagrams.js'
import { Gathering } from './gathering.js'
import { Relays } from './relays.js'
import { RemoteCandidates, type TrickledCandidate } from './remote-candidates.js'
import { Renewal, type Path } from './renewal.js'
import { ReusedDatagram } from './reused-datagram.js'
import { TcpPaths } from './tcp-paths.js'
import { type Traffic, TrafficMeter } from './traffic.js'
import type { TransportEvent, TransportOptions } from './transport-options.js'
import { LiveView, snapshotOf } from './transport-view.js'

/** One ICE agent, the DTLS connection over it, and the rules between the two. */
export class Transport {
  readonly id: TransportId
  /** The section that it was made for; empty while it only gathers ahead. */
  mid: string
  mids: readonly string[] = []
  sectionIndex = 0

  readonly #options: TransportOptions
  readonly #agent: IceAgent
  readonly #early = new EarlyDatagrams()
  readonly #counters = new Counters()
  readonly #traffic = new TrafficMeter()
  readonly #events = new Deque<TransportEvent>()
  readonly remoteCandidates: RemoteCandidates
  readonly relays: Relays
  /** Sockets whose datagrams arrive whole or not at all. */
  readonly wholeSockets = new SparseSet<SocketId>()
  readonly gathering: Gathering
  readonly view: TransportView = new LiveView(this)
  readonly tcp: TcpPaths
  #dtls: DtlsConnection | undefined
  #dtlsRole: DtlsRole | undefined
  /** What the association was begun with. */
  #begunWith: DtlsIdentity = { fingerprints: [] }
  #dtlsState: DtlsTransportState = 'new'
  readonly #renewal = new Renewal()
  /** What both sides agreed on; `undefined` while an offer is open. */
  #agreed: TransportPlan | undefined
  #session: DtlsSession | undefined
  #iceRole: IceRole
  /** Where the last DTLS came from that was looked at. */
  #heardFrom: Path | undefined
  readonly #sealed = new ReusedDatagram()
  /** Another endpoint answers: what ICE found before is about the former one. */
  #peerHasChanged = false
  #closed = false

  constructor(options: TransportOptions) {
    this.id = options.id
    this.mid = options.mid
    this.#options = options
    this.#iceRole = options.iceRole
    this.#agent = new IceAgent({
      crypto: options.crypto,
      role: options.iceRole,
      transportPolicy: options.iceTransportPolicy,
      isLite: options.iceLite,
      ...(options.iceTimings === undefined ? {} : { timings: options.iceTimings }),
    })
    const { crypto, id: transportId, nextToken, nextSocketId, opensTcp: opens } = options
    const agent = this.#agent
    const count = (what: string): void => this.#counters.count(what)
    const emit = (event: PeerEvent): void => this.#events.push(event)
    const tellError = (error: CandidateError): void => this.gathering.tellError(error)
    this.relays = new Relays({ crypto, transportId, agent, nextSocketId, emit, tellError, count })
    this.gathering = new Gathering({
      transportId,
      agent,
      relays: this.relays,
      handle: (now, event) => this.#handleIce(now, event),
      tell: emit,
    })
    this.tcp = new TcpPaths({ transportId, agent, opens, nextSocketId, emit, count })
    this.remoteCandidates = new RemoteCandidates({
      agent,
      nextToken,
      resolve: (name, token) => emit({ type: 'resolve', name, token }),
      added: (now, candidate) => this.relays.permit(now, candidate),
      count,
    })
  }

  // -- what is true now ----------------------------------------------------------------------------------------------

  get agent(): IceAgent {
    return this.#agent
  }

  get dtlsRole(): DtlsRole | undefined {
    return this.#dtlsRole
  }

  get dtlsState(): DtlsTransportState {
    return this.#dtlsState
  }

  /** Whether a packet can be sealed and has somewhere to go. */
  get canSend(): boolean {
    return this.#dtlsState === 'connected' && this.#path() !== undefined
  }

  get session(): DtlsSession | undefined {
    return this.#session
  }

  get traffic(): Traffic {
    return this.#traffic.total
  }

  get statistics(): TransportStatistics {
    return { view: snapshotOf(this.view), ice: this.#agent.statistics, session: this.#session }
  }

  addCountsTo(total: Record<string, number>): void {
    addCounts(total, 'transport', this.#counters.counts)
    addCounts(total, 'ice', this.#agent.counters)
    this.relays.addCountsTo((counts) => addCounts(total, 'turn', counts))
    if (this.#dtls !== undefined) addCounts(total, 'dtls', this.#dtls.counters)
  }

  // -- negotiation ---------------------------------------------------------------------------------------------------

  /**
   * Makes it what the plan says. A change of parameters on either side is an ICE restart (RFC 8839 §4.4.1.1.1).
   * `isAnswered` is false while an offer is open: the peer's parameters in it may still be rolled back, and those that
   * are in force belong to what ours would replace.
   */
  apply(now: Millis, plan: TransportPlan, isAnswered: boolean): void {
    const { remote, sectionIndex } = plan
    this.sectionIndex = sectionIndex
    this.#agreed = isAnswered ? plan : undefined
    const pairs = this.#dtlsState === 'connected' ? this.#agent.statistics.pairs : undefined
    this.#renewal.described(now, this.mids[0], isAnswered, pairs)
    const isFirst = this.#agent.localParameters === undefined
    if (plan.local !== undefined) this.gathering.begin(now, plan.local)
    if (remote === undefined) return
    const isOther = this.#agent.remoteParameters?.usernameFragment !== remote.usernameFragment
    if (isOther && !isAnswered && !isFirst) return
    if (isOther) {
      this.remoteCandidates.clear()
      this.#agent.setRemote(now, remote)
      if (this.#peerHasChanged) this.#agent.forgetFormer(now)
      this.#peerHasChanged = false
    }
    for (const text of remote.candidates) this.remoteCandidates.add(now, text)
    if (remote.endOfCandidates) this.remoteCandidates.learn(now, undefined)
    if (isAnswered || !this.#renewal.hasBegun) this.#startDtls(now, plan)
  }

  /** What was trickled, or the end of it: if it is for the generation that is in force here. */
  learn(now: Millis, usernameFragment: string, candidate: TrickledCandidate | undefined): void {
    if (this.#agent.remoteParameters?.usernameFragment === usernameFragment) this.remoteCandidates.learn(now, candidate)
  }

  /**
   * Whether the plan is for another DTLS association than there is: other fingerprints, so another endpoint, another tls-id,
   * or other roles (RFC 8842 §3.1). ICE credentials alone do not make one.
   */
  needsRestart({ remote, dtlsRole }: TransportPlan): boolean {
    if (this.#dtls === undefined || remote === undefined || dtlsRole === undefined) return false
    return dtlsRole !== this.#dtlsRole || isOtherIdentity(remote, this.#begunWith)
  }

  /**
   * Gives up the association; {@link apply} begins the next one. Its datagrams are for the former peer: where the credentials
   * change too, nothing goes over its paths any more, and nothing is taken from them.
   */
  restart(now: Millis, { remote }: TransportPlan): readonly IceTransmit[] {
    const last = this.#closeDtls(now)
    this.#dtls = undefined
    this.#session = undefined
    this.#early.clear()
    this.#enterDtls('new')
    this.#peerHasChanged ||= remote?.usernameFragment !== this.#agent.remoteParameters?.usernameFragment
    return last
  }

  /**
   * What ends is the association, not the connection: the next one begins as soon as both sides agree on who is who. False where
   * an end is one, as after any description but those that {@link Renewal} tells of, or where the peer is another by `plan`.
   */
  renew(now: Millis, what: 'all' | 'dtls', plan?: TransportPlan): boolean {
    const { hasBegun } = this.#renewal // the end of SCTP and that of DTLS come one after the other
    if (!hasBegun && (this.#dtls === undefined || !this.#renewal.isExpected(now))) return false
    if (plan?.remote !== undefined && isOtherIdentity(plan.remote, this.#begunWith)) return false
    for (const { socketId, to } of this.#renewal.begin(now, what))
      this.#agent.pathLost(now, { socketId, to, broke: false, isLeft: true })
    this.#dtls?.close(now) // which gives its keys back; who would hear of it has left
    this.#dtls = this.#session = this.#dtlsRole = undefined
    this.#enterDtls('new')
    if (this.#agreed !== undefined) this.#startDtls(now, this.#agreed)
    return true
  }

  /** RFC 8445 §6.1.1. Said once: a conflict may have turned it since (§7.3.1.1). */
  setIceRole(role: IceRole): void {
    if (this.#iceRole === role) return
    this.#iceRole = role
    this.#agent.setRole(role)
  }

  addSocket(now: Millis, socket: LocalSocket): void {
    if (socket.neverFragments === true) this.wholeSockets.add(socket.socketId)
    if (socket.tcpType === undefined) this.relays.addSocket(now, socket)
    this.tcp.addSocket(now, socket)
  }

  removeSocket(now: Millis, socketId: SocketId): void {
    this.relays.removeSocket(now, socketId)
    this.tcp.removeSocket(now, socketId)
  }

  streamOpened(now: Millis, socketId: SocketId): void {
    if (!this.tcp.streamOpened(now, socketId)) this.relays.streamOpened(now, socketId)
  }

  streamClosed(now: Millis, socketId: SocketId, reason: string): void {
    if (!this.tcp.streamClosed(now, socketId)) this.relays.streamClosed(now, socketId, reason)
  }

  serverUnreachable(now: Millis, server: TransportAddress): void {
    this.#agent.serverUnreachable(now, server)
    this.relays.serverUnreachable(now, server)
  }

  // -- datagrams -----------------------------------------------------------------------------------------------------

  /** From a socket, or a stream, of the driver: what servers relayed comes out of it as if it had a socket of its own. */
  receive(now: Millis, socketId: number, from: TransportAddress, data: Uint8Array): void {
    const deliver = (...datagram: [SocketId, TransportAddress, Uint8Array]): void => this.#receive(now, ...datagram)
    if (this.tcp.receive(now, socketId, data, deliver)) return
    if (!this.relays.receive(now, socketId, from, data, deliver)) this.#receive(now, socketId, from, data)
  }

  /** It looks like a record of application data: it changes nothing about how others are looked at. */
  isData(data: Uint8Array): boolean {
    return this.#dtlsState === 'connected' && isDtlsData(data)
  }

  /** {@link receive} of such: the packet in it, valid until the next one, where there is nothing else to be told. */
  open(now: Millis, socketId: number, from: TransportAddress, data: Uint8Array): Uint8Array | undefined {
    if (this.#dtls === undefined || this.#agent.pathStatus(socketId, from) !== 'validated') {
      this.receive(now, socketId, from, data)
      return undefined
    }
    this.#traffic.received(now, data.length, this.#agent.countsOf(socketId, from))
    if (this.#heardFrom?.to !== from || this.#heardFrom.socketId !== socketId) this.#heardFrom = { socketId, to: from }
    const packet = this.#dtls.open(now, data)
    if (packet !== undefined) this.#agent.heard(now, socketId, from)
    return packet
  }

  #receive(now: Millis, socketId: number, from: TransportAddress, data: Uint8Array): void {
    if (this.#closed) return
    const kind = packetKind(data)
    if (kind === 'stun') this.#agent.receive(now, { socketId, from, data })
    else if (kind === 'dtls') this.#receiveDtls(now, socketId, from, data)
    else this.#counters.count(`${kind}Dropped`)
  }

  pollTransmit(now: Millis): IceTransmit | undefined {
    for (;;) {
      const held = this.tcp.pollTransmit() ?? this.relays.pollTransmit(now)
      if (held !== undefined) return held
      const check = this.#agent.pollTransmit(now)
      const data = check === undefined ? this.#pollDtls(now) : undefined
      if (check === undefined && data === undefined) return undefined
      const wire = check === undefined ? this.#datagram(now, this.#path()!, data!) : this.#wire(now, check)
      if (wire !== undefined) return wire // else it waits for a permission, or a connection, which is to be asked for first
    }
  }

  /** What bases of all kinds send, as what goes out of a socket or a stream. */
  #wire(now: Millis, datagram: IceTransmit): IceTransmit | undefined {
    return this.tcp.owns(datagram.socketId) ? this.tcp.wrap(now, datagram) : this.relays.wrap(now, datagram)
  }

  #pollDtls(now: Millis): Uint8Array | undefined {
    // Nothing answers the peer's close_notify: it took its consent to be sent to along (RFC 7675 §5.2).
    if (this.#dtls === undefined || this.#dtls.isSilent) return undefined
    return this.#path() === undefined || this.#dtlsState === 'closed' ? undefined : this.#dtls.pollTransmit(now)
  }

  /** What a record has before the packet in it. */
  get headBytes(): number {
    return this.#dtls?.headBytes ?? 0
  }

  /**
   * A packet of what runs over DTLS, which stands {@link headBytes} from the beginning of the memory, as a datagram, made in that
   * memory; `undefined` unless {@link canSend}, or where a relay cannot take it.
   */
  seal(now: Millis, memory: Uint8Array, length: number): IceTransmit | undefined {
    const path = this.#path()
    const recordBytes = path && this.#dtls?.sealInPlace(memory, 0, length)
    if (path === undefined || !recordBytes) return undefined
    const { socketId, to } = path
    if (socketId < 0 || this.tcp.owns(socketId)) return this.#datagram(now, path, memory.slice(0, recordBytes))
    this.#traffic.sent(now, recordBytes, this.#agent.countsOf(socketId, to))
    return this.#sealed.in(memory, recordBytes, socketId, to)
  }

  /** Until when the routine checks of ICE are all that there is to do; -1 when there is something else now. */
  get restsUntil(): Millis {
    const isSilent = this.#dtls?.isSilent === true && this.#events.length === 0
    return isSilent && this.relays.isEmpty && this.tcp.isEmpty && !this.#closed ? this.#agent.restsUntil : -1
  }

  nextTimeout(): Millis {
    const ways = Math.min(this.relays.nextTimeout(), this.tcp.nextTimeout())
    return Math.min(this.#agent.nextTimeout(), this.#dtls?.nextTimeout() ?? Infinity, ways, this.#renewal.deadline)
  }

  handleTimeout(now: Millis): void {
    this.relays.handleTimeout(now)
    this.tcp.handleTimeout(now)
    this.#agent.handleTimeout(now)
    this.#dtls?.handleTimeout(now)
    if (now >= this.#renewal.deadline) this.#enterDtls('closed')
  }

  /** close_notify, and then nothing: no event follows. The datagrams that are still to be sent. */
  close(now: Millis): readonly IceTransmit[] {
    if (this.#closed) return []
    this.#closed = true
    const last = this.#closeDtls(now)
    this.#dtlsState = 'closed'
    this.#agent.close()
    this.#early.clear()
    this.#events.clear()
    this.remoteCandidates.clear()
    return last
  }

  /** close_notify, where there is an association and a way to say it. */
  #closeDtls(now: Millis): readonly IceTransmit[] {
    const last: IceTransmit[] = []
    if (this.#dtlsState === 'closed') return last
    const path = this.#path()
    this.#dtls?.close(now)
    for (let data = this.#dtls?.pollTransmit(now); path && data; data = this.#dtls?.pollTransmit(now)) {
      const wire = this.#datagram(now, path, data)
      if (wire !== undefined) last.push(wire)
    }
    return last
  }

  /** Counted where it goes out: a relay may not take it, nor a connection that broke. */
  #datagram(now: Millis, { socketId, to }: Path, data: Uint8Array): IceTransmit | undefined {
    const wire = this.#wire(now, { socketId, to, data })
    if (wire !== undefined) this.#traffic.sent(now, data.length, this.#agent.countsOf(socketId, to))
    return wire
  }

  /** The pair that ICE has selected, nominated or not yet. */
  #path(): Path | undefined {
    return this.#agent.selectedPair
  }

  /**
   * SECURITY: DTLS is taken from validated paths alone; an address can be forged by anybody (CVE-2023-49786). But libwebrtc
   * sends over its new sockets as soon as it has offered an ICE restart, before we have the right to check them: what belongs
   * to an association that is up is taken where an authentic check came from (RFC 8445 §12.2).
   */
  #receiveDtls(now: Millis, socketId: number, from: TransportAddress, data: Uint8Array): void {
    const status = this.#agent.pathStatus(socketId, from)
    const mayBeData = this.#dtlsState === 'connected' && !isDtlsHandshake(data)
    const isTaken = status === 'validated' || (mayBeData && this.#agent.hasAsked(socketId, from))
    if (isTaken && this.#dtls !== undefined) {
      this.#heardFrom = { socketId, to: from }
      this.#receiveCounted(now, this.#dtls, { socketId, from, data })
    } else if (status === 'unknown' || !isDtlsHandshake(data)) this.#counters.count('dtlsFromUnvalidatedPath')
    else if (!this.#early.hold({ socketId, from, data })) this.#counters.count('earlyDtlsDropped')
  }

  #receiveCounted(now: Millis, dtls: DtlsConnection, { socketId, from, data }: IceDatagram): void {
    this.#traffic.received(now, data.length, this.#agent.countsOf(socketId, from))
    dtls.receive(now, data)
  }

  // -- DTLS ----------------------------------------------------------------------------------------------------------

  #startDtls(now: Millis, { dtlsRole, freshDtlsRole, remote }: TransportPlan): void {
    const role = this.#renewal.isOfAll ? freshDtlsRole : dtlsRole
    if (this.#dtls !== undefined || role === undefined || remote === undefined) return
    this.#dtlsRole = role
    const { fingerprints, tlsId } = remote // and nothing else of the plan
    this.#begunWith = { fingerprints, ...(tlsId !== undefined && { tlsId }) }
    this.#dtls = newDtlsAssociation(this.#options, role, remote)
    this.#dtlsIsReachable(now)
  }

  /** RFC 8842 §5.5: the client begins once ICE can carry its first flight; what came early from the peer counts now. */
  #dtlsIsReachable(now: Millis): void {
    if (this.#dtls === undefined || this.#path() === undefined) return
    if (this.#dtlsState === 'new') {
      this.#enterDtls('connecting')
      this.#dtls.start(now)
    }
    const early = this.#early.take((socketId, from) => this.#agent.pathStatus(socketId, from) === 'validated')
    for (const datagram of early) this.#receiveCounted(now, this.#dtls, datagram)
  }

  #enterDtls(state: DtlsTransportState, error?: ProtocolError): void {
    if (this.#dtlsState === state) return
    this.#dtlsState = state
    if (state !== 'new' && state !== 'connecting') this.#renewal.settle()
    this.#events.push({ type: 'dtlsState', transportId: this.id, state, ...(error && { error }) })
    if (state === 'closed' || state === 'failed') this.#events.push({ type: 'ended', error })
  }

  // -- events --------------------------------------------------------------------------------------------------------

  /** Whether to ask {@link pollEvent}: for nothing it is asked too often. */
  get hasEvents(): boolean {
    return this.#events.length > 0 || this.#agent.hasEvents || this.#dtls?.hasEvents === true
  }

  /** What happened below, in order; `now` because some of it has consequences. */
  pollEvent(now: Millis): TransportEvent | undefined {
    for (;;) {
      const told = this.#events.shift()
      if (told !== undefined || this.#closed) return told
      const iceEvent = this.#agent.pollEvent()
      if (iceEvent !== undefined) this.#handleIce(now, iceEvent)
      else {
        const dtlsEvent = this.#dtls?.pollEvent()
        if (dtlsEvent === undefined) return undefined
        if (dtlsEvent.type === 'data') {
          // A record that DTLS accepted is of the peer alone, and new: it is there.
          if (this.#heardFrom !== undefined) this.#agent.heard(now, this.#heardFrom.socketId, this.#heardFrom.to)
          return dtlsEvent
        }
        this.#handleDtls(now, dtlsEvent)
      }
    }
  }

  #handleIce(now: Millis, event: IceEvent): void {
    const transportId = this.id
    switch (event.type) {
      case 'localCandidate': {
        // RFC 9143 §7.1.3: the first section that is left speaks for the transport.
        const section = { mid: this.mids[0] ?? this.mid, sectionIndex: this.sectionIndex }
        return this.gathering.tellCandidate(event.candidate, section)
      }
      case 'candidateError':
        return this.gathering.tellError(event)
      case 'gatheringState':
        return this.#events.push({ ...event, transportId })
      case 'state':
        return this.#events.push({ type: 'iceState', transportId, state: event.state })
      case 'selectedPair':
        this.relays.selected(now, event.pair.socketId, event.pair.to)
        this.#events.push({ type: 'selectedPair', transportId, pair: event.pair })
        return this.#dtlsIsReachable(now)
      case 'nominated':
        this.relays.nominated(now)
        return this.tcp.nominated(now)
      case 'pathValidated':
        return this.#dtlsIsReachable(now)
    }
  }

  #handleDtls(now: Millis, event: Exclude<DtlsEvent, { type: 'data' }>): void {
    switch (event.type) {
      case 'connected':
        this.#session = event
        return this.#enterDtls('connected')
      case 'closed':
        if (event.by === 'peer' && this.renew(now, 'dtls')) return
        // RFC 7675 §5.2: an authenticated close of the session revokes consent at once.
        if (event.by === 'peer') this.#agent.revokeConsent(now)
        return this.#enterDtls('closed')
      case 'failed':
        return this.#enterDtls('failed', event.error)
    }
  }
}
