import type { Millis, ProtocolError } from '../core/index.js'
import type { SctpCounters } from './counters.js'
import { timeoutError, violationError } from './ending-errors.js'
import type { ExchangedInits } from './exchanged-inits.js'
import { Handshake, type HandshakeOptions } from './handshake.js'
import type { Outbox } from './outbox.js'
import { CHUNK_COOKIE_ECHO, CHUNK_INIT } from './packet/chunk-type.js'
import { encodeCookieAck } from './packet/chunk/cookie.js'
import { encodeShutdownAck } from './packet/chunk/shutdown.js'
import type { Phase } from './phase.js'
import type { Session } from './session.js'
import type { PeerParameters } from './state-cookie.js'
import { backedOffMillis, RTO_INITIAL_MILLIS } from './tx/rto.js'

/** What {@link Initialization} needs of the association. */
export interface InitializationOptions {
  readonly handshake: HandshakeOptions
  readonly outbox: Outbox
  readonly counters: SctpCounters
  readonly maxRetransmissions: number
  readonly phase: () => Phase
  readonly enter: (phase: Phase) => void
  /** What is up already. */
  readonly session: () => Session | undefined
  /** T1: {@link Initialization.repeat} is due then. */
  readonly setTimer: (at: Millis) => void
  readonly establish: (now: Millis, peer: PeerParameters, localInitialTsn: number) => void
  /** The peer began anew: another association takes the place of the one that is up. */
  readonly beginAnew: () => void
  readonly end: (error: ProtocolError) => void
}

/**
 * The beginning (RFC 9260 §5): four packets, or none where both sides have said their INITs in their descriptions
 * (draft-hancke-tsvwg-snap); and INITs that come later. Who knows them from the description may be alone in that: the peer may not
 * have got ours. So until anything else of the peer came, its INIT finds us as it would have without: it is told the tag and
 * TSN of the description, and what was sent meanwhile counts.
 */
export class Initialization {
  readonly #options: InitializationOptions
  readonly #handshake: Handshake
  #attempts = 0
  #staleCookies = 0
  /** Established by what was exchanged, and nothing of the peer has shown yet that it is, too. */
  #isPresumed = false

  constructor(options: InitializationOptions) {
    this.#options = options
    this.#handshake = new Handshake(options.handshake)
  }

  get localTag(): number {
    return this.#handshake.localTag
  }

  /** What INIT ACK told. */
  get peer(): PeerParameters | undefined {
    return this.#handshake.peer
  }

  begin(now: Millis, exchanged: ExchangedInits | undefined): void {
    if (exchanged !== undefined) {
      this.#isPresumed = true
      this.#handshake.announced(exchanged.localTag, exchanged.localInitialTsn)
      this.#options.establish(now, exchanged.peer, exchanged.localInitialTsn)
      return
    }
    this.#options.enter('cookieWait')
    this.#attempts = 0
    this.#sendInit(now)
  }

