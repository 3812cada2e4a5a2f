import { type Millis, SparseMap, SparseSet } from '../core/index.js'
import type { SocketId, TransportAddress } from '../ice/types.js'
import type { PeerContract, PeerEvent, TransportId } from '../peer/contract.js'
import { ApiTimers } from './api-timers.js'
import { ArrivalClock } from './arrival-clock.js'
import { defaultIo } from './default-io.js'
import { DrainSlice } from './drain-slice.js'
import type { DriverCounters, DriverOptions, ResourceReport } from './driver-options.js'
import { gather, type IceServer } from './gather.js'
import type { Io, IoTimer, LocalAddress, StreamHandlers, StreamSocket } from './io.js'
import { HostNames } from './host-names.js'
import { LastWords } from './last-words.js'
import { Listeners } from './listeners.js'
import { LocalSockets } from './local-sockets.js'
import { NameLookups } from './name-lookups.js'
import { networkWatchOf } from './network-watch.js'
import { OwnTasks } from './own-tasks.js'
import { PathLoss } from './path-loss.js'
import { Refusals } from './refusals.js'
import { RoutineTurn } from './routine-turn.js'
import { SLICE } from './slice.js'
import { Streams } from './streams.js'
import { turnBudgetOf } from './turn-budget.js'
import type { TurnBudget } from './turn-budget.js'

/** A microtask of its own, for a third of what `queueMicrotask` takes. */
const SETTLED = Promise.resolve()

/** Never waited for: closing takes 2.5 s at most. */
const LONGER_THAN_CLOSING_MILLIS = 60_000

/**
 * Runs one peer: gives it datagrams and time, takes datagrams, events and its next deadline from it.
 *
 *   idle ──wake(), datagram, timer──▶ scheduled ──task──▶ draining ──nothing left──▶ idle
 *                                         ▲                  │
 *                                         └── slice is over ─┘          close(), from anywhere ──▶ closed
 */
export class Driver {
  readonly #io: Io
  readonly #peer: PeerContract
  readonly #options: DriverOptions
  readonly #sockets: LocalSockets
  readonly #routine: RoutineTurn
  readonly #streams: Streams
  readonly #listeners: Listeners
  readonly #lookups: NameLookups
  readonly #hostNames: HostNames | undefined
  readonly #refusals: Refusals
  readonly #timer: IoTimer
  readonly #apiTimers: ApiTimers
  readonly #ownTasks: OwnTasks
  readonly #arrivals: ArrivalClock
  readonly #turnBudget: TurnBudget
  /** The newest gathering of each transport. */
  readonly #gatherings = new SparseMap<TransportId, number>()
  readonly #background = new SparseSet<Promise<void>>()
  #iceServers: readonly IceServer[]
  #phase: 'idle' | 'scheduled' | 'draining' | 'closed' = 'idle'
  #wokenWhileDraining = false
  #armedAt: Millis = Infinity
  /** The deadline has come, and nobody has looked at what is due; and whether this pass does. */
  #isDue = false
  #looksAtDue = false
  readonly #slice = new DrainSlice()
  #moreToSend = false
  #lastGathering = 0
  #lastSocketId = 0
  #queuedDrains = 0
  /** The turn of the event loop, as the budget counts them. */
  #queuedIn = 0
  readonly #pathLoss: PathLoss | undefined
  readonly #addressesChanged = (present: ReadonlySet<string>): void => this.#onAddresses(present)
  #closing: Promise<void> | undefined
  #lastWords: LastWords | undefined

