import { concatBytes, EMPTY_BYTES, type Millis } from '../core/index.js'
import type { TransportAddress } from '../ice/types.js'
import { firstCheck } from './first-check.js'
import type { AcceptStream, Io, StreamHandlers, StreamListener, StreamSocket, UnrefableTimer } from './io.js'
import type { UsernameHalves } from './stun-peek.js'

/** Connections that have not shown whom they are for. Who comes when there are as many takes the place of the oldest. */
const MAX_NEWCOMERS = 256
/** Of one address, behind which there may be a NAT with many peers. */
const MAX_NEWCOMERS_PER_ADDRESS = 32
/** From being accepted to the first whole check, and to a connection that wants it. */
const DECIDE_WITHIN_MILLIS: Millis = 10_000
/** A check is repeated while nobody answers; nothing else is said before. */
const MAX_WAITING_BYTES = 16_384
/** The generations of ICE that may overlap (RFC 8445 §9). */
const MAX_FRAGMENTS_PER_MEMBER = 4

type Clock = Pick<Io, 'now' | 'createTimer'>
type TellUnknown = (halves: UsernameHalves, from: TransportAddress, local: TransportAddress) => void

export interface TcpMuxCounters {
  /** Checks with a username fragment that nobody has. */
  unknownFragment: number
  /** Connections that did not begin with a check, or whose check nobody wanted in time, or for which there was no room. */
  refused: number
}

/**
 * One socket that listens for many agents (RFC 6544). A connection belongs to the member whose username fragment its first packet names,
 * and is that member's from then on. SECURITY: until then it costs some kilobytes, for ten seconds at most, and 256 of them are all that
 * there are: the oldest goes first, since who means well says who he is at once.
 *
 *   accepted ── first check ──▶ named ── a member has, or gets, that fragment ──▶ the member's
 *       └── anything else, too much, too late ──┴──▶ closed
 */
export class TcpMuxPort {
  readonly #io: Clock
  readonly #unknown: TellUnknown
  readonly #byFragment = new Map<string, TcpMuxMember>()
  /** The oldest first: all have the same time, so that it is the first whose time is over, too. */
  readonly #newcomers = new Set<Newcomer>()
  readonly #timer: UnrefableTimer
  #listener!: StreamListener // listen() is all that constructs
  #ending = 0
  readonly counters: TcpMuxCounters = { unknownFragment: 0, refused: 0 }

  private constructor(io: Clock, unknown: TellUnknown) {
    this.#io = io
    this.#unknown = unknown
    this.#timer = io.createTimer(() => this.#onTimer())
    this.#timer.unref()
  }

  /** Rejects with the reason of the operating system. @param unknown told of checks for a fragment that nobody has */
  static async listen(
    io: Clock,
    listen: (accept: AcceptStream) => Promise<StreamListener>,
    unknown: TellUnknown,
  ): Promise<TcpMuxPort> {
    const port = new TcpMuxPort(io, unknown)
    port.#listener = await listen((stream, from) => port.#accept(stream, from))
    return port
  }

  get local(): TransportAddress {
    return this.#listener.local
  }