  /** A packet came that belongs to the association, and begins with this chunk. */
  heard(chunkType: number): void {
    if (this.#isPresumed && chunkType !== CHUNK_INIT && chunkType !== CHUNK_COOKIE_ECHO) this.#isPresumed = false
  }

  /** T1 has expired. */
  repeat(now: Millis): void {
    const phase = this.#options.phase()
    if (this.#attempts++ >= this.#options.maxRetransmissions) {
      this.#options.end(timeoutError('the peer did not answer the SCTP handshake'))
    } else if (phase === 'cookieWait') this.#sendInit(now)
    else if (phase === 'cookieEchoed') this.#sendCookieEcho(now)
  }

  handleInit(now: Millis, body: Uint8Array): void {
    const { counters, outbox } = this.#options
    const phase = this.#options.phase()
    if (phase === 'closed') {
      counters.droppedOutOfTheBlue++
      return
    }
    // RFC 9260 §9.2: a peer that did not get our SHUTDOWN ACK and begins anew has to let the old one end first.
    if (phase === 'shutdownAckSent') return outbox.pushChunk(encodeShutdownAck())
    const reply = this.#handshake.answerInit(now, body, this.#knownPeer)
    if (reply === undefined) counters.droppedMalformed++
    else outbox.pushPacket(reply.verificationTag, reply.chunk)
  }

  handleInitAck(now: Millis, body: Uint8Array): void {
    const { counters, outbox } = this.#options
    if (this.#options.phase() !== 'cookieWait') {
      counters.droppedUnexpected++ // RFC 9260 §5.2.3
      return
    }
    const result = this.#handshake.takeInitAck(body)
    if (result.type === 'refused') {
      outbox.pushAbort(result.verificationTag, false, result.cause)
      this.#options.end(violationError(`the INIT ACK cannot be used (${result.message})`, result.cause))
    } else if (result.type === 'malformed') counters.droppedMalformed++
    else {
      this.#options.enter('cookieEchoed')
      this.#attempts = 0
      this.#sendCookieEcho(now)
    }
  }

  /** RFC 9260 §5.1 D and §5.2.4. True when what follows in the packet may be read. */
  handleCookieEcho(now: Millis, verificationTag: number, sealed: Uint8Array): boolean {
    const { counters, outbox } = this.#options
    const phase = this.#options.phase()
    if (phase === 'closed') return false
    const verdict = this.#handshake.judgeCookie(now, sealed, verificationTag, this.#knownPeer)
    switch (verdict.type) {
      case 'invalid':
        counters.droppedTag++
        return false
      case 'stale':
        counters.staleCookies++
        outbox.pushPacket(verdict.verificationTag, verdict.chunk)
        return false
      case 'restart':
        if (phase === 'shutdownAckSent') {
          outbox.pushChunk(encodeShutdownAck()) // §5.2.4 A: the old association ends first
          return false
        }
        this.#beginAnew(now, verdict.cookie.peer, verdict.cookie.localInitialTsn)
        break
      case 'same':
        this.#meet(now, verdict.cookie.peer, verdict.cookie.localInitialTsn)
    }
    outbox.pushChunk(encodeCookieAck())
    return true
  }

  handleCookieAck(now: Millis): void {
    if (this.#options.phase() !== 'cookieEchoed') return
    this.#options.establish(now, this.#handshake.peer!, this.#handshake.initialTsn)
  }

  /** RFC 9260 §5.2.6 (1): begin again with an INIT, for a fresh cookie. Each one counts as an attempt. */
  handleStaleCookie(now: Millis): void {
    if (this.#options.phase() !== 'cookieEchoed') return
    this.#options.enter('cookieWait')
    this.#handshake.forgetPeer()
    this.#attempts = Math.max(this.#attempts, this.#staleCookies++)
    this.repeat(now)
  }

  /** The peer that an association is up with; not one that only its description speaks for. */
  get #knownPeer(): PeerParameters | undefined {
    return this.#isPresumed ? undefined : this.#options.session()?.peer
  }

  /** Whoever presumed that the peer knew our INIT goes on with the one that shakes hands, if that speaks the same. */
  #meet(now: Millis, peer: PeerParameters, localInitialTsn: number): void {
    const session = this.#options.session()
    if (session === undefined) this.#options.establish(now, peer, localInitialTsn)
    else if (this.#isPresumed && !session.meet(now, peer)) this.#beginAnew(now, peer, localInitialTsn)
  }

  #beginAnew(now: Millis, peer: PeerParameters, localInitialTsn: number): void {
    this.#isPresumed = false
    this.#options.counters.restarts++
    this.#options.beginAnew()
    this.#options.outbox.clearChunks()
    this.#options.establish(now, peer, localInitialTsn)
  }

  #sendInit(now: Millis): void {
    this.#options.outbox.pushPacket(0, this.#handshake.init())
    this.#startTimer(now)
  }

  #sendCookieEcho(now: Millis): void {
    this.#options.outbox.pushPacket(this.#handshake.peer!.verificationTag, this.#handshake.cookieEcho())
    this.#startTimer(now)
  }

  #startTimer(now: Millis): void {
    this.#options.setTimer(now + backedOffMillis(RTO_INITIAL_MILLIS, this.#attempts))
  }
}