  constructor(options: DriverOptions) {
    this.#options = options
    this.#io = options.io ?? defaultIo()
    this.#peer = options.peer
    this.#iceServers = options.iceServers
    this.#turnBudget = turnBudgetOf(this.#io)
    this.#lookups = new NameLookups(this.#io)
    this.#hostNames = options.mdnsHostCandidates === true ? new HostNames(this.#io) : undefined
    const { portRange, onPathLost } = options
    const nextSocketId = (): SocketId => ++this.#lastSocketId
    this.#arrivals = new ArrivalClock(this.#io)
    this.#sockets = new LocalSockets({
      io: this.#io,
      mux: options.udpMux,
      portRange,
      isPlain: options.fastPath === false,
      polls: options.busyPolling !== false,
      forbidsFragmentation: options.pathMtuDiscovery === true,
      nextSocketId,
      receive: (socketId, from, data) => this.#receive(socketId, from, data),
    })
    this.#routine = new RoutineTurn(this.#peer, this.#sockets, this.#arrivals)
    this.#streams = new Streams({
      io: this.#io,
      ca: options.serverCertificateAuthorities,
      opened: (socketId, local) => this.#tellPeer((now) => this.#peer.streamOpened(now, socketId, local)),
      received: (socketId, from, data) => this.#receive(socketId, from, data),
      closed: (socketId, reason) => this.#tellPeer((now) => this.#peer.streamClosed(now, socketId, reason)),
    })
    this.#listeners = new Listeners({
      io: this.#io,
      mux: options.tcpMux,
      portRange,
      nextSocketId,
      accept: (...came) => this.#accept(...came),
    })
    this.#pathLoss =
      onPathLost &&
      new PathLoss({
        transports: () => this.#peer.transports,
        queueTask: (task) => this.#io.queueTask(task),
        isOver: () => this.#phase === 'closed',
        onPathLost,
      })
    this.#refusals = new Refusals(this.#io)
    this.#timer = this.#io.createTimer(() => this.#onTimer())
    this.#apiTimers = new ApiTimers(this.#io)
    this.#ownTasks = new OwnTasks(this.#io)
  }

  /** Something was asked of the peer: drains it soon, in a task of its own. Many calls, one drain. */
  wake(): void {
    if (this.#phase === 'draining') this.#wokenWhileDraining = true
    if (this.#phase !== 'idle') return
    this.#phase = 'scheduled'
    this.#arrivals.turn()
    this.#queuedIn = this.#turnBudget.turn
    this.#queuedDrains++
    this.#io.queueTask(this.#onDrainTask)
  }

  /** One function for all drains. */
  readonly #onDrainTask = (): void => {
    this.#queuedDrains--
    this.#drain()
  }

  /** Sends what the peer has to send, in this call. Events stay for the next task. */
  flush(): void {
    if (this.#phase === 'closed') return
    this.#transmit(SLICE.flushTransmits, Infinity)
    this.wake()
  }

  /** The clock of everything that the peer is told. */
  now(): Millis {
    this.#arrivals.turn() // the peer is told no time that is before another one
    return this.#io.now()
  }

  /** Runs a callback in a task of its own, in order; also after {@link close}, which has tasks of its own to queue. */
  queueTask(callback: () => void): void {
    this.#ownTasks.queueTask(callback)
  }

  /** The same when promises that wait for what ran last are done, as between two tasks, but in this turn of the event loop. */
  queueTick(callback: () => void): void {
    this.#ownTasks.queueTick(callback)
  }

  /** A timer of the layer above: calls back from a task of its own, on the clock of {@link now}; not after `close()`. */
  createTimer(callback: () => void): IoTimer {
    return this.#apiTimers.create(callback)
  }

  /** For gatherings that begin after it. */
  setIceServers(servers: readonly IceServer[]): void {
    this.#iceServers = servers
  }

  /**
   * The end, after the peer's own `close`: what it still has to send goes on the wire in this call, nothing is told
   * from now on, and everything held is let go. Settles, never rejects, when the last handle is gone, which is at once unless
   * relays have to be given back: see {@link LastWords}. Idempotent.
   */
  close(): Promise<void> {
    this.#closing ??= this.#end()
    return this.#closing
  }

  /** {@link close}, for who waits for it: the process stays alive until it settles. */
  async released(): Promise<void> {
    const closing = this.close()
    if (this.#lastWords?.isOver === false) {
      const alive = this.#io.createTimer(() => {})
      alive.arm(this.#io.now() + LONGER_THAN_CLOSING_MILLIS)
      await closing
      alive.arm(Infinity)
    }
    await closing
  }

  resources(): ResourceReport {
    const draining = this.#phase === 'draining' ? 1 : 0
    return {
      sockets: this.#sockets.open + this.#streams.open + this.#listeners.open + this.#refusals.pending,
      timers: this.#apiTimers.armed + (this.#armedAt < Infinity || this.#lastWords?.isOver === false ? 1 : 0),
      lookups: this.#lookups.pending + (this.#hostNames?.open ?? 0),
      pendingTasks: draining + this.#queuedDrains + this.#ownTasks.pending,
    }
  }

  get counters(): DriverCounters {
    return {
      bindErrors: this.#sockets.bindErrors + this.#listeners.listenErrors,
      sendErrors: this.#sockets.sendErrors + this.#streams.dropped,
      lookupsRefused: this.#lookups.refused,
    }
  }

  // -- draining ---------------------------------------------------------------------------------------------------

  /** The peer sees a datagram at once; all that came in this turn of the event loop are answered by one drain. */
  #receive(socketId: SocketId, from: TransportAddress, data: Uint8Array): void {
    if (this.#phase === 'closed') {
      this.#lastWords?.hear((now) => this.#peer.receive(now, socketId, from, data))
      return
    }
    const now = this.#arrivals.timeOfArrival()
    if (this.#phase === 'idle' && this.#routine.receive(now, socketId, from, data)) return this.#arm()
    this.#peer.receive(now, socketId, from, data)
    this.wake()
  }

  #tellPeer(tell: (now: Millis) => void): void {
    if (this.#phase === 'closed') {
      this.#lastWords?.hear(tell)
      this.#sockets.settled()
    } else {
      tell(this.now())
      this.wake()
    }
  }

  /** Drained together with others whose time has come. */
  #onTimer(): void {
    this.#armedAt = Infinity
    this.#isDue = true
    if (this.#phase !== 'idle' || !this.#routine.ask(this.now())) return this.wake()
    this.#isDue = false
    this.#arm()
  }

  #drain(): void {
    if (this.#phase !== 'scheduled') return // closed meanwhile
    const now = this.#io.now()
    const endOfTurn = this.#turnBudget.endOfTurn(this.#queuedIn)
    if (now >= endOfTurn) {
      this.#reschedule()
      return
    }
    this.#phase = 'draining'
    this.#slice.begin(now, endOfTurn)
    this.#pass()
  }

  /** One pass: timeouts, some transmits, events. What remains, and what events cause, is sent by further passes in the same slice. */
  #pass(): void {
    this.#wokenWhileDraining = false
    const now = this.now()
    this.#looksAtDue = this.#isDue || this.#armedAt <= now
    this.#isDue = false
    if (this.#looksAtDue) this.#peer.handleTimeout(now)
    const moreToSend = !this.#transmit(this.#slice.takeTransmits(), this.#slice.end)
    this.#slice.beginEvents(this.#io.now())
    this.#tell(moreToSend)
  }

  /** Sends up to `count` datagrams until `end`; true when there are no more. */
  #transmit(count: number, end: Millis): boolean {
    try {
      return this.#queueTransmits(count, end)
    } finally {
      this.#sockets.flush()
    }
  }

  #queueTransmits(count: number, end: Millis): boolean {
    let now = this.now()
    for (let sent = 0; sent < count; sent++) {
      if (sent % SLICE.transmitsPerLookAtClock === SLICE.transmitsPerLookAtClock - 1) {
        now = this.now()
        if (now >= end) return false
      }
      const transmit = this.#peer.pollTransmit(now)
      if (transmit === undefined) return true
      const { socketId, to, data } = transmit
      // Sockets that are bound have positive numbers, streams negative ones.
      if (socketId > 0) this.#sockets.queue(socketId, to, data)
      else this.#streams.send(socketId, data, transmit.isControl === true)
    }
    return false
  }

  #tell(moreToSend: boolean): void {
    for (;;) {
      const event = this.#peer.pollEvent()
      if (event === undefined) break
      if (this.#handleOwn(event)) continue
      this.#pathLoss?.watch(event)
      try {
        this.#options.onEvent(event)
      } finally {
        // The tick queue runs when the microtask queue is empty: what a promise of the application waits for in this
        // event has happened before the next one, as between two tasks, but without a turn of the event loop.
        this.#moreToSend = moreToSend
        void SETTLED.then(this.#hop)
      }
      return
    }
    this.#settle(moreToSend)
  }

  /** One function each for all events, none per event. */
  readonly #hop = (): void => process.nextTick(this.#afterEvent)

  readonly #afterEvent = (): void => {
    if (this.#phase !== 'draining') return
    if (this.#slice.eventTold(this.#io)) this.#reschedule()
    else this.#tell(this.#moreToSend)
  }

  #settle(moreToSend: boolean): void {
    // An answer to what was told does not wait for what is read next.
    const answers = this.#wokenWhileDraining && !moreToSend
    const isMore = answers ? !this.#transmit(this.#slice.takeTransmits(), this.#slice.end) : moreToSend
    this.#sockets.settled() // all that came is told: what waits may come
    if (isMore || this.#wokenWhileDraining) {
      if (this.#slice.isOver(this.#io.now())) this.#reschedule()
      else this.#pass()
    } else {
      this.#phase = 'idle'
      this.#arm()
      // What was due at once when it was asked for; looked at once, lest that should go on for ever.
      this.#isDue = !this.#looksAtDue && this.#armedAt <= this.#io.now()
      if (this.#isDue) this.wake()
      else this.#options.onDrained?.()
    }
  }

  #reschedule(): void {
    this.#phase = 'idle'
    this.wake()
  }

  #arm(): void {
    const at = this.#peer.nextTimeout()
    if (at === this.#armedAt) return
    this.#armedAt = at
    this.#timer.arm(at)
  }

  // -- what the peer wants of the driver ----------------------------------------------------------------------------

  #handleOwn(event: PeerEvent): boolean {
    switch (event.type) {
      case 'gather':
        this.#inBackground(this.#gather(event))
        return true
      case 'release':
        this.#release(event.transportId)
        return true
      case 'openStream':
        this.#streams.connect(event.transportId, event.stream)
        return true
      case 'closeStream':
        this.#streams.close(event.socketId)
        return true
      case 'resolve':
        this.#inBackground(this.#resolve(event.name, event.token))
        return true
      case 'gatheringState':
        if (event.state === 'complete') this.#refusals.stop(event.transportId)
        return false
      default:
        return false
    }
  }

  #release(transportId: TransportId): void {
    this.#gatherings.delete(transportId)
    if (this.#gatherings.size === 0) networkWatchOf(this.#io).remove(this.#addressesChanged)
    this.#refusals.stop(transportId)
    this.#sockets.release(transportId)
    this.#listeners.release(transportId)
    this.#streams.release(transportId)
  }

  async #gather(event: Extract<PeerEvent, { type: 'gather' }>): Promise<void> {
    const { transportId, usernameFragment, hidesHosts = false } = event
    const generation = ++this.#lastGathering
    this.#gatherings.set(transportId, generation)
    networkWatchOf(this.#io).add(this.#addressesChanged)
    const { udpMux, tcpMux, listensTcp } = this.#options
    const listens = (listensTcp === true || tcpMux !== undefined) && !hidesHosts
    await gather({
      transportId,
      iceServers: this.#iceServers,
      ca: this.#options.serverCertificateAuthorities,
      localAddresses: udpMux === undefined ? this.#localAddresses() : await udpMux.addresses(),
      usernameFragment,
      sharesSockets: udpMux !== undefined,
      sockets: this.#sockets,
      listeners: listens ? this.#listeners : undefined,
      listenAddresses: tcpMux === undefined ? undefined : await tcpMux.addresses(),
      lookups: this.#lookups,
      hostNames: this.#hostNames,
      refusals: this.#refusals,
      // A restart of ICE gathers again (RFC 8445 §2.4): the newest gathering alone may say that it is complete.
      tellPeer: (call) => {
        if (this.#phase === 'closed' || this.#gatherings.get(transportId) !== generation) return
        call(this.#peer, this.now())
        this.wake()
      },
    })
  }

  /** A peer, or whoever it is, has connected. */
  #accept(
    transportId: TransportId,
    listenerId: SocketId,
    stream: StreamSocket,
    from: TransportAddress,
  ): StreamHandlers | undefined {
    if (this.#phase === 'closed' || this.#streams.isFull) return undefined
    const socketId = this.#peer.streamAccepted(this.now(), listenerId, from)
    this.wake()
    return socketId === undefined ? undefined : this.#streams.accept(transportId, socketId, stream, from)
  }

  /**
   * Addresses of this host came or went. The peer hears of the sockets that it cannot use any more. Where no address is left
   * they stay: there is nothing to move to, and what comes back in time is often the same address.
   */
  #onAddresses(present: ReadonlySet<string>): void {
    const addresses = this.#localAddresses()
    if (addresses.length === 0) return
    let areOthers = !this.#sockets.haveAll(addresses)
    const removed = (transportId: TransportId, socketId: SocketId): void => {
      areOthers = true
      this.#tellPeer((now) => this.#peer.removeLocalSocket(now, transportId, socketId))
    }
    this.#sockets.removeAbsent(present, removed)
    this.#listeners.removeAbsent(present, removed)
    this.#hostNames?.removeAbsent(present)
    this.#pathLoss?.addressesChanged(() => areOthers)
  }

  #localAddresses(): readonly LocalAddress[] {
    const { includeLoopback = false, addresses } = this.#options
    return this.#io.localAddresses({ includeLoopback, ...(addresses !== undefined && { selection: addresses }) })
  }

  async #resolve(name: string, token: number): Promise<void> {
    const address = await this.#lookups.candidateAddress(name, () => this.#localAddresses())
    if (this.#phase === 'closed') return
    this.#peer.nameResolved(this.now(), token, address)
    this.wake()
  }

  #inBackground(work: Promise<void>): void {
    this.#background.add(work)
    void work.finally(() => this.#background.delete(work))
  }

  /** All that cannot wait happens in the call; what takes an answer of a server is waited for. */
  #end(): Promise<void> {
    this.#transmit(SLICE.flushTransmits, Infinity)
    this.#phase = 'closed'
    this.#armedAt = Infinity
    this.#timer.arm(Infinity)
    this.#apiTimers.close()
    networkWatchOf(this.#io).remove(this.#addressesChanged)
    const lookups = [this.#lookups.close(), this.#refusals.close(), this.#hostNames?.close()]
    this.#lastWords = new LastWords({
      io: this.#io,
      peer: this.#peer,
      transmit: () => this.#transmit(SLICE.flushTransmits, Infinity),
      handle: (event) => this.#handleOwn(event),
      unref: () => [this.#sockets, this.#listeners, this.#streams].forEach((held) => held.unref()),
    })
    this.#sockets.settled()
    return this.#leave(this.#lastWords, lookups)
  }

  async #leave(lastWords: LastWords, lookups: readonly (Promise<void> | undefined)[]): Promise<void> {
    if (!lastWords.isOver) await lastWords.over
    const gone = [this.#streams.closeAll(), this.#sockets.close(), this.#listeners.close()]
    await Promise.all([...lookups, ...gone, ...this.#background])
    await Promise.all([this.#sockets.close(), this.#listeners.close()]) // those that a gathering had just begun to bind
    // Close events are among the tasks, and a task may queue the next one.
    while (this.#queuedDrains + this.#ownTasks.pending > 0) await new Promise<void>((next) => this.#io.queueTask(next))
  }
}
