import { type Layer, type Millis, type ProtocolError, TimerTable } from '../core/index.js'
import { answerOutOfTheBlue, whyRefused } from './admission.js'
import { type SctpCounters, zeroCounters } from './counters.js'
import { withDefaults } from './defaults.js'
import { errorOfAbort, saysStaleCookie, timeoutError, violationError } from './ending-errors.js'
import { EventQueue } from './event-queue.js'
import type { ExchangedInits } from './exchanged-inits.js'
import { Initialization } from './initialization.js'
import { Outbox } from './outbox.js'
import * as types from './packet/chunk-type.js'
import { ChunkWalker } from './packet/chunk-walker.js'
import { encodeHeartbeatAck, parseHeartbeatInfo } from './packet/chunk/heartbeat.js'
import { type CommonHeader, parseCommonHeader } from './packet/common-header.js'
import { CAUSE_USER_INITIATED_ABORT, causeWithText } from './packet/error-cause.js'
import { PacketBuilder } from './packet/packet-builder.js'
import { PathMonitor } from './path-monitor.js'
import { PathMtu } from './path-mtu.js'
import { type Phase, PUBLIC_STATE } from './phase.js'
import { Session } from './session.js'
import { Shutdown } from './shutdown.js'
import type { PeerParameters } from './state-cookie.js'
import { SendQueue } from './tx/send-queue.js'
import type { MessageRun, SctpEvent, SctpMessage, SctpOptions, SctpState, StreamId } from './types.js'
import type { Violation } from './violation.js'

/** Where a packet is assembled for {@link SctpAssociation.pollTransmit}: the largest that UDP takes. */
const scratch = new Uint8Array(2 ** 16)

/** An SCTP association over DTLS (RFC 9260 in the profile of RFC 8831 and RFC 8261). */
export class SctpAssociation implements Layer<Uint8Array, SctpEvent> {
  readonly #options: Required<SctpOptions>
  readonly #counters: SctpCounters = zeroCounters()
  readonly #queue: SendQueue
  readonly #outbox: Outbox
  readonly #initialization: Initialization
  readonly #path: PathMonitor
  readonly #mtu: PathMtu
  readonly #timers = new TimerTable<'t1' | 't2'>()
  /** Made for its first step: most associations end with the transport below them. */
  #shutdown: Shutdown | undefined
  readonly #events = new EventQueue()
  #phase: Phase = 'new'
  #session: Session | undefined
  #shutdownWanted = false
  /** Resets that were asked for before the association was up. */
  #earlyResets: StreamId[] = []

