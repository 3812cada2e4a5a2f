import type { Millis } from '../core/index.js'
import type { SctpCounters } from './counters.js'
import {
  CHUNK_DATA,
  CHUNK_FORWARD_TSN,
  CHUNK_I_DATA,
  CHUNK_I_FORWARD_TSN,
  CHUNK_RECONFIG,
  CHUNK_SACK,
} from './packet/chunk-type.js'
import type { ChunkWalker } from './packet/chunk-walker.js'
import { encodeError } from './packet/chunk/abort.js'
import { parseData } from './packet/chunk/data.js'
import { parseForwardTsn } from './packet/chunk/forward-tsn.js'
import { parseIData } from './packet/chunk/i-data.js'
import { parseIForwardTsn } from './packet/chunk/i-forward-tsn.js'
import { encodeReconfig, parseReconfig } from './packet/chunk/reconfig.js'
import { parseSack } from './packet/chunk/sack.js'
import { invalidStreamCause } from './packet/error-cause.js'
import type { PacketBuilder } from './packet/packet-builder.js'
import {
  RESULT_NOTHING_TO_DO,
  RESULT_PERFORMED,
  RESULT_REQUEST_IN_PROGRESS,
  RESULT_WRONG_SSN,
} from './packet/reconfig-parameter.js'
import type { MessageRun } from './rx/message-run.js'
import type { WholeMessage } from './rx/partial-message.js'
import { Receiver } from './rx/receiver.js'
import { ResetResponder } from './rx/reset-responder.js'
import type { PeerParameters } from './state-cookie.js'
import { RESET_REQUEST_OVERHEAD_BYTES, ResetRequester } from './tx/reset-requester.js'
import { RetransmissionTimeout } from './tx/rto.js'
import type { SendQueue } from './tx/send-queue.js'
import { Transmitter } from './tx/transmitter.js'
import type { MessageMemory, SctpEvent, StreamId } from './types.js'
import { violation, type Violation } from './violation.js'

export interface SessionOptions {
  readonly peer: PeerParameters
  readonly localInitialTsn: number
  /** Both sides offered I-DATA (RFC 8260). */
  readonly interleaving: boolean
  readonly windowBytes: number
  readonly maxWindowBytes: number
  readonly maxMessageSizeBytes: number
  readonly messageMemory: MessageMemory
  readonly maxStreams: number
  readonly maxChunkLength: number
  readonly queue: SendQueue
  readonly counters: SctpCounters
  readonly readsInPlace: boolean
  readonly emit: (event: SctpEvent | MessageRun) => void
  readonly sendControl: (chunk: Uint8Array) => void
}

/** What a session is made with, and does not change. */
const TERMS = ['outboundStreams', 'inboundStreams', 'forwardTsn', 'reconfig', 'interleaving'] as const

/** What a chunk led to. */
export type ChunkOutcome = Violation | 'progress' | 'malformed' | undefined

/** What lasts from COOKIE to SHUTDOWN ("TCB" in RFC 9260): both halves of the data transfer, and stream resets. */
export class Session {
  peer: PeerParameters
  readonly outgoingStreams: number
  readonly rto = new RetransmissionTimeout()
  readonly transmitter: Transmitter
  receiver: Receiver
  // Both are made when a stream is to be reset: most live as long as their association.
  #requester: ResetRequester | undefined
  #responder: ResetResponder | undefined
  readonly #options: SessionOptions

  constructor(options: SessionOptions) {
    const { peer, queue, counters, localInitialTsn, maxChunkLength, maxStreams } = options
    this.#options = options
    this.peer = peer
    // RFC 9260 §5.1.1: neither side sends on more streams than the other takes.
    this.outgoingStreams = Math.min(maxStreams, peer.inboundStreams)
    queue.begin({
      outgoingStreams: this.outgoingStreams,
      interleaving: options.interleaving,
      peerWindowBytes: peer.windowBytes,
    })
    this.transmitter = new Transmitter({
      interleaving: options.interleaving,
      initialTsn: localInitialTsn,
      peerWindowBytes: peer.windowBytes,
      partialReliability: peer.forwardTsn,
      maxChunkLength,
      queue,
      rto: this.rto,
      counters,
    })
    this.receiver = this.#newReceiver()
  }

