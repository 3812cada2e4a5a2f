import { SparseMap, SparseSet, type Millis } from '../../core/index.js'
import type { SctpCounters } from '../counters.js'
import type { SctpMessage, StreamId } from '../types.js'
import { FairOrder } from './fair-order.js'
import { newOutgoingMessage, newOutgoingStream, type OutgoingMessage, type OutgoingStream } from './outgoing-stream.js'

/** One that an application may wait for the answer to; others are data. */
export const SHORT_MESSAGE_BYTES = 1024
/** Certainly one chunk: never begun and left unfinished. */
const SINGLE_CHUNK_BYTES = 512

/** What an association that has come up means for the queue. */
export interface QueueTerms {
  readonly outgoingStreams: number
  /** RFC 8260: fragments of several messages may mix. */
  readonly interleaving: boolean
  /** What the peer can buffer. */
  readonly peerWindowBytes: number
}

export interface SendQueueOptions {
  readonly counters: SctpCounters
  /** Bytes left the queue: put into a packet, or dropped. */
  readonly onSent: (streamId: StreamId, bytes: number) => void
}

/**
 * What is to be sent, by stream, and whose turn it is. With interleaving (RFC 8260) each fragment is a turn. Without, turns
 * change between messages only, since the fragments of one need TSNs in a row (RFC 9260 §6.9). However much is queued, a
 * message costs the same. Survives a restart of the association.
 */
export class SendQueue {
  readonly #counters: SctpCounters
  readonly #onSent: (streamId: StreamId, bytes: number) => void
  readonly #streams = new SparseMap<StreamId, OutgoingStream>()
  /** Streams with messages that may be sent. */
  readonly #turns = new FairOrder()
  /** Streams whose next message has to wait until others that have begun are finished. */
  readonly #parked = new SparseSet<OutgoingStream>()
  /** Streams to be reset whose messages have all been sent. */
  readonly #drained = new SparseSet<StreamId>()
  /** Without interleaving: the message that has begun and has to be finished before another may begin. */
  #current: OutgoingMessage | undefined
  #interleaving = false
  /** Messages that have begun and are not finished, and how long they are. */
  #begun = 0
  #begunBytes = 0
  /**
   * How long they may be together. Each may lie in the peer's window, incomplete, at the same time: if they filled it, none
   * could be finished.
   */
  #maxBegunBytes = Infinity
  #queuedBytes = 0
  #outgoingStreams = 65536
  #shortBesideAt: Millis = -Infinity

  constructor(options: SendQueueOptions) {
    this.#counters = options.counters
    this.#onSent = options.onSent
  }

  get isEmpty(): boolean {
    return this.#queuedBytes === 0
  }

  /** When a short message came last to a stream that had none, while others had something to send. */
  get shortBesideAt(): Millis {
    return this.#shortBesideAt
  }

  /** Streams with state, for proof that resets leave none. */
  get streamCount(): number {
    return this.#streams.size
  }

  get drained(): Iterable<StreamId> & { readonly size: number } {
    return this.#drained
  }

  /** The newest TSN of the stream; 0 when it has sent nothing. */
  lastTsn(streamId: StreamId): number {
    return this.#streams.get(streamId)?.lastTsn ?? 0
  }

