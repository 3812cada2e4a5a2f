import type { Millis } from '../core/index.js'
import type { Outbox } from './outbox.js'
import { encodeShutdown, encodeShutdownAck, encodeShutdownComplete, parseShutdown } from './packet/chunk/shutdown.js'
import type { Phase } from './phase.js'
import type { ChunkOutcome, Session } from './session.js'
import { backedOffMillis } from './tx/rto.js'

/** Whoever asked for it does not wait for ever. */
const MAX_RETRANSMISSIONS = 10

/** What {@link Shutdown} needs of the association. */
export interface ShutdownOptions {
  readonly outbox: Outbox
  readonly phase: () => Phase
  readonly enter: (phase: Phase) => void
  /** T2-shutdown: {@link Shutdown.repeat} is due then. */
  readonly setTimer: (at: Millis) => void
  /** The peer has everything and knows that we do. */
  readonly end: () => void
}

/** The end in order (RFC 9260 §9.2): SHUTDOWN, SHUTDOWN ACK, SHUTDOWN COMPLETE, each once all data is acknowledged. */
export class Shutdown {
  readonly #options: ShutdownOptions
  #attempts = 0

  constructor(options: ShutdownOptions) {
    this.#options = options
  }

  handleShutdown(now: Millis, session: Session, body: Uint8Array): ChunkOutcome {
    const cumulative = parseShutdown(body)
    if (cumulative === undefined) return 'malformed'
    const outcome = session.transmitter.handleCumulativeAck(now, cumulative)
    if (typeof outcome === 'object') return outcome
    const phase = this.#options.phase()
    if (phase === 'shutdownSent') this.#enterAckSent(now, session)
    else if (phase === 'established' || phase === 'shutdownPending') this.#options.enter('shutdownReceived')
    return outcome
  }

  /** False when the rest of the packet is to be left. */
  handleShutdownAck(session: Session): boolean {
    const phase = this.#options.phase()
    if (phase !== 'shutdownSent' && phase !== 'shutdownAckSent') return true
    this.#options.outbox.pushPacket(session.peer.verificationTag, encodeShutdownComplete(false))
    this.#options.end()
    return false
  }

  /** The next step, once everything has been acknowledged. */
  progress(now: Millis, session: Session | undefined): void {
    if (session === undefined) return
    const phase = this.#options.phase()
    if (phase === 'shutdownSent') {
      // Each packet with data is answered with SHUTDOWN at once, and T2 begins anew.
      if (session.receiver.acks.isPending) this.#send(now, session)
    } else if (!session.isDrained) return
    else if (phase === 'shutdownPending') {
      this.#options.enter('shutdownSent')
      this.#attempts = 0
      this.#send(now, session)
    } else if (phase === 'shutdownReceived') this.#enterAckSent(now, session)
  }

  /** T2-shutdown has expired. False when it did too often. */
  repeat(now: Millis, session: Session | undefined): boolean {
    if (session === undefined) return true
    if (this.#attempts++ >= MAX_RETRANSMISSIONS) return false
    const phase = this.#options.phase()
    if (phase === 'shutdownSent') this.#send(now, session)
    else if (phase === 'shutdownAckSent') this.#sendAck(now, session)
    return true
  }

  #send(now: Millis, session: Session): void {
    session.receiver.acks.demand()
    this.#options.outbox.pushChunk(encodeShutdown(session.receiver.cumulativeTsnOnWire))
    this.#options.setTimer(now + backedOffMillis(session.rto.millis, this.#attempts))
  }

  #enterAckSent(now: Millis, session: Session): void {
    this.#options.enter('shutdownAckSent')
    this.#attempts = 0
    this.#sendAck(now, session)
  }

  #sendAck(now: Millis, session: Session): void {
    this.#options.outbox.pushChunk(encodeShutdownAck())
    this.#options.setTimer(now + backedOffMillis(session.rto.millis, this.#attempts))
  }
}