  #newRequester(): ResetRequester {
    const { queue, emit, localInitialTsn, maxChunkLength } = this.#options
    return new ResetRequester(
      {
        firstSequence: localInitialTsn,
        isSupported: this.peer.reconfig,
        maxIdsPerRequest: Math.floor((maxChunkLength - RESET_REQUEST_OVERHEAD_BYTES) / 2),
        queue,
        rto: this.rto,
        lastAssignedTsn: () => this.transmitter.lastAssignedTsn,
        cumulativeAck: () => this.transmitter.cumulativeAck,
        toWire: (tsn) => this.transmitter.toWire(tsn),
        emit,
      },
      this.peer.initialTsn,
    )
  }

  #newReceiver(): Receiver {
    const { interleaving, windowBytes, maxWindowBytes, maxMessageSizeBytes, messageMemory, counters } = this.#options
    return new Receiver({
      peerInitialTsn: this.peer.initialTsn,
      interleaving,
      windowBytes,
      maxWindowBytes,
      maxMessageSizeBytes,
      messageMemory,
      counters,
      roundTrip: () => this.rto.smoothedRoundTrip ?? 0,
      deliver: (messages) => this.#deliver(messages),
    })
  }

  #newResponder(): ResetResponder {
    const { counters, emit, maxStreams, sendControl } = this.#options
    return new ResetResponder({
      firstSequence: this.peer.initialTsn,
      incomingStreams: this.incomingStreams,
      maxStreams,
      receiver: this.receiver,
      counters,
      emit,
      respond: (responseSequence, result) =>
        sendControl(encodeReconfig({ type: 'response', responseSequence, result })),
      resetOutgoing: (streamIds, sequence) => this.#resetAsAsked(streamIds, sequence),
      outgoingStreams: () => this.outgoingStreams,
    })
  }

  get incomingStreams(): number {
    return this.#responder?.incomingStreams ?? Math.min(this.#options.maxStreams, this.peer.outboundStreams)
  }

  /** All that was queued is sent and acknowledged (RFC 9260 §9.2). */
  get isDrained(): boolean {
    return this.#options.queue.isEmpty && this.transmitter.isIdle
  }

  resetStreams(streamIds: readonly StreamId[]): void {
    this.#reset(streamIds)
  }

  /**
   * The peer shakes hands although its INIT was known (and nothing else came of it): with what it says now. It is told our tag and
   * TSN again, so what was sent stays sent, but for that it may have gone to a tag of which the peer knows no more. False where
   * what was agreed on is not what the peer would have now.
   */
  meet(now: Millis, peer: PeerParameters): boolean {
    const before = this.peer
    if (TERMS.some((term) => peer[term] !== before[term])) return false
    if (peer.verificationTag === before.verificationTag && peer.initialTsn === before.initialTsn) return true
    this.peer = peer
    this.receiver = this.#newReceiver()
    this.#responder = undefined
    this.#requester?.request([], (peer.initialTsn - 1) >>> 0)
    this.transmitter.pathChanged(now, true)
    return true
  }

  nextTimeout(): Millis {
    return Math.min(this.transmitter.deadline, this.receiver.acks.deadline, this.#requester?.deadline ?? Infinity)
  }

  /** Runs what is due. True when the peer left something unanswered that counts as an error (RFC 9260 §8.1). */
  handleTimeout(now: Millis): boolean {
    this.receiver.acks.handleTimeout(now)
    const t3 = this.transmitter.handleTimeout(now)
    const reconfig = this.#requester?.handleTimeout(now) === true
    return t3 || reconfig
  }

  /** Takes what a packet begins with of messages that need nothing but to be delivered. Whether a chunk is left: that is the current one. */
  takeWhole(chunk: ChunkWalker): boolean {
    if (!this.#options.readsInPlace || this.#responder?.barrier !== undefined || this.transmitter.isProbing) return true
    const at = this.receiver.takeWhole(chunk.packet, chunk.start, this.incomingStreams)
    return at === chunk.start || chunk.skipTo(at)
  }

  /** Handles the chunk types of the data transfer. */
  handleChunk(now: Millis, chunk: ChunkWalker): ChunkOutcome {
    switch (chunk.type) {
      case CHUNK_DATA:
      case CHUNK_I_DATA:
        return this.#handleData(chunk)
      case CHUNK_SACK: {
        const sack = parseSack(chunk.packet, chunk.bodyStart, chunk.end)
        return sack === undefined ? 'malformed' : this.transmitter.handleSack(now, sack)
      }
      case CHUNK_FORWARD_TSN:
      case CHUNK_I_FORWARD_TSN:
        return this.#handleForwardTsn(chunk)
      case CHUNK_RECONFIG:
        return this.#handleReconfig(chunk)
      default:
        return undefined
    }
  }

  /** Fills a packet that may hold control chunks already. */
  fill(now: Millis, builder: PacketBuilder, mayReset: boolean): void {
    const { acks } = this.receiver
    // RFC 9260 §6.2: a packet that carries data takes a SACK along that is waiting; control chunks go first (§6.10).
    if (acks.isDue || (acks.isPending && this.transmitter.canSend(now))) this.receiver.putSack(builder)
    this.transmitter.fill(now, builder)
    if (mayReset && builder.isEmpty) this.#fillReset(now, builder)
  }

  /** After all data, so that the peer has it when it reads the request; never behind DATA in one packet (§6.10). */
  #fillReset(now: Millis, builder: PacketBuilder): void {
    const chunk = this.#requester?.takeChunk(now)
    if (chunk !== undefined) builder.append(chunk)
  }

  #handleForwardTsn({ type, body }: ChunkWalker): ChunkOutcome {
    const { interleaving } = this.#options
    if (interleaving !== (type === CHUNK_I_FORWARD_TSN)) return wrongKind()
    const forward = interleaving ? parseIForwardTsn(body) : parseForwardTsn(body)
    if (forward === undefined) return 'malformed'
    this.receiver.handleForwardTsn(forward)
    return this.#responder?.progress()
  }

  #handleData(walker: ChunkWalker): ChunkOutcome {
    const { interleaving } = this.#options
    if (interleaving !== (walker.type === CHUNK_I_DATA)) return wrongKind()
    const parse = interleaving ? parseIData : parseData
    const chunk = parse(walker.packet, walker.flags, walker.bodyStart, walker.end)
    if (chunk === undefined) return 'malformed'
    if (chunk.streamId >= this.incomingStreams) {
      // RFC 9260 §6.5: acknowledged, discarded and reported.
      this.#options.counters.invalidStream++
      this.#options.sendControl(encodeError([invalidStreamCause(chunk.streamId)]))
    }
    const wrong = this.receiver.handleData(chunk, this.#responder?.barrier)
    return wrong ?? this.#responder?.progress()
  }

  #handleReconfig(walker: ChunkWalker): ChunkOutcome {
    const parameters = parseReconfig(walker.body)
    if (parameters === undefined) return 'malformed'
    for (const parameter of parameters) {
      if (parameter.type === 'response') {
        this.#requester?.handleResponse(parameter.responseSequence, parameter.result)
        continue
      }
      this.#responder ??= this.#newResponder()
      const wrong = this.#responder.handleRequest(parameter)
      if (wrong !== undefined) return wrong
    }
    return 'progress'
  }

  #resetAsAsked(streamIds: readonly StreamId[], sequence: number): number {
    if (streamIds.some((id) => id >= this.outgoingStreams)) return RESULT_WRONG_SSN
    // RFC 6525 §4.4: one after the other, so that streams nobody used do not cost an object each, 65,535 in all.
    if (this.#requester?.isIdle === false) return RESULT_REQUEST_IN_PROGRESS
    const known = streamIds.length > 0 ? streamIds : this.#options.queue.streamIds()
    if (known.length === 0) return RESULT_NOTHING_TO_DO
    this.#reset(known, sequence)
    return RESULT_PERFORMED
  }

  #reset(streamIds: readonly StreamId[], answersSequence?: number): void {
    this.#requester ??= this.#newRequester()
    this.#requester.request(streamIds, answersSequence)
  }

  #deliver(messages: WholeMessage | MessageRun): void {
    if (messages.streamId < this.incomingStreams) this.#options.emit(messages)
  }
}

/** RFC 8260 §2.2.3: once I-DATA was agreed on, DATA is a violation, and without that I-DATA is. */
function wrongKind(): Violation {
  return violation('DATA and I-DATA, or their FORWARD-TSNs, do not mix in one association')
}
