import { Deque, type Millis } from '../../core/index.js'
import type { SctpCounters } from '../counters.js'
import type { SctpMessage, StreamId } from '../types.js'
import {
  DEFAULT_WEIGHT,
  newOutgoingMessage,
  newOutgoingStream,
  type OutgoingMessage,
  type OutgoingStream,
} from './outgoing-stream.js'

/** What a stream of the default weight may send in its turn. */
const QUANTUM_BYTES = 4 * 1024

export interface SendQueueOptions {
  readonly counters: SctpCounters
  /** Bytes left the queue: put into a packet, or dropped. */
  readonly onSent: (streamId: StreamId, bytes: number) => void
}

/**
 * What is to be sent, by stream, and whose turn it is: deficit round robin by weight. Turns change between messages
 * only, since the fragments of one need TSNs in a row (RFC 9260 §6.9). Survives a restart of the association.
 */
export class SendQueue {
  readonly #counters: SctpCounters
  readonly #onSent: (streamId: StreamId, bytes: number) => void
  readonly #streams = new Map<StreamId, OutgoingStream>()
  /** Streams with messages, in the order of their turns. */
  readonly #turns = new Deque<OutgoingStream>()
  /** Streams to be reset whose messages have all been sent. */
  readonly #drained = new Set<StreamId>()
  /** The message that has begun and has to be finished before another may begin. */
  #current: OutgoingMessage | undefined
  #queuedBytes = 0
  #outgoingStreams = 65536

  constructor(options: SendQueueOptions) {
    this.#counters = options.counters
    this.#onSent = options.onSent
  }

  get isEmpty(): boolean {
    return this.#queuedBytes === 0
  }

  /** Streams with state, for proof that resets leave none. */
  get streamCount(): number {
    return this.#streams.size
  }

  get drained(): ReadonlySet<StreamId> {
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

  /** The association is up, with so many streams: what was queued for others cannot be sent. */
  limitStreams(outgoingStreams: number): void {
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
    const current = stream.messages.peek()
    const kept = current !== undefined && current === this.#current ? current : undefined
    const keptBytes = kept === undefined ? 0 : kept.data.length - kept.offset
    const dropped = stream.queuedBytes - keptBytes
    stream.messages.clear()
    stream.held = []
    stream.heldSince = []
    if (kept !== undefined) stream.messages.push(kept)
    this.#taken(stream, dropped)
    this.#noteIfDrained(stream)
  }

  /** The message whose next fragment is to be sent; what has expired on the way is dropped (RFC 3758 §4.1). */
  next(now: Millis): OutgoingMessage | undefined {
    if (this.#current !== undefined) return this.#current
    for (;;) {
      const stream = this.#turns.peek()
      if (stream === undefined) return undefined
      const message = stream.messages.peek()
      if (message === undefined) {
        this.#turns.shift()
        stream.isScheduled = false
        stream.credit = 0
      } else if (now >= message.expiresAt) {
        this.#counters.messagesAbandoned++
        this.#drop(message)
      } else if (stream.credit > 0 || this.#turns.length === 1) {
        return message
      } else {
        stream.credit += (QUANTUM_BYTES * stream.weight) / DEFAULT_WEIGHT
        if (stream.credit <= 0) this.#rotate()
      }
    }
  }

  /** `bytes` of what {@link next} told were put into a packet. */
  consume(message: OutgoingMessage, bytes: number): void {
    const { stream } = message
    if (message.offset === 0 && message.ordered) {
      message.ssn = stream.nextSsn
      stream.nextSsn = (stream.nextSsn + 1) & 0xffff
    }
    message.offset += bytes
    stream.credit -= bytes
    this.#taken(stream, bytes)
    if (message.offset < message.data.length) {
      this.#current = message
      return
    }
    this.#current = undefined
    stream.messages.shift()
    if (this.#turns.length === 1)
      stream.credit = 0 // alone, it takes nothing from anyone
    else if (stream.credit <= 0) this.#rotate()
    this.#noteIfDrained(stream)
  }

  /** Gives the rest of a message up that has begun. True when there was a rest. */
  dropRest(message: OutgoingMessage): boolean {
    if (this.#current !== message) return false
    this.#current = undefined
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
    if (wasPerformed) stream.nextSsn = 0
    stream.held = []
    stream.heldSince = []
    held.forEach((message, index) => this.#enqueue(newOutgoingMessage(heldSince[index]!, stream, message)))
  }

  /** RFC 9260 §5.2.4.1: the peer began anew. What was not sent yet is sent to it; SSNs begin at zero. */
  restart(): void {
    if (this.#current !== undefined) this.dropRest(this.#current)
    for (const stream of this.#streams.values()) {
      stream.nextSsn = 0
      stream.lastTsn = 0
    }
  }

  clear(): void {
    this.#streams.clear()
    this.#turns.clear()
    this.#drained.clear()
    this.#current = undefined
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
    if (stream.isScheduled) return
    stream.isScheduled = true
    this.#turns.push(stream)
  }

  #rotate(): void {
    // Only the stream in front ever sends, so that it is the one whose turn is over.
    if (this.#turns.length > 1) this.#turns.push(this.#turns.shift()!)
  }

  #drop(message: OutgoingMessage): void {
    message.stream.messages.shift()
    this.#taken(message.stream, message.data.length - message.offset)
    this.#noteIfDrained(message.stream)
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