  /** Streams that have sent, or are about to. */
  streamIds(): readonly StreamId[] {
    return [...this.#streams.keys()]
  }

  queuedBytes(streamId: StreamId): number {
    return this.#streams.get(streamId)?.queuedBytes ?? 0
  }

  push(now: Millis, message: SctpMessage): void {
    // RFC 9260 §6.2 has no way to say nothing, and a stream beyond those agreed on is an error at the peer.
    if (message.data.length === 0 || message.streamId >= this.#outgoingStreams) {
      this.#counters.droppedSends++
      if (message.data.length > 0) this.#onSent(message.streamId, message.data.length)
      return
    }
    const stream = this.#stream(message.streamId)
    const isBeside = stream.turnIndex < 0 && this.#turns.size > 0
    if (isBeside && message.data.length <= SHORT_MESSAGE_BYTES) this.#shortBesideAt = now
    stream.queuedBytes += message.data.length
    this.#queuedBytes += message.data.length
    if (stream.phase === 'open') {
      this.#enqueue(newOutgoingMessage(now, stream, message))
      return
    }
    stream.held.push(message)
    stream.heldSince.push(now)
  }

  setWeight(streamId: StreamId, weight: number): void {
    this.#stream(streamId).weight = Math.max(1, weight)
  }

  /** The association is up: what was queued for streams that it does not have cannot be sent. */
  begin({ outgoingStreams, interleaving, peerWindowBytes }: QueueTerms): void {
    this.#interleaving = interleaving
    this.#maxBegunBytes = peerWindowBytes / 2
    this.#outgoingStreams = outgoingStreams
    for (const stream of this.#streams.values()) {
      if (stream.id < outgoingStreams) continue
      this.#counters.droppedSends += stream.messages.length
      this.discard(stream.id)
      this.#streams.delete(stream.id)
    }
  }

  /** Drops what has not been sent. A message that has begun is finished: its rest is what the peer waits for. */
  discard(streamId: StreamId): void {
    const stream = this.#streams.get(streamId)
    if (stream === undefined) return
    const first = stream.messages.peek()
    const kept = first !== undefined && first.offset > 0 ? first : undefined
    const keptBytes = kept === undefined ? 0 : kept.data.length - kept.offset
    const dropped = stream.queuedBytes - keptBytes
    stream.messages.clear()
    stream.held = []
    stream.heldSince = []
    if (kept !== undefined) stream.messages.push(kept)
    else this.#leaveTurns(stream)
    this.#taken(stream, dropped)
    this.#noteIfDrained(stream)
  }

  /** The message whose next fragment is to be sent; what has expired on the way is dropped (RFC 3758 §4.1). */
  next(now: Millis): OutgoingMessage | undefined {
    if (this.#current !== undefined) return this.#current
    for (;;) {
      const stream = this.#turns.first
      const message = stream?.messages.peek()
      if (stream === undefined || message === undefined) return undefined
      if (message.offset > 0) return message
      if (now >= message.expiresAt) {
        this.#counters.messagesAbandoned++
        this.#drop(message)
        message.release?.(message.data)
      } else if (this.#mayBegin(message)) return message
      else {
        this.#turns.remove(stream)
        this.#parked.add(stream)
      }
    }
  }

  /** `bytes` of what {@link next} told were put into a packet. */
  consume(message: OutgoingMessage, bytes: number): void {
    const { stream } = message
    const isFirst = message.offset === 0
    if (isFirst) this.#number(message)
    message.offset += bytes
    this.#turns.charge(stream, bytes)
    this.#taken(stream, bytes)
    if (message.offset < message.data.length) {
      if (!this.#interleaving) this.#current = message
      if (isFirst) this.#countBegun(message, 1)
      return
    }
    this.#current = undefined
    if (!isFirst) this.#countBegun(message, -1)
    this.#shiftMessage(stream)
  }

  /** Gives the rest of a message up that has begun. True when there was a rest. */
  dropRest(message: OutgoingMessage): boolean {
    const isBegun = message.offset > 0 && message.offset < message.data.length
    if (!isBegun || message.stream.messages.peek() !== message) return false
    this.#current = undefined
    this.#countBegun(message, -1)
    this.#drop(message)
    return true
  }

  /** RFC 6525 §5.1.2: what is queued goes first, what comes is held back. */
  beginDrain(streamId: StreamId): void {
    const stream = this.#stream(streamId)
    if (stream.phase !== 'open') return
    stream.phase = 'draining'
    this.#noteIfDrained(stream)
  }

  beginReset(streamIds: readonly StreamId[]): void {
    for (const id of streamIds) {
      this.#drained.delete(id)
      this.#stream(id).phase = 'resetting'
    }
  }

  /** The reset was answered. When it was performed, the stream is as new: nothing of it is left, but what was held. */
  endReset(streamId: StreamId, wasPerformed: boolean): void {
    const stream = this.#streams.get(streamId)
    this.#drained.delete(streamId)
    if (stream === undefined) return
    const { held, heldSince } = stream
    if (wasPerformed && held.length === 0) {
      this.#streams.delete(streamId)
      return
    }
    stream.phase = 'open'
    if (wasPerformed) restartSequences(stream)
    stream.held = []
    stream.heldSince = []
    held.forEach((message, index) => this.#enqueue(newOutgoingMessage(heldSince[index]!, stream, message)))
  }

  /** RFC 9260 §5.2.4.1: the peer began anew. What was not sent yet is sent to it; SSNs begin at zero. */
  restart(): void {
    for (const stream of this.#streams.values()) {
      const first = stream.messages.peek()
      if (first !== undefined) this.dropRest(first)
      restartSequences(stream)
      stream.lastTsn = 0
    }
  }

  clear(): void {
    this.#streams.clear()
    this.#turns.clear()
    this.#parked.clear()
    this.#drained.clear()
    this.#current = undefined
    this.#begun = 0
    this.#begunBytes = 0
    this.#queuedBytes = 0
  }

  #stream(id: StreamId): OutgoingStream {
    let stream = this.#streams.get(id)
    if (stream === undefined) {
      stream = newOutgoingStream(id)
      this.#streams.set(id, stream)
    }
    return stream
  }

  #enqueue(message: OutgoingMessage): void {
    const { stream } = message
    stream.messages.push(message)
    if (!this.#parked.has(stream)) this.#turns.add(stream)
  }

  /** Without interleaving a message begins only when the one before has ended. */
  #mayBegin({ data }: OutgoingMessage): boolean {
    if (this.#begun === 0 || data.length <= SINGLE_CHUNK_BYTES) return true
    return this.#begunBytes + data.length <= this.#maxBegunBytes
  }

  #countBegun(message: OutgoingMessage, change: 1 | -1): void {
    this.#begun += change
    this.#begunBytes += change * message.data.length
    if (change === 1) return
    for (const stream of this.#parked) this.#turns.add(stream)
    this.#parked.clear()
  }

  #number(message: OutgoingMessage): void {
    const { stream } = message
    if (message.ordered) {
      message.sequence = stream.nextSequence
      stream.nextSequence = this.#after(stream.nextSequence)
    } else if (this.#interleaving) {
      message.sequence = stream.nextUnorderedSequence
      stream.nextUnorderedSequence = this.#after(stream.nextUnorderedSequence)
    }
  }

  /** Stream Sequence Numbers have 16 bits, Message Identifiers 32. */
  #after(sequence: number): number {
    return this.#interleaving ? (sequence + 1) >>> 0 : (sequence + 1) & 0xffff
  }

  #drop(message: OutgoingMessage): void {
    this.#taken(message.stream, message.data.length - message.offset)
    this.#shiftMessage(message.stream)
  }

  #shiftMessage(stream: OutgoingStream): void {
    stream.messages.shift()
    if (stream.messages.length === 0) this.#leaveTurns(stream)
    this.#noteIfDrained(stream)
  }

  #leaveTurns(stream: OutgoingStream): void {
    this.#turns.remove(stream)
    this.#parked.delete(stream)
  }

  #taken(stream: OutgoingStream, bytes: number): void {
    if (bytes === 0) return
    stream.queuedBytes -= bytes
    this.#queuedBytes -= bytes
    this.#onSent(stream.id, bytes)
  }

  #noteIfDrained(stream: OutgoingStream): void {
    if (stream.phase === 'draining' && stream.messages.length === 0) this.#drained.add(stream.id)
  }
}

function restartSequences(stream: OutgoingStream): void {
  stream.nextSequence = 0
  stream.nextUnorderedSequence = 0
}