  get members(): number {
    return new Set(this.#byFragment.values()).size
  }

  get undecided(): number {
    return this.#newcomers.size
  }

  join(accept: AcceptStream): TcpMuxMember {
    return new TcpMuxMember(this, accept)
  }

  /** What belongs to members already goes on. */
  async close(): Promise<void> {
    this.#timer.arm(Infinity)
    const ending = [...this.#newcomers].map((newcomer) => newcomer.stream.close())
    this.#newcomers.clear()
    await Promise.all([this.#listener.close(), ...ending])
  }

  // -- for members ----------------------------------------------------------------------------------------------------

  /** @internal */
  claimFragment(member: TcpMuxMember, fragment: string): void {
    this.#byFragment.set(fragment, member)
    member.fragments.add(fragment)
    const [oldest] = member.fragments
    if (member.fragments.size > MAX_FRAGMENTS_PER_MEMBER) this.#drop(member, oldest!)
    for (const newcomer of this.#newcomers) if (newcomer.fragment === fragment) this.#handOver(newcomer, member)
  }

  /** @internal */
  leave(member: TcpMuxMember): void {
    for (const fragment of member.fragments) this.#drop(member, fragment)
  }

  #drop(member: TcpMuxMember, fragment: string): void {
    member.fragments.delete(fragment)
    if (this.#byFragment.get(fragment) === member) this.#byFragment.delete(fragment)
  }

  // -- from the network -----------------------------------------------------------------------------------------------

  #accept(stream: StreamSocket, from: TransportAddress): StreamHandlers | undefined {
    let alike = 0
    for (const newcomer of this.#newcomers) if (newcomer.from.address === from.address) alike++
    if (alike >= MAX_NEWCOMERS_PER_ADDRESS || this.#ending >= MAX_NEWCOMERS) {
      this.counters.refused++
      return undefined
    }
    const [oldest] = this.#newcomers
    if (this.#newcomers.size >= MAX_NEWCOMERS) this.#refuse(oldest!)
    const newcomer = new Newcomer(stream, from, this.#io.now() + DECIDE_WITHIN_MILLIS)
    this.#newcomers.add(newcomer)
    if (this.#newcomers.size === 1) this.#timer.arm(newcomer.decideBy)
    return {
      opened: () => {},
      received: (data) => (newcomer.handlers ? newcomer.handlers.received(data) : this.#receive(newcomer, data)),
      closed: (reason) =>
        newcomer.handlers ? newcomer.handlers.closed(reason) : void this.#newcomers.delete(newcomer),
    }
  }

  #receive(newcomer: Newcomer, data: Uint8Array): void {
    if (!this.#newcomers.has(newcomer)) return // refused a moment ago
    newcomer.waiting = concatBytes(newcomer.waiting, data)
    if (newcomer.waiting.length > MAX_WAITING_BYTES) return this.#refuse(newcomer)
    if (newcomer.fragment !== undefined) return
    const check = firstCheck(newcomer.waiting)
    if (check === 'partial') return
    if (check === undefined) return this.#refuse(newcomer)
    newcomer.fragment = check.local
    const member = this.#byFragment.get(check.local)
    if (member !== undefined) return this.#handOver(newcomer, member)
    this.counters.unknownFragment++
    this.#unknown(check, newcomer.from, this.local)
  }

  #handOver(newcomer: Newcomer, member: TcpMuxMember): void {
    const handlers = member.accept(newcomer.stream, newcomer.from)
    if (handlers === undefined) return this.#refuse(newcomer)
    this.#newcomers.delete(newcomer)
    newcomer.handlers = handlers
    const { waiting } = newcomer
    newcomer.waiting = EMPTY_BYTES
    handlers.received(waiting)
  }

  #refuse(newcomer: Newcomer): void {
    this.counters.refused++
    this.#newcomers.delete(newcomer)
    newcomer.waiting = EMPTY_BYTES
    this.#ending++
    void newcomer.stream.close().then(() => this.#ending--)
  }

  #onTimer(): void {
    const now = this.#io.now()
    for (const newcomer of this.#newcomers) {
      if (newcomer.decideBy > now) return this.#timer.arm(newcomer.decideBy)
      this.#refuse(newcomer)
    }
  }
}

/** A connection that came, and is nobody's yet. */
class Newcomer {
  readonly stream: StreamSocket
  readonly from: TransportAddress
  readonly decideBy: Millis
  /** Of the first check, when that is here. */
  fragment: string | undefined
  waiting: Uint8Array = EMPTY_BYTES
  /** Of the member that has it now. */
  handlers: StreamHandlers | undefined

  constructor(stream: StreamSocket, from: TransportAddress, decideBy: Millis) {
    this.stream = stream
    this.from = from
    this.decideBy = decideBy
  }
}

/** The face that one agent sees of a shared socket that listens. */
export class TcpMuxMember implements StreamListener {
  /** @internal */
  readonly fragments = new Set<string>()
  readonly accept: AcceptStream
  readonly #port: TcpMuxPort
  #isClosed = false

  constructor(port: TcpMuxPort, accept: AcceptStream) {
    this.#port = port
    this.accept = accept
  }

  get local(): TransportAddress {
    return this.#port.local
  }

  /** Connections that begin with a check of this username fragment are for this member, those that wait already too. */
  claim(usernameFragment: string): void {
    if (!this.#isClosed) this.#port.claimFragment(this, usernameFragment)
  }

  /** The shared socket is the mux's, which the application closes. */
  unref(): void {}

  close(): Promise<void> {
    this.#isClosed = true
    this.#port.leave(this)
    return Promise.resolve()
  }
}
