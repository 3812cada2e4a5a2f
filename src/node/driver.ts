import type { Millis } from '../core/index.js'
import { Deque } from '../core/index.js'
import type { SocketId, TransportAddress } from '../ice/types.js'
import type { PeerContract, PeerEvent, TransportId } from '../peer/contract.js'
import { ApiTimers } from './api-timers.js'
import { defaultIo } from './default-io.js'
import { gather } from './gather.js'
import type { IceServer } from './gather.js'
import type { Io, IoTimer, PortRange } from './io.js'
import { LocalSockets } from './local-sockets.js'
import { NameLookups } from './name-lookups.js'
import { turnBudgetOf } from './turn-budget.js'
import type { TurnBudget } from './turn-budget.js'

/** One driver's slice of a turn: transmits, then events, which get at least their own millisecond. */
const SLICE_MILLIS = 4
const EVENTS_MILLIS = 1
/** Where the clock stands still (a virtual one), and between two looks at it, the count is what ends a slice. */
const SLICE_TRANSMITS = 256
const TRANSMITS_PER_LOOK_AT_CLOCK = 16
const SLICE_EVENTS = 1024
/** What {@link Driver.flush} sends at most, in the call itself; the rest follows in tasks. */
const FLUSH_TRANSMITS = 4096

export interface DriverOptions {
  /** This machine by default. */
  readonly io?: Io
  readonly peer: PeerContract
  /** Validated before; what is not `stun:` is not asked here. */
  readonly iceServers: readonly IceServer[]
  /** Candidates on loopback addresses even where there are others. */
  readonly includeLoopback?: boolean
  readonly portRange?: PortRange
  /**
   * Told in order, every one in a task of its own as far as scripts can tell: all microtasks that it causes have run
   * before the next. May call anything here and on the peer, `close()` too. Nothing is told after `close()`.
   */
  readonly onEvent: (event: PeerEvent) => void
  /** Everything was sent, and everything told, for now. */
  readonly onDrained?: () => void
}

/** What a connection holds of the process, in numbers. All zero once `close()` has settled. */
export interface ResourceReport {
  readonly sockets: number
  readonly timers: number
  readonly lookups: number
  /** Drains and queued tasks that have not run yet. */
  readonly pendingTasks: number
}

