import { Deque, ipFamily, isLoopback, isUnicast, TimerTable, type Layer, type Millis } from '../core/index.js'
import type { Crypto } from '../crypto/types.js'
import {
  ALTERNATE_SERVER,
  ERROR_CODE,
  knownTypes,
  METHOD_BINDING,
  parseStunMessage,
  readAttribute,
  readAttributes,
  STUN_ATTRIBUTES,
  unknownRequiredTypes,
  XOR_MAPPED_ADDRESS,
  type StunAddress,
  type StunError,
  type StunMessage,
} from '../stun/index.js'
import { ALTERNATE_DOMAIN, LIFETIME, TURN_ATTRIBUTES, XOR_RELAYED_ADDRESS } from './attributes.js'
import { isChannelData } from './channel-data.js'
import { isAuthentic, LongTermCredentials } from './credentials.js'
import { PeerTraffic } from './peer-traffic.js'
import { Requests, type Asked, type Operation, type RelayFamily, type TurnTransaction } from './requests.js'
import type { PeerData, TurnEvent, TurnTransmit } from './types.js'

export interface TurnClientOptions {
  readonly crypto: Crypto
  readonly username: string
  readonly password: string
  readonly server: StunAddress
  /** Whether the way to the server is a stream: TCP, or TLS on it. Its bytes come cut into frames. */
  readonly isStream: boolean
  readonly family: RelayFamily
}

/** RFC 8489 §9.2.5 leaves it open how often a server may change its nonce before it has answered one request. */
const MAX_CHALLENGES = 4
/** RFC 8656 §3.2: ten minutes, where a server forgets to say. */
const DEFAULT_LIFETIME_SECONDS = 600
/** RFC 8656 §8: a minute before the end; a server that grants less than two minutes is asked at half of them. */
const REFRESH_AHEAD_MILLIS = 60_000
/** A server may grant years; we ask sometimes, to know whether it is still there. */
const MAX_REFRESH_INTERVAL_MILLIS = 3_600_000
const MIN_LIFETIME_SECONDS = 2
/** After an error that passes, such as 500. */
const RETRY_REFRESH_MILLIS = 5000
/** As for bindings of NATs in gathering: RFC 4787 has two minutes at least, and some have thirty seconds. */
const KEEPALIVE_MILLIS = 15_000

/** RTCPeerConnectionIceErrorEvent: nobody there, or nobody who speaks TURN. */
const ERROR_UNREACHABLE = 701
const TRY_ALTERNATE = 300
const UNAUTHORIZED = 401
const ALLOCATION_MISMATCH = 437
const STALE_NONCE = 438
const FAMILY_NOT_SUPPORTED = 440
const SERVER_ERROR = 500

/** RFC 8489 §9.2.4: what servers say before they have looked at who asks. */
const UNSIGNED_ERRORS: ReadonlySet<number> = new Set([400, UNAUTHORIZED, 420, STALE_NONCE, SERVER_ERROR])
const KNOWN_TYPES = knownTypes(STUN_ATTRIBUTES, TURN_ATTRIBUTES)

type State = 'new' | 'allocating' | 'allocated' | 'releasing' | 'over'
type Timer = 'refresh' | 'expiry' | 'keepalive'

/**
 * One allocation on a TURN server (RFC 8656), from the first Allocate to the last Refresh.
 *
 *   new ──start──▶ allocating ──success──▶ allocated ──close──▶ releasing ──answer, silence──▶ over
 *    │                │  │                    │                    ▲                            ▲ ▲
 *    │                │  └──────close, once the answer is there────┘                            │ │
 *    └──close─────────┼────────────────────────────────────────────────────────────────────────┘ │
 *                     └──error, redirection, silence ─── the allocation is lost ──────────────────┘
 */
export class TurnClient implements Layer<TurnTransmit, TurnEvent> {
  readonly server: StunAddress
  readonly counters: Record<string, number> = {}
  readonly #options: TurnClientOptions
  readonly #credentials: LongTermCredentials
  readonly #requests: Requests
  readonly #traffic: PeerTraffic
  readonly #events = new Deque<TurnEvent>()
  readonly #timers = new TimerTable<Timer>()
  #state: State = 'new'
  #family: RelayFamily
  /** A left-over allocation on our 5-tuple was deleted, or is being so: Allocate gets one more chance. */
  #hasEvicted = false
  #isRefreshing = false
  #isRevalidating = false

