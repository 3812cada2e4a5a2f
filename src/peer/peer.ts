import type { Millis } from '../core/index.js'
import type { ChannelHandle, MessageKind, OpenChannel, ReleaseMemory } from '../datachannel/types.js'
import { parseCandidate } from '../ice/index.js'
import type { IceTransmit, LocalSocket, SocketId, StunServer, TransportAddress, TurnServer } from '../ice/types.js'
import {
  applyLocal,
  applyRemote,
  createAnswer,
  createOffer,
  initialState,
  mediaSections,
  needsNegotiation,
  negotiatedMedia,
  planBesidesCandidates,
  remoteRestartsIce,
  sectionsOn,
  withRemoteCandidate,
} from '../jsep/index.js'
import type { MediaSectionView, NegotiatedMedia, TransceiverInput } from '../jsep/media-types.js'
import type {
  DescribeInputs,
  DescriptionType,
  JsepError,
  JsepResult,
  JsepState,
  Plan,
  SignalingState,
} from '../jsep/types.js'
import type {
  CandidateError,
  CandidateInit,
  DescriptionPair,
  PeerConfiguration,
  PeerContract,
  PeerEvent,
  PeerOptions,
  SctpView,
  TransportId,
  TransportStatistics,
  TransportView,
} from './contract.js'
import { Counters, totalCounts } from './counters.js'
import { iceRole } from './ice-role.js'
import { DataTransport } from './data-transport.js'
import { Departures } from './departures.js'
import { DescriptionTexts } from './description-text.js'
import { LocalParameters } from './local-parameters.js'
import { isSecure } from './relay-session.js'
import { Routine } from './routine.js'
import { PeerEventQueue } from './peer-event-queue.js'
import { randomCname, randomSessionId } from './session-names.js'
import type { Transport } from './transport.js'
import { TransportSet } from './transport-set.js'

const CLOSED: JsepError = { kind: 'InvalidState', message: 'the connection is closed' }

/**
 * A whole WebRTC endpoint without I/O. Calls and datagrams change the layers; then {@link Peer.#pump} brings what came
 * out of each to the one above it, until nothing moves any more; then the driver asks for datagrams and events.
 */
export class Peer implements PeerContract {
  readonly #options: PeerOptions
  readonly #parameters: LocalParameters
  readonly #data: DataTransport
  readonly routine: Routine
  readonly #counters = new Counters()
  readonly #events = new PeerEventQueue()
  readonly #transports: TransportSet
  readonly #departures = new Departures()
  readonly #texts = new DescriptionTexts()
  #cname: string | undefined
  #negotiation: JsepState
  #wantsData = false
  #closed = false
  /** When data last came, and when it last went, whose consequences {@link Peer.#pump} has not carried on yet; -1 when it has. */
  #arrivedAt: Millis = -1
  #sentAt: Millis = -1
  /** The same of anything else that was asked: whoever asks wakes the driver, which polls. */
  #askedAt: Millis = -1
  /** All layers but that of data have nothing to send until something is carried to them. */
  #isQuiet = false