/** What the operating system refused, since the beginning. */
export interface DriverCounters {
  readonly bindErrors: number
  readonly sendErrors: number
  readonly lookupsRefused: number
}

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
  readonly #lookups: NameLookups
  readonly #timer: IoTimer
  readonly #apiTimers: ApiTimers
  readonly #turnBudget: TurnBudget
  /** Errors that gathering met before the peer could: told like the peer's own. */
  readonly #ownEvents = new Deque<PeerEvent>()
  /** The newest gathering of each transport. */
  readonly #gatherings = new Map<TransportId, number>()
  readonly #background = new Set<Promise<void>>()
  #iceServers: readonly IceServer[]
  #phase: 'idle' | 'scheduled' | 'draining' | 'closed' = 'idle'
  #wokenWhileDraining = false
  #armedAt: Millis = Infinity
  #sliceEnd: Millis = 0
  #eventsEnd: Millis = 0
  #sliceEvents = 0
  #lastGathering = 0
  #queuedDrains = 0
  #queuedTasks = 0
  #closing: Promise<void> | undefined

  constructor(options: DriverOptions) {
    this.#options = options
    this.#io = options.io ?? defaultIo()
    this.#peer = options.peer
    this.#iceServers = options.iceServers
    this.#turnBudget = turnBudgetOf(this.#io)
    this.#lookups = new NameLookups(this.#io)
    this.#sockets = new LocalSockets({
      io: this.#io,
      portRange: options.portRange,
      receive: (socketId, from, data) => this.#receive(socketId, from, data),
    })
    this.#timer = this.#io.createTimer(() => this.#onTimer())
    this.#apiTimers = new ApiTimers(this.#io)
  }

  /** Something was asked of the peer: drains it soon, in a task of its own. Many calls, one drain. */
  wake(): void {
    if (this.#phase === 'draining') this.#wokenWhileDraining = true
    if (this.#phase !== 'idle') return
    this.#phase = 'scheduled'
    this.#queuedDrains++
    this.#io.queueTask(() => {
      this.#queuedDrains--
      this.#drain()
    })
  }

  /** Sends what the peer has to send, in this call. Events stay for the next task. */
  flush(): void {
    if (this.#phase === 'closed') return
    this.#transmit(FLUSH_TRANSMITS, Infinity)
    this.wake()
  }

  /** The clock of everything that the peer is told. */
  now(): Millis {
    return this.#io.now()
  }

  /** Runs a callback in a task of its own, in order; also after {@link close}, which has tasks of its own to queue. */
  queueTask(callback: () => void): void {
    this.#queuedTasks++
    this.#io.queueTask(() => {
      this.#queuedTasks--
      callback()
    })
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
   * from now on, and everything held is let go. Settles, never rejects, when the last handle is gone. Idempotent.
   */
  close(): Promise<void> {
    this.#closing ??= this.#end()
    return this.#closing
  }

  resources(): ResourceReport {
    const draining = this.#phase === 'draining' ? 1 : 0
    return {
      sockets: this.#sockets.open,
      timers: (this.#armedAt < Infinity ? 1 : 0) + this.#apiTimers.armed,
      lookups: this.#lookups.pending,
      pendingTasks: draining + this.#queuedDrains + this.#queuedTasks,
    }
  }

  get counters(): DriverCounters {
    return {
      bindErrors: this.#sockets.bindErrors,
      sendErrors: this.#sockets.sendErrors,
      lookupsRefused: this.#lookups.refused,
    }
  }

  // -- draining ---------------------------------------------------------------------------------------------------

  /** The peer sees a datagram at once; all that came in this turn of the event loop are answered by one drain. */
  #receive(socketId: SocketId, from: TransportAddress, data: Uint8Array): void {
    if (this.#phase === 'closed') return
    this.#peer.receive(this.#io.now(), socketId, from, data)
    this.wake()
  }

  /** The timer calls back in a task of its own already. */
  #onTimer(): void {
    this.#armedAt = Infinity
    if (this.#phase === 'idle') this.#phase = 'scheduled'
    this.#drain()
  }

  #drain(): void {
    if (this.#phase !== 'scheduled') return // closed meanwhile, or a due timer drained before
    const now = this.#io.now()
    const endOfTurn = this.#turnBudget.endOfTurn()
    if (now >= endOfTurn) {
      this.#reschedule()
      return
    }
    this.#phase = 'draining'
    this.#sliceEnd = Math.min(now + SLICE_MILLIS, endOfTurn)
    this.#sliceEvents = 0
    this.#pass()
  }

  /** One pass: timeouts, transmits, events. What events cause is sent by a further pass in the same slice. */
  #pass(): void {
    this.#wokenWhileDraining = false
    const now = this.#io.now()
    if (this.#peer.nextTimeout() <= now) this.#peer.handleTimeout(now)
    const moreToSend = !this.#transmit(SLICE_TRANSMITS, this.#sliceEnd)
    // Neither starves the other: with more to send, events have their time all the same, and then the slice ends.
    this.#eventsEnd = Math.max(this.#sliceEnd, this.#io.now() + EVENTS_MILLIS)
    this.#tell(moreToSend)
  }

  /** Sends up to `count` datagrams until `end`; true when there are no more. */
  #transmit(count: number, end: Millis): boolean {
    let now = this.#io.now()
    for (let sent = 0; sent < count; sent++) {
      if (sent % TRANSMITS_PER_LOOK_AT_CLOCK === TRANSMITS_PER_LOOK_AT_CLOCK - 1) {
        now = this.#io.now()
        if (now >= end) return false
      }
      const transmit = this.#peer.pollTransmit(now)
      if (transmit === undefined) return true
      this.#sockets.send(transmit.socketId, transmit.to, transmit.data)
    }
    return false
  }

  #tell(moreToSend: boolean): void {
    for (;;) {
      const event = this.#ownEvents.shift() ?? this.#peer.pollEvent()
      if (event === undefined) break
      if (this.#handleOwn(event)) continue
      try {
        this.#options.onEvent(event)
      } finally {
        // The tick queue runs when the microtask queue is empty: what a promise of the application waits for in this
        // event has happened before the next one, as between two tasks, but without a turn of the event loop.
        queueMicrotask(() => process.nextTick(() => this.#afterEvent(moreToSend)))
      }
      return
    }
    this.#settle(moreToSend)
  }

  #afterEvent(moreToSend: boolean): void {
    if (this.#phase !== 'draining') return
    const sliceIsOver = ++this.#sliceEvents >= SLICE_EVENTS || this.#io.now() >= this.#eventsEnd
    if (sliceIsOver) this.#reschedule()
    else this.#tell(moreToSend)
  }

  #settle(moreToSend: boolean): void {
    const sliceIsOver = moreToSend || (this.#wokenWhileDraining && this.#io.now() >= this.#sliceEnd)
    if (sliceIsOver) this.#reschedule()
    else if (this.#wokenWhileDraining) this.#pass()
    else {
      this.#phase = 'idle'
      this.#arm()
      this.#options.onDrained?.()
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
        this.#inBackground(this.#gather(event.transportId))
        return true
      case 'release':
        this.#gatherings.delete(event.transportId)
        this.#sockets.release(event.transportId)
        return true
      case 'resolve':
        this.#inBackground(this.#resolve(event.name, event.token))
        return true
      default:
        return false
    }
  }

  async #gather(transportId: TransportId): Promise<void> {
    const generation = ++this.#lastGathering
    this.#gatherings.set(transportId, generation)
    await gather({
      transportId,
      iceServers: this.#iceServers,
      localAddresses: this.#io.localAddresses({ includeLoopback: this.#options.includeLoopback ?? false }),
      sockets: this.#sockets,
      lookups: this.#lookups,
      // A restart of ICE gathers again (RFC 8445 §2.4): the newest gathering alone may say that it is complete.
      tellPeer: (call) => {
        if (this.#phase === 'closed' || this.#gatherings.get(transportId) !== generation) return
        call(this.#peer, this.#io.now())
        this.wake()
      },
      tellApplication: (event) => this.#ownEvents.push(event),
    })
  }

  async #resolve(name: string, token: number): Promise<void> {
    const addresses = await this.#lookups.resolve(name)
    if (this.#phase === 'closed') return
    this.#peer.nameResolved(this.#io.now(), token, addresses[0])
    this.wake()
  }

  #inBackground(work: Promise<void>): void {
    this.#background.add(work)
    void work.finally(() => this.#background.delete(work))
  }

  async #end(): Promise<void> {
    this.#transmit(FLUSH_TRANSMITS, Infinity)
    this.#phase = 'closed'
    this.#armedAt = Infinity
    this.#timer.arm(Infinity)
    this.#apiTimers.close()
    this.#ownEvents.clear()
    const gone = [this.#lookups.close(), this.#sockets.close()]
    await Promise.all([...gone, ...this.#background])
    await this.#sockets.close() // those that a gathering had just begun to bind
    // Close events are among the tasks, and a task may queue the next one.
    while (this.#queuedDrains + this.#queuedTasks > 0) await new Promise<void>((next) => this.#io.queueTask(next))
  }
}