  constructor(options: TurnClientOptions) {
    this.#options = options
    this.#family = options.family
    this.server = options.server
    this.#credentials = new LongTermCredentials(options.crypto, options.username, options.password)
    this.#requests = new Requests(options.crypto, this.#credentials, options.isStream)
    this.#traffic = new PeerTraffic({
      crypto: options.crypto,
      isStream: options.isStream,
      requests: this.#requests,
      count: (what) => this.#count(what),
    })
  }

  get state(): State {
    return this.#state
  }

  // -- what the owner says --------------------------------------------------------------------------------------------

  /** Asks for the allocation. */
  start(): void {
    if (this.#state !== 'new') return
    this.#state = 'allocating'
    this.#allocate()
  }

  /** Whether the server still has it is told as `confirmed` or `failed`: after an ICE restart, which means some change. */
  revalidate(): void {
    if (this.#state !== 'allocated') return
    this.#isRevalidating = true
    this.#refresh()
  }

  /**
   * What goes to the server for a datagram to a peer. `undefined`: it waits for the permission and comes with `pollTransmit`, or
   * may not be sent.
   */
  send(now: Millis, peer: StunAddress, data: Uint8Array): Uint8Array | undefined {
    if (this.#state !== 'allocated') {
      this.#count('sendsWithoutAllocation')
      return undefined
    }
    const wrapped = this.#traffic.send(now, peer, data)
    if (wrapped !== undefined) this.#sent(now)
    return wrapped
  }

  /** Something will be sent to this address, and something may come from it: asks for the permission ahead of the first packet. */
  permit(now: Millis, peer: StunAddress): void {
    if (this.#state === 'allocated') this.#traffic.permit(now, peer)
  }

  /** Much will be sent to this peer and come from it: four bytes more per packet instead of thirty-six. */
  bindChannel(now: Millis, peer: StunAddress): void {
    if (this.#state === 'allocated') this.#traffic.bindChannel(now, peer)
  }

  /** Gives the allocation back. `closed` is told when it is gone, or nobody says so. */
  close(now: Millis): void {
    const state = this.#state
    if (state === 'releasing' || state === 'over') return
    this.#events.clear()
    this.#timers.clearAll()
    this.#traffic.clear()
    // The answer to an Allocate on its way has to be seen: a Refresh that overtakes it would be refused.
    const isUnderWay = this.#requests.finish(now)
    this.#state = 'releasing'
    if (state === 'allocated') this.#requests.ask({ kind: 'delete' })
    else if (!isUnderWay) this.#end({ type: 'closed' })
  }

  /** The socket or the stream under it is gone, and so, for this client, the allocation. */
  transportLost(reason: string): void {
    if (this.#state === 'over') return
    const isWanted = this.#state !== 'releasing'
    this.#end(isWanted ? { type: 'failed', code: ERROR_UNREACHABLE, reason } : { type: 'closed' })
  }

  // -- the network ----------------------------------------------------------------------------------------------------

  /**
   * A datagram, or a frame, of the server's. `false` when it is none of TURN's: where sockets are shared it is somebody else's.
   */
  receive(now: Millis, bytes: Uint8Array): PeerData | boolean {
    if (this.#state === 'over') return false
    if (isChannelData(bytes)) return this.#traffic.receiveChannelData(now, bytes) ?? true
    const message = parseStunMessage(bytes)
    if (message === undefined || message.method === METHOD_BINDING || message.class === 'request') return false
    if (message.class === 'indication') return this.#traffic.receiveIndication(now, message) ?? true
    const transaction = this.#requests.find(message)
    if (transaction === undefined || !this.#requests.isAnswer(message, transaction)) this.#count('responsesUnknown')
    else this.#receiveResponse(now, message, transaction)
    return true
  }

  // -- Layer ----------------------------------------------------------------------------------------------------------

  nextTimeout(): Millis {
    if (this.#state === 'over') return Infinity
    return Math.min(this.#requests.next(), this.#timers.next(), this.#traffic.next())
  }

  handleTimeout(now: Millis): void {
    for (let silent = this.#requests.takeTimedOut(now); silent; silent = this.#requests.takeTimedOut(now))
      this.#timedOut(now, silent)
    for (let timer = this.#timers.takeDue(now); timer !== undefined; timer = this.#timers.takeDue(now)) {
      if (timer === 'refresh') this.#refresh()
      else if (timer === 'expiry')
        this.#lose(ERROR_UNREACHABLE, 'The TURN server did not answer, and the allocation ran out.')
      else this.#traffic.keepAlive()
    }
    if (this.#state === 'allocated') this.#traffic.handleTimeout(now)
  }

  pollTransmit(now: Millis): TurnTransmit | undefined {
    if (this.#state === 'over') return undefined
    const request = this.#requests.take(now)
    const data = request ?? this.#traffic.take()
    if (data === undefined) return undefined
    this.#sent(now)
    return { data, isControl: request !== undefined }
  }

  pollEvent(): TurnEvent | undefined {
    return this.#events.shift()
  }

  // -- answers --------------------------------------------------------------------------------------------------------

  #receiveResponse(now: Millis, message: StunMessage, transaction: TurnTransaction): void {
    const asked = transaction.purpose
    if (!this.#isGenuine(message, asked)) return this.#count('responsesUnauthenticated')
    const error = message.class === 'error' ? readAttribute(message, ERROR_CODE) : undefined
    // RFC 8489 §6.3.3: what cannot be understood was never received.
    const isMalformed = message.class === 'error' && error === undefined
    if (isMalformed || unknownRequiredTypes(message, KNOWN_TYPES).length > 0) return this.#count('responsesMalformed')
    this.#requests.end(now, transaction)
    if (error === undefined) this.#succeeded(now, message, asked.operation)
    else if (error.code === UNAUTHORIZED || error.code === STALE_NONCE) this.#challenged(now, message, asked, error)
    else this.#failed(now, message, asked.operation, error)
  }

  /** RFC 8489 §9.2.5. An answer to what we signed is signed, too, unless the server refuses to know us. */
  #isGenuine(message: StunMessage, { credential, operation }: Asked): boolean {
    if (credential === undefined) return true
    const authentic = isAuthentic(this.#options.crypto, message, credential)
    if (authentic !== undefined || message.class !== 'error') return authentic === true
    // Servers that are full or moved say so to everybody; an allocation that there is ends by their signed word alone.
    return operation.kind === 'allocate' || UNSIGNED_ERRORS.has(readAttribute(message, ERROR_CODE)?.code ?? 0)
  }

  #challenged(now: Millis, message: StunMessage, asked: Asked, error: StunError): void {
    const { operation, credential, challenges } = asked
    // RFC 8489 §9.2.5: refused with what it asked for before means wrong; another realm is another chance.
    const realm = credential?.realm
    const isKnown = this.#credentials.take(message)
    const isWrong = error.code === UNAUTHORIZED && realm !== undefined && realm === this.#credentials.current?.realm
    // What is not there needs no undoing: closing while the first Allocate was under way.
    const isMoot = this.#state === 'releasing' && operation.kind === 'allocate'
    if (isKnown && !isWrong && !isMoot && challenges < MAX_CHALLENGES) this.#requests.ask(operation, challenges + 1)
    else this.#failed(now, message, operation, error)
  }

  #succeeded(now: Millis, message: StunMessage, operation: Operation): void {
    switch (operation.kind) {
      case 'allocate':
        return this.#state === 'releasing' ? this.#requests.ask({ kind: 'delete' }) : this.#allocated(now, message)
      case 'refresh':
        this.#isRefreshing = false
        if (!this.#extend(now, message)) return this.#lose(ALLOCATION_MISMATCH, 'The TURN server ended the allocation.')
        if (this.#isRevalidating) this.#events.push({ type: 'confirmed' })
        this.#isRevalidating = false
        return
      case 'delete':
        return this.#state === 'releasing' ? this.#end({ type: 'closed' }) : this.#allocate()
      default:
        return this.#traffic.granted(now, operation)
    }
  }

  #failed(now: Millis, message: StunMessage, operation: Operation, { code, reason }: StunError): void {
    switch (operation.kind) {
      case 'allocate':
        return this.#allocateFailed(message, code, reason)
      case 'refresh':
        this.#isRefreshing = false
        if (code === SERVER_ERROR) return this.#timers.set('refresh', now + RETRY_REFRESH_MILLIS)
        return this.#lose(code, reason)
      case 'delete':
        if (this.#state === 'releasing') return this.#end({ type: 'closed' })
        return this.#lose(ALLOCATION_MISMATCH, reason)
      default:
        if (code === ALLOCATION_MISMATCH) return this.#lose(code, reason)
        return this.#traffic.refused(now, operation)
    }
  }

  #timedOut(now: Millis, operation: Operation): void {
    switch (operation.kind) {
      case 'allocate':
        if (this.#state === 'releasing') return this.#end({ type: 'closed' })
        return this.#lose(ERROR_UNREACHABLE, 'The TURN server did not answer.')
      case 'refresh':
        this.#isRefreshing = false
        if (this.#isRevalidating) return this.#lose(ERROR_UNREACHABLE, 'The TURN server did not answer.')
        // Until the allocation runs out there is hope; see the timer `expiry`.
        return this.#refresh()
      case 'delete':
        if (this.#state === 'releasing') return this.#end({ type: 'closed' })
        return this.#lose(ERROR_UNREACHABLE, 'The TURN server did not answer.')
      default:
        return this.#traffic.refused(now, operation)
    }
  }

  // -- the allocation -------------------------------------------------------------------------------------------------

  #allocate(): void {
    this.#requests.ask({ kind: 'allocate', family: this.#family })
  }

  #allocated(now: Millis, message: StunMessage): void {
    const families = new Set<string>()
    const relayed = readAttributes(message, XOR_RELAYED_ADDRESS).filter(({ address, port }) => {
      const family = ipFamily(address)!
      const isUsable = isUnicast(address) && port !== 0 && !families.has(family)
      if (isUsable) families.add(family)
      return isUsable
    })
    if (relayed.length === 0 || !this.#extend(now, message))
      return this.#lose(ERROR_UNREACHABLE, 'The response of the TURN server holds no relayed address.')
    this.#state = 'allocated'
    this.#traffic.families = families
    this.#sent(now)
    const mapped = readAttribute(message, XOR_MAPPED_ADDRESS)
    this.#events.push({ type: 'allocated', relayed, mapped })
  }

  #allocateFailed(message: StunMessage, code: number, reason: string): void {
    if (this.#state === 'releasing') return this.#end({ type: 'closed' })
    if (code === TRY_ALTERNATE) {
      const server = readAttribute(message, ALTERNATE_SERVER)
      if (server === undefined || !this.#mayGoTo(server)) return this.#lose(code, reason)
      return this.#end({ type: 'redirected', server, domain: readAttribute(message, ALTERNATE_DOMAIN) })
    }
    // RFC 8656 §7.4: no IPv4 here. Servers that know nothing of a second family in one request, such as coturn, may have IPv6.
    if (code === FAMILY_NOT_SUPPORTED && this.#family === 'both') {
      this.#family = 'IPv6'
      return this.#allocate()
    }
    // RFC 8656 §7.4: our 5-tuple has an allocation, of which we know nothing; with our credentials it may be deleted.
    if (code !== ALLOCATION_MISMATCH || this.#hasEvicted) return this.#lose(code, reason)
    this.#hasEvicted = true
    this.#requests.ask({ kind: 'delete' })
  }

  /** SECURITY: a server on the internet is not to make us talk to what listens on this very host (RFC 8489 §10). */
  #mayGoTo({ address, port }: StunAddress): boolean {
    return isUnicast(address) && port !== 0 && (!isLoopback(address) || isLoopback(this.server.address))
  }

  /** False when the server granted no time. */
  #extend(now: Millis, message: StunMessage): boolean {
    const seconds = readAttribute(message, LIFETIME) ?? DEFAULT_LIFETIME_SECONDS
    if (seconds < MIN_LIFETIME_SECONDS) return false
    const lifetime = seconds * 1000
    const wait = Math.max(lifetime - REFRESH_AHEAD_MILLIS, lifetime / 2)
    this.#timers.set('refresh', now + Math.min(wait, MAX_REFRESH_INTERVAL_MILLIS))
    this.#timers.set('expiry', now + lifetime)
    return true
  }

  #refresh(): void {
    if (this.#isRefreshing) return
    this.#isRefreshing = true
    this.#timers.clear('refresh')
    this.#requests.ask({ kind: 'refresh', isProbe: this.#isRevalidating })
  }

  #lose(code: number, reason: string): void {
    this.#end({ type: 'failed', code, reason })
  }

  #end(event: TurnEvent): void {
    this.#state = 'over'
    this.#requests.clear()
    this.#timers.clearAll()
    this.#traffic.clear()
    this.#events.push(event)
  }

  /** Whatever goes to the server keeps NATs and firewalls open for a while. */
  #sent(now: Millis): void {
    if (this.#state === 'allocated') this.#timers.set('keepalive', now + KEEPALIVE_MILLIS)
  }

  #count(what: string): void {
    this.counters[what] = (this.counters[what] ?? 0) + 1
  }
}