  constructor(options: PeerOptions) {
    this.#options = options
    this.#parameters = new LocalParameters(options.crypto, options.certificates, options.iceParameters)
    this.#transports = new TransportSet(options, this.#parameters)
    this.#data = new DataTransport(options)
    this.routine = new Routine(this.#data)
    this.#negotiation = initialState(randomSessionId(options.crypto))
  }

  // -- negotiation ---------------------------------------------------------------------------------------------------

  get signalingState(): SignalingState {
    return this.#closed ? 'closed' : this.#negotiation.signalingState
  }

  get localDescriptions(): DescriptionPair {
    return this.#texts.local(this.#negotiation, this.#transports.all)
  }

  get remoteDescriptions(): DescriptionPair {
    return this.#texts.remote(this.#negotiation)
  }

  get canTrickleIceCandidates(): boolean | null {
    return this.#negotiation.remoteTrickles ?? null
  }

  /** RFC 7022 §4.2: random, and told to nobody but the peer; with the first media. */
  get cname(): string {
    return (this.#cname ??= randomCname(this.#options.crypto))
  }

  needsNegotiation(transceivers: readonly TransceiverInput[]): boolean {
    if (this.#closed) return false
    if (this.#parameters.restartIsWanted) return true
    return needsNegotiation(this.#negotiation, { wantsData: this.#wantsData, transceivers })
  }

  createOffer(
    options: { readonly iceRestart?: boolean; readonly transceivers?: readonly TransceiverInput[] } = {},
  ): JsepResult<string> {
    const { iceRestart = false, transceivers = [] } = options
    return this.#create(
      (inputs) => createOffer(this.#negotiation, inputs),
      transceivers,
      (mid) => iceRestart || this.#parameters.isReplaced(this.#transports.of(mid)?.agent.localParameters),
    )
  }

  createAnswer(options: { readonly transceivers?: readonly TransceiverInput[] } = {}): JsepResult<string> {
    return this.#create(
      (inputs) => createAnswer(this.#negotiation, inputs),
      options.transceivers ?? [],
      (mid) => remoteRestartsIce(this.#negotiation, mid),
    )
  }

  setLocalDescription(now: Millis, type: DescriptionType, sdp: string): JsepError | undefined {
    return this.#setDescription(now, type, applyLocal, sdp)
  }

  setRemoteDescription(now: Millis, type: DescriptionType, sdp: string): JsepError | undefined {
    return this.#setDescription(now, type, applyRemote, sdp)
  }

  /** W3C addIceCandidate: what is no candidate is refused before the descriptions change. */
  addIceCandidate(now: Millis, candidate: CandidateInit): JsepError | undefined {
    if (this.#closed) return CLOSED
    const parsed = candidate.candidate === '' ? undefined : parseCandidate(candidate.candidate)
    const usernameFragment = candidate.usernameFragment ?? parsed?.usernameFragment ?? null
    const added = withRemoteCandidate(this.#negotiation, { ...candidate, usernameFragment })
    if (!added.ok) return added.error
    if (candidate.candidate !== '' && parsed === undefined)
      return { kind: 'Operation', message: `not a candidate: ${JSON.stringify(candidate.candidate.slice(0, 100))}` }
    this.#negotiation = added.value.state
    this.#transports.learn(now, added.value, parsed && { text: candidate.candidate, parsed })
    this.#askedAt = now
    return undefined
  }

  restartIce(): void {
    this.#parameters.replace(this.#transports.fragmentsInForce)
  }

  setConfiguration(now: Millis, configuration: PeerConfiguration): void {
    if (this.#closed) return
    const { iceServersChanged, iceTransportPolicy } = configuration
    const isOutdated = iceServersChanged || iceTransportPolicy !== this.#transports.iceTransportPolicy
    if (isOutdated) this.#parameters.outdate(this.#transports.fragmentsInForce)
    for (const transport of this.#transports.reconfigure(now, configuration, isOutdated)) this.#drop(now, transport)
    this.#pump(now)
  }

  mediaSections(side: 'local' | 'remote'): readonly MediaSectionView[] {
    return mediaSections(this.#negotiation, side)
  }

  negotiatedMedia(mid: string): NegotiatedMedia | undefined {
    return negotiatedMedia(this.#negotiation, mid, this.cname)
  }

  transportOf(mid: string): TransportId | undefined {
    return this.#transports.carrying(planBesidesCandidates(this.#negotiation), mid)?.id
  }

  #create(
    create: (inputs: DescribeInputs) => JsepResult<{ state: JsepState; sdp: string }>,
    transceivers: readonly TransceiverInput[],
    restarts: (mid: string) => boolean,
  ): JsepResult<string> {
    if (this.#closed) return { ok: false, error: CLOSED }
    this.#negotiation = this.#transports.withRoles(this.#negotiation)
    const created = create({
      wantsData: this.#wantsData,
      transceivers,
      cname: transceivers.length === 0 ? '' : this.cname,
      bundlePolicy: this.#options.bundlePolicy,
      iceLite: this.#options.iceLite ?? false,
      ...this.#data.describing,
      transportOf: (mid) => {
        const applied = this.#transports.of(mid)?.agent.localParameters
        return this.#parameters.describe(mid, applied, restarts(mid), this.#transports.prefetchedFor(mid))
      },
    })
    if (!created.ok) return created
    this.#negotiation = created.value.state
    return { ok: true, value: created.value.sdp }
  }

  #setDescription(now: Millis, type: DescriptionType, apply: typeof applyLocal, sdp: string): JsepError | undefined {
    if (this.#closed) return CLOSED
    this.endOfBatch()
    const applied = apply(this.#transports.withRoles(this.#negotiation), type, sdp)
    if (!applied.ok) return applied.error
    this.#negotiation = applied.value.state
    this.#apply(now, applied.value.plan)
    if (type === 'answer') this.#parameters.settle(this.#transports.fragmentsInForce)
    for (const transport of type === 'answer' ? this.#transports.pool.end() : []) this.#drop(now, transport)
    if (type === 'rollback') this.#transports.pool.restore(now)
    this.#askedAt = now
    return undefined
  }

  // -- the plan becomes transports -----------------------------------------------------------------------------------

  #apply(now: Millis, plan: Plan): void {
    const { signalingState, firstOfferBy } = this.#negotiation
    const isAnswered = signalingState !== 'have-remote-offer' && signalingState !== 'have-local-offer'
    // What is in force stays until the answer: the offer may be rolled back.
    const inForce = new Set(signalingState === 'stable' ? [] : this.#negotiation.agreed.transportOf.values())
    const { iceLite = false } = this.#options
    const left = this.#transports.arrange(plan, inForce, iceRole(firstOfferBy, iceLite))
    if (isAnswered && plan.sctp !== undefined) {
      this.#departures.say(this.#data.supersede(now, plan.sctp, this.#transports.of(plan.sctp.transportMid)))
    }
    for (const transport of left) this.#drop(now, transport)
    for (const [index, transportPlan] of plan.transports.entries()) {
      const transport = this.#transports.all[index]!
      transport.mids = sectionsOn(plan, transportPlan).map(({ mid }) => mid)
      transport.setIceRole(iceRole(firstOfferBy, iceLite, transportPlan.remote?.iceLite))
      // A new DTLS association, with an end for what ran over the one before (RFC 8842 §3.1).
      if (isAnswered && transport.needsRestart(transportPlan) && !this.#data.renew(now, transport, transportPlan)) {
        this.#departures.say([...this.#data.restart(now, transport), ...transport.restart(now, transportPlan)])
      }
      transport.apply(now, transportPlan, isAnswered)
    }
    const transport = plan.sctp && this.#transports.of(plan.sctp.transportMid)
    const assigned = isAnswered ? this.#data.apply(now, plan, transport, signalingState === 'stable') : []
    for (const { handle, id } of assigned) this.#events.push({ type: 'channelId', handle, id })
  }

  /** Bundled into another one, rejected, rolled back, or gathered ahead in vain. */
  #drop(now: Millis, transport: Transport): void {
    this.#parameters.giveBack(transport.agent.prefetchedParameters)
    this.#data.dtlsEnded(transport, undefined)
    this.#departures.leave(now, transport)
    this.#transports.forget(transport)
  }

  // -- what is true now ----------------------------------------------------------------------------------------------

  get transports(): readonly TransportView[] {
    return this.#transports.views
  }

  get sctp(): SctpView | undefined {
    return this.#data.view
  }

  statistics(transportId: TransportId): TransportStatistics | undefined {
    return this.#transports.byId(transportId)?.statistics
  }

  get counters(): Readonly<Record<string, number>> {
    return totalCounts('peer', this.#counters, [...this.#transports.alive, this.#data])
  }

  // -- for the driver ------------------------------------------------------------------------------------------------

  addLocalSocket(now: Millis, transportId: TransportId, socket: LocalSocket): void {
    this.#inform(now, transportId, (transport) => {
      this.#transports.own(socket.socketId, transport)
      transport.addSocket(now, socket)
    })
  }

  removeLocalSocket(now: Millis, transportId: TransportId, socketId: SocketId): void {
    this.#transports.disown(socketId)
    this.#inform(now, transportId, (transport) => {
      if (!this.#transports.pool.waiting.includes(transport)) return transport.removeSocket(now, socketId)
      // Its candidates would be told although they are gone. What takes its place has those of the network of now.
      this.#transports.pool.remove(transport)
      this.#drop(now, transport)
      this.#transports.pool.refill(now)
    })
  }

  addStunServer(now: Millis, transportId: TransportId, server: StunServer): void {
    const { iceTransportPolicy } = this.#transports
    this.#inform(now, transportId, ({ agent, relays }) => {
      if (!isSecure(server)) agent.addStunServer(now, server)
      else if (this.#options.iceLite !== true && iceTransportPolicy !== 'relay') relays.addServer(now, server)
    })
  }

  addTurnServer(now: Millis, transportId: TransportId, server: TurnServer): void {
    if (this.#options.iceLite !== true) this.#inform(now, transportId, ({ relays }) => relays.addServer(now, server))
  }

  serverUnreachable(now: Millis, transportId: TransportId, server: TransportAddress): void {
    this.#inform(now, transportId, (transport) => transport.serverUnreachable(now, server))
  }

  serverNotAsked(now: Millis, transportId: TransportId, error: CandidateError): void {
    this.#inform(now, transportId, (transport) => transport.gathering.tellError(error))
  }

  streamOpened(now: Millis, socketId: SocketId): void {
    this.#transports.bySocket(socketId)?.streamOpened(now, socketId)
    this.#pump(now)
  }

  streamAccepted(now: Millis, listenerId: SocketId, from: TransportAddress): SocketId | undefined {
    const transport = this.#transports.bySocket(listenerId)
    const socketId = transport?.tcp.accepted(now, listenerId, from)
    if (socketId !== undefined) this.#transports.own(socketId, transport!)
    this.#pump(now)
    return socketId
  }

  streamClosed(now: Millis, socketId: SocketId, reason: string): void {
    this.#transports.bySocket(socketId)?.streamClosed(now, socketId, reason)
    this.#transports.disown(socketId)
    this.#departures.streamClosed(now, socketId, reason)
    this.#pump(now)
  }

  endOfLocalSockets(now: Millis, transportId: TransportId): void {
    this.#inform(now, transportId, ({ relays }) => relays.endOfLocalSockets(now))
  }

  nameResolved(now: Millis, token: number, address: string | undefined): void {
    if (this.#closed) return
    for (const transport of this.#transports.all) transport.remoteCandidates.nameResolved(now, token, address)
    this.#pump(now)
  }

  receive(now: Millis, socketId: number, from: TransportAddress, data: Uint8Array): void {
    this.routine.end()
    if (this.#askedAt >= 0) this.#pump(now)
    const transport = this.#transports.bySocket(socketId)
    // What may change how the next datagram is looked at is carried on at once, and after all that came before it.
    if (transport?.isData(data) === true) {
      const packet = transport.open(now, socketId, from, data)
      this.#arrivedAt = now
      return packet && this.#data.receive(now, transport, packet)
    }
    this.endOfBatch()
    if (transport !== undefined) transport.receive(now, socketId, from, data)
    else if (!this.#departures.receive(now, socketId, from, data)) return this.#counters.count('unknownSocket')
    this.#pump(now)
  }

  endOfBatch(): void {
    if (this.#arrivedAt < 0 && this.#sentAt < 0 && this.#askedAt < 0) return
    this.#pump(Math.max(this.#arrivedAt, this.#sentAt, this.#askedAt))
  }

  #inform(now: Millis, transportId: TransportId, tell: (transport: Transport) => void): void {
    const transport = this.#transports.byId(transportId)
    if (this.#closed || transport === undefined) return
    tell(transport)
    this.#askedAt = now
  }

  nextTimeout(): Millis {
    const routine = this.#askedAt < 0 ? this.routine.nextTimeout() : undefined
    if (routine !== undefined) return routine
    const farewell = this.#departures.nextTimeout()
    if (this.#closed) return farewell
    const next = Math.min(farewell, this.#data.nextTimeout(), this.#transports.nextTimeout())
    const isCarriedOn = Math.max(this.#arrivedAt, this.#sentAt, this.#askedAt) < 0
    const isDone = farewell === Infinity && isCarriedOn && this.#events.isEmpty
    if (isDone) this.routine.begin(this.#transports)
    return next
  }

  handleTimeout(now: Millis): void {
    this.endOfBatch()
    this.#departures.handleTimeout(now)
    if (!this.#closed) {
      this.#transports.handleTimeout(now)
      this.#data.handleTimeout(now)
    }
    this.#pump(now)
  }

  /** ICE first, for nothing works without it; then handshakes; once there is no more of it, what the application sends. */
  pollTransmit(now: Millis): IceTransmit | undefined {
    this.routine.end()
    if (this.#arrivedAt >= 0 || this.#askedAt >= 0) this.#pump(now)
    for (;;) {
      const sooner = this.#isQuiet
        ? undefined
        : (this.#departures.pollTransmit(now) ?? (this.#closed ? undefined : this.#transports.pollTransmit(now)))
      if (sooner !== undefined) return sooner
      this.#isQuiet = true
      const datagram = this.#closed ? undefined : this.#data.pollTransmit(now)
      // Sending has consequences: bufferedAmount falls, and a stream that is empty now may be reset.
      if (datagram !== undefined) this.#sentAt = now
      if (datagram !== undefined || this.#closed || !this.#pump(now)) return datagram
    }
  }

  pollEvent(): PeerEvent | undefined {
    this.endOfBatch()
    const event = this.#events.shift()
    if (event?.type === 'channel' && event.event.type === 'message') this.#data.messageTaken(event.event.data.length)
    return event
  }

  // -- data channels -------------------------------------------------------------------------------------------------

  openChannel(parameters: OpenChannel): ChannelHandle | undefined {
    if (this.#closed) return undefined
    const handle = this.#data.channels.open(parameters)
    if (handle !== undefined) this.#wantsData = true
    return handle
  }

  channelId(handle: ChannelHandle): number | undefined {
    return this.#data.channels.id(handle)
  }

  sendMessage(now: Millis, handle: ChannelHandle, kind: MessageKind, data: Uint8Array, release?: ReleaseMemory): void {
    if (!this.#closed) this.#data.channels.send(now, handle, kind, data, release)
  }

  setUnreadBytes(bytes: number): boolean {
    return !this.#closed && this.#data.setUnreadBytes(bytes)
  }

  closeChannel(now: Millis, handle: ChannelHandle): void {
    if (this.#closed) return
    this.#data.channels.close(now, handle)
    this.#pump(now)
  }

  // -- the end -------------------------------------------------------------------------------------------------------

  close(now: Millis): void {
    if (this.#closed) return
    this.#closed = true
    this.#events.clear()
    this.#departures.say(this.#data.close(now))
    for (const transport of this.#transports.alive) this.#departures.leave(now, transport)
    this.#transports.forgetSockets()
    this.#pump(now)
  }

  // -- where the protocols meet --------------------------------------------------------------------------------------

  /** Carries what came out of each layer to the next, until all are silent. Whether anything was carried. */
  #pump(now: Millis): boolean {
    this.#arrivedAt = this.#sentAt = this.#askedAt = -1
    this.#isQuiet = false
    this.routine.end()
    for (let hasMoved = false; ; hasMoved = true) {
      let moved = this.#departures.tell(now, this.#events)
      if (this.#closed) return moved || hasMoved
      for (const transport of this.#transports.alive)
        if (transport.hasEvents) moved = this.#pumpTransport(now, transport) || moved
      let dataMoved = false
      for (let event = this.#data.pollEvent(now); event !== undefined; event = this.#data.pollEvent(now)) {
        dataMoved = true
        if (event.type === 'sctpState' || event.type === 'messages') this.#events.push(event)
        else this.#events.push({ type: 'channel', event })
      }
      if (!dataMoved) return moved || hasMoved // nothing above those that are silent has changed
    }
  }

  #pumpTransport(now: Millis, transport: Transport): boolean {
    let moved = false
    for (let event = transport.pollEvent(now); event !== undefined; event = transport.pollEvent(now)) {
      moved = true
      if (event.type === 'data') this.#data.receive(now, transport, event.data)
      else if (event.type === 'ended') this.#data.dtlsEnded(transport, event.error)
      else this.#events.push(event)
      if (event.type === 'openStream') this.#transports.own(event.stream.socketId, transport)
      if (event.type === 'closeStream') this.#transports.disown(event.socketId)
      if (event.type === 'selectedPair') this.#data.pairSelected(now, transport, event.pair)
      if (event.type === 'dtlsState' && event.state === 'connected') this.#data.dtlsConnected(now, transport)
    }
    return moved
  }
}