  constructor(options: SctpOptions) {
    this.#options = withDefaults(options)
    const { localPort, remotePort, mtuBytes } = this.#options
    this.#queue = new SendQueue({
      counters: this.#counters,
      onSent: (streamId, bytes) => this.#events.pushSent(streamId, bytes),
    })
    this.#outbox = new Outbox(new PacketBuilder(localPort, remotePort, mtuBytes), this.#counters)
    this.#initialization = new Initialization({
      handshake: this.#options,
      outbox: this.#outbox,
      counters: this.#counters,
      maxRetransmissions: this.#options.maxRetransmissions,
      phase: () => this.#phase,
      enter: (phase) => (this.#phase = phase),
      session: () => this.#session,
      setTimer: (at) => this.#timers.set('t1', at),
      establish: (...agreed) => this.#establish(...agreed),
      beginAnew: () => this.#queue.restart(),
      end: (error) => this.#close(error),
    })
    this.#path = new PathMonitor(options.crypto, this.#options.maxRetransmissions < Infinity)
    this.#mtu = new PathMtu(options.crypto, mtuBytes)
  }

  get state(): SctpState {
    return PUBLIC_STATE[this.#phase]
  }

  get counters(): Record<string, number> {
    return { ...this.#counters }
  }

  /** What is held per stream and what is buffered: zero when nothing leaks. */
  get holdings(): { readonly streams: number; readonly bufferedBytes: number; readonly flightBytes: number } {
    const { receiver, transmitter } = this.#session ?? {}
    return {
      streams: this.#queue.streamCount + (receiver?.streamCount ?? 0),
      bufferedBytes: receiver?.bufferedBytes ?? 0,
      flightBytes: transmitter?.flightBytes ?? 0,
    }
  }

  /** What is known of the path; `undefined` until the association is up. */
  get path(): { readonly cwndBytes: number; readonly smoothedRoundTrip: Millis | undefined } | undefined {
    const session = this.#session
    return session && { cwndBytes: session.transmitter.cwndBytes, smoothedRoundTrip: session.rto.smoothedRoundTrip }
  }

  /**
   * Begins. Both sides may: RFC 9260 §5.2.1 makes one association of two. Without it a peer's INIT is
   * answered too. With `exchanged` it is up at once, as it is at the peer.
   */
  connect(now: Millis, exchanged?: ExchangedInits): void {
    if (this.#phase === 'new') this.#initialization.begin(now, exchanged)
  }

  /** What the peer wants to find in packets to it, as soon as that is known. */
  get peerTag(): number | undefined {
    return this.#peer()?.verificationTag
  }

  /** The peer began with INITs that both have said, and the handshake of ours is given up: false once COOKIE ECHO was sent. */
  presume(now: Millis, exchanged: ExchangedInits): boolean {
    if (this.#phase !== 'cookieWait') return false
    this.#outbox.clearPackets()
    this.#initialization.begin(now, exchanged)
    return true
  }

  /** Takes a packet. What is needed of it is copied: its memory may be used again. */
  receive(now: Millis, packet: Uint8Array): void {
    this.#counters.packetsReceived++
    const header = parseCommonHeader(packet)
    const walker = new ChunkWalker(packet)
    if (header === undefined || !walker.next()) {
      this.#counters.droppedMalformed++
      return
    }
    const { localPort, remotePort, zeroChecksum } = this.#options
    const refusal = whyRefused(
      {
        localPort,
        remotePort,
        zeroChecksum,
        localTag: this.#initialization.localTag,
        peerTag: this.#peer()?.verificationTag,
        isOutOfTheBlue: this.#phase === 'new' || this.#phase === 'closed',
      },
      packet,
      header,
      walker,
    )
    if (refusal === undefined) {
      this.#initialization.heard(walker.type)
      this.#handleChunks(now, header, walker)
      return
    }
    this.#counters[refusal]++
    if (refusal === 'droppedOutOfTheBlue') answerOutOfTheBlue(this.#outbox, header.verificationTag, walker.type)
  }

  /** Queues a message, also before the association is up. The queue is not bounded: `bufferedAmount` tells of it. */
  send(now: Millis, message: SctpMessage): void {
    if (this.#phase === 'closed' || this.#shutdownWanted || this.state === 'shuttingDown') this.#counters.droppedSends++
    else this.#queue.push(now, message)
  }

  /** Bytes of the stream that have not been put into a packet yet. */
  queuedBytes(streamId: StreamId): number {
    return this.#queue.queuedBytes(streamId)
  }

  /** Drops what is queued on the stream and has not been begun. */
  discardQueued(streamId: StreamId): void {
    this.#queue.discard(streamId)
  }

  /** The share of a stream when several have something to send; 256 by default. */
  setStreamPriority(streamId: StreamId, weight: number): void {
    this.#queue.setWeight(streamId, weight)
  }

  /** Delivered and not read: counts against the window. True when the peer has to be told at once that there is room. */
  setUnreadBytes(bytes: number): boolean {
    return this.#session?.receiver.setUnreadBytes(bytes) === true
  }

  /** Resets our side of the streams (RFC 6525) after what was queued on them. `outgoingReset` tells when it is done. */
  resetStreams(_now: Millis, streamIds: readonly StreamId[]): void {
    if (this.#phase === 'closed' || streamIds.length === 0) return
    if (this.#session !== undefined) {
      this.#session.resetStreams(streamIds)
      return
    }
    for (const id of streamIds) this.#queue.beginDrain(id)
    this.#earlyResets.push(...streamIds)
  }

  /** Below us packets take another path; `isOtherNetwork` when other addresses, and not only ports, say so. */
  pathChanged(now: Millis, isOtherNetwork: boolean): void {
    this.#session?.transmitter.pathChanged(now, isOtherNetwork)
  }

  /**
   * The path is new: packets are as short as every path carries them, until probes of these lengths, in bytes of SCTP, were answered
   * (RFC 8899). To be asked for only where nothing below takes long packets apart: their pieces would answer too.
   */
  searchMtu(now: Millis, candidates: readonly number[]): void {
    this.#mtu.begin(now, candidates)
  }

  /** Ends in order, when all that was sent is acknowledged (RFC 9260 §9.2). */
  shutdown(now: Millis): void {
    if (this.#phase === 'new') this.#close()
    this.#shutdownWanted = true
    if (this.#phase !== 'established') return
    this.#phase = 'shutdownPending'
    this.#ending.progress(now, this.#session)
  }

  /** Ends now: an ABORT with the reason stays to be sent (RFC 9260 §9.1), the event `closed` follows. */
  abort(_now: Millis, reason: string): void {
    if (this.#phase === 'closed') return
    const peer = this.#peer()
    if (peer !== undefined) {
      this.#outbox.clearPackets()
      this.#outbox.pushAbort(peer.verificationTag, false, causeWithText(CAUSE_USER_INITIATED_ABORT, reason))
    }
    this.#close()
  }

  nextTimeout(): Millis {
    if (this.#phase === 'closed') return Infinity
    const mayProbe = this.#phase === 'established' && this.#path.isAnswering
    const mtuDeadline = mayProbe ? this.#mtu.deadline : Infinity
    return Math.min(this.#timers.next(), this.#session?.nextTimeout() ?? Infinity, this.#path.deadline, mtuDeadline)
  }

  handleTimeout(now: Millis): void {
    for (let name = this.#timers.takeDue(now); name !== undefined; name = this.#timers.takeDue(now)) {
      if (name === 't1') this.#initialization.repeat(now)
      else if (!this.#ending.repeat(now, this.#session)) this.#timeOut()
    }
    const session = this.#session
    if (session === undefined || this.#phase === 'closed') return
    if (session.handleTimeout(now)) {
      this.#mtu.fallBack(now)
      this.#unanswered()
    }
    const heartbeat = this.#path.takeHeartbeat(now, session)
    if (heartbeat === undefined) return
    if (heartbeat.wasUnanswered) this.#unanswered()
    this.#outbox.pushChunk(heartbeat.chunk)
  }

  pollTransmit(now: Millis): Uint8Array | undefined {
    const length = this.writeTransmit(now, scratch, 0)
    return length === 0 ? undefined : scratch.slice(0, length)
  }

  /** {@link pollTransmit} into memory of the caller's, at `at`, where there is room for the largest. The length; 0 for no packet. */
  writeTransmit(now: Millis, memory: Uint8Array, at: number): number {
    const packet = this.#outbox.takePacket()
    if (packet !== undefined) memory.set(packet, at)
    const length = packet?.length ?? (this.#writeProbe(now, memory, at) || this.#writePacket(now, memory, at))
    if (length > 0) this.#counters.packetsSent++
    return length
  }

  get hasEvents(): boolean {
    return this.#events.hasAny
  }

  pollEvent(): SctpEvent | undefined {
    return this.#events.shift()
  }

  /** Several messages of one stream at once, where {@link pollEvent} would yield them one by one, and else nothing. */
  pollMessages(): MessageRun | undefined {
    return this.#events.shiftMessages()
  }

  /** What the peer told of itself, as soon as it did. */
  #peer(): PeerParameters | undefined {
    return this.#session?.peer ?? this.#initialization.peer
  }

  #writePacket(now: Millis, memory: Uint8Array, at: number): number {
    const session = this.#session
    if (session === undefined || this.#phase === 'closed') return 0
    const { builder } = this.#outbox
    // What was lost goes in packets that every path carries: its chunks are no longer than that.
    const { hasLost } = session.transmitter
    if (hasLost) this.#mtu.suspect(now)
    builder.start(session.peer.verificationTag, memory, at, hasLost ? undefined : this.#mtu.bytes)
    this.#outbox.fill()
    session.fill(now, builder, this.#phase === 'established')
    // RFC 9653 §5.2: a zero checksum, when the peer accepts it. We only ever send COOKIE ECHO as a packet of its own.
    return builder.isEmpty ? 0 : builder.finish(this.#options.zeroChecksum && session.peer.zeroChecksum)
  }

  /** RFC 8899 §6.1.4.1: a HEARTBEAT, padded (RFC 4820) to the length that is asked about. 0 when there is nothing to ask. */
  #writeProbe(now: Millis, memory: Uint8Array, at: number): number {
    const session = this.#phase === 'established' && this.#path.isAnswering ? this.#session : undefined
    const probe = session && this.#mtu.takeProbe(now, session.rto.millis)
    if (session === undefined || probe === undefined) return 0
    this.#outbox.builder.start(session.peer.verificationTag, memory, at, probe.bytes)
    return this.#outbox.finishProbe(probe.nonce, this.#options.zeroChecksum && session.peer.zeroChecksum)
  }

  #handleChunks(now: Millis, header: CommonHeader, walker: ChunkWalker): void {
    let isMore = this.#session?.takeWhole(walker) ?? true
    for (; isMore && this.#handleChunk(now, header, walker); isMore = walker.next());
    if (walker.malformed) this.#counters.droppedMalformed++
    this.#session?.receiver.endPacket(now)
    if (this.#shutdownWanted || this.#shutdown !== undefined) this.#ending.progress(now, this.#session)
  }

  /** False when the rest of the packet is to be left. */
  #handleChunk(now: Millis, header: CommonHeader, walker: ChunkWalker): boolean {
    switch (walker.type) {
      case types.CHUNK_INIT:
        this.#initialization.handleInit(now, walker.body)
        return false
      case types.CHUNK_INIT_ACK:
        this.#initialization.handleInitAck(now, walker.body)
        return false
      case types.CHUNK_COOKIE_ECHO:
        return this.#initialization.handleCookieEcho(now, header.verificationTag, walker.body)
      case types.CHUNK_COOKIE_ACK:
        this.#initialization.handleCookieAck(now)
        return true
      case types.CHUNK_ABORT:
        this.#close(errorOfAbort(walker.body))
        return false
      case types.CHUNK_ERROR:
        this.#handleError(now, walker)
        return this.#phase !== 'closed'
      default:
        return this.#handleSessionChunk(now, walker)
    }
  }

  #handleSessionChunk(now: Millis, walker: ChunkWalker): boolean {
    const session = this.#session
    if (session === undefined || this.#phase === 'closed') {
      this.#counters.droppedUnexpected++
      return false
    }
    switch (walker.type) {
      case types.CHUNK_DATA:
      case types.CHUNK_I_DATA:
      case types.CHUNK_SACK:
      case types.CHUNK_FORWARD_TSN:
      case types.CHUNK_I_FORWARD_TSN:
      case types.CHUNK_RECONFIG: {
        const outcome = session.handleChunk(now, walker)
        if (outcome === 'malformed') this.#counters.droppedMalformed++
        else if (outcome === 'progress' || session.transmitter.isProbing) this.#path.answered()
        if (typeof outcome === 'object') this.#violate(session, outcome)
        return typeof outcome !== 'object'
      }
      case types.CHUNK_HEARTBEAT:
        this.#outbox.pushChunk(encodeHeartbeatAck(walker.body))
        return true
      case types.CHUNK_HEARTBEAT_ACK:
        if (this.#mtu.handleAnswer(now, parseHeartbeatInfo(walker.body))) this.#path.answered()
        else this.#path.handleHeartbeatAck(now, walker.body, session.rto)
        return true
      case types.CHUNK_PAD: // RFC 4820 §3: nothing to be done
        return true
      case types.CHUNK_SHUTDOWN:
        return this.#handleShutdown(now, session, walker)
      case types.CHUNK_SHUTDOWN_ACK:
        return this.#ending.handleShutdownAck(session)
      case types.CHUNK_SHUTDOWN_COMPLETE:
        if (this.#phase === 'shutdownAckSent') this.#close()
        return false
      default:
        return this.#outbox.reportUnknown(walker)
    }
  }

  #violate(session: Session, { cause, message }: Violation): void {
    this.#outbox.pushAbort(session.peer.verificationTag, false, cause)
    this.#close(violationError(message, cause))
  }

  #handleError(now: Millis, walker: ChunkWalker): void {
    this.#counters.errorsReceived++
    if (saysStaleCookie(walker.body)) this.#initialization.handleStaleCookie(now)
  }

  #establish(now: Millis, peer: PeerParameters, localInitialTsn: number): void {
    const session = new Session({
      peer,
      interleaving: this.#options.interleaving && peer.interleaving, // RFC 8260 §2.2.1
      localInitialTsn,
      windowBytes: this.#options.receiveWindowBytes,
      maxWindowBytes: this.#options.maxReceiveWindowBytes,
      maxMessageSizeBytes: this.#options.maxMessageSizeBytes,
      maxStreams: this.#options.maxStreams,
      messageMemory: this.#options.messageMemory,
      maxChunkLength: this.#outbox.builder.maxChunkLength,
      queue: this.#queue,
      counters: this.#counters,
      readsInPlace: this.#options.readsInPlace,
      emit: (event) => this.#events.push(event),
      sendControl: (chunk) => this.#outbox.pushChunk(chunk),
    })
    this.#session = session
    this.#phase = 'established'
    this.#timers.clearAll()
    this.#path.begin(now)
    const { outgoingStreams, incomingStreams } = session
    this.#events.push({ type: 'connected', outgoingStreams, incomingStreams })
    if (this.#earlyResets.length > 0) session.resetStreams(this.#earlyResets)
    this.#earlyResets = []
    if (this.#shutdownWanted) this.#phase = 'shutdownPending'
  }

  get #ending(): Shutdown {
    return (this.#shutdown ??= new Shutdown({
      outbox: this.#outbox,
      phase: () => this.#phase,
      enter: (phase) => (this.#phase = phase),
      setTimer: (at) => this.#timers.set('t2', at),
      end: () => this.#close(),
    }))
  }

  #handleShutdown(now: Millis, session: Session, walker: ChunkWalker): boolean {
    const outcome = this.#ending.handleShutdown(now, session, walker.body)
    if (outcome === 'malformed') this.#counters.droppedMalformed++
    else if (typeof outcome === 'object') this.#violate(session, outcome)
    else this.#path.answered()
    return typeof outcome !== 'object'
  }

  #unanswered(): void {
    if (this.#path.unanswered() > this.#options.maxRetransmissions) this.#timeOut()
  }

  #timeOut(): void {
    this.#close(timeoutError('the peer stopped acknowledging: all retransmissions went unanswered'))
  }

  #close(error?: ProtocolError): void {
    if (this.#phase === 'closed') return
    this.#phase = 'closed'
    this.#session = undefined
    this.#timers.clearAll()
    this.#queue.clear()
    this.#outbox.clearChunks()
    this.#events.push(error === undefined ? { type: 'closed' } : { type: 'closed', error })
  }
}
