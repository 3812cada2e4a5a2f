import { SparseMap } from '../../core/index.js'
import type { SkippedMessages } from '../packet/chunk/forward-tsn.js'
import type { WholeMessage } from './partial-message.js'

interface IncomingStream {
  /** The Stream Sequence Number to deliver next. */
  next: number
  /** Messages that are complete, and wait for one before them. Absent until needed. */
  waiting: Map<number, WholeMessage> | undefined
}

const SSN_MASK = 0xffff
const HALF_OF_SSNS = 0x8000

/** Delivers the ordered messages of each stream by their Stream Sequence Numbers (RFC 9260 §6.5, §6.6). */
export class StreamOrder {
  readonly #streams = new SparseMap<number, IncomingStream>()
  readonly #deliver: (message: WholeMessage) => void
  #bufferedBytes = 0
  #waiting = 0

  constructor(deliver: (message: WholeMessage) => void) {
    this.#deliver = deliver
  }

  get bufferedBytes(): number {
    return this.#bufferedBytes
  }

  /** How many messages wait. */
  get waiting(): number {
    return this.#waiting
  }

  /** Streams that there is state of. */
  get size(): number {
    return this.#streams.size
  }

  get streamIds(): Iterable<number> {
    return this.#streams.keys()
  }

  add(message: WholeMessage): void {
    const stream = this.#stream(message.streamId)
    if (message.sequence === stream.next) {
      stream.next = (stream.next + 1) & SSN_MASK
      this.#deliver(message)
      if (stream.waiting !== undefined) this.#deliverWaiting(stream)
      return
    }
    // Behind us by less than half of the circle: its turn is over (only a peer that errs sends that).
    if (((message.sequence - stream.next) & SSN_MASK) >= HALF_OF_SSNS) return
    stream.waiting ??= new Map()
    if (stream.waiting.has(message.sequence)) return
    stream.waiting.set(message.sequence, message)
    this.#bufferedBytes += message.data.length
    this.#waiting++
  }

  /** Counts a message as delivered if it is the next, and nothing waits for it. */
  passesNext(streamId: number, ssn: number): boolean {
    const stream = this.#streams.get(streamId)
    if (stream?.next !== ssn || stream.waiting !== undefined) return false
    stream.next = (ssn + 1) & SSN_MASK
    return true
  }

  /** RFC 3758 §3.6: what is complete up to the skipped number is delivered, the rest does not hold it up any more. */
  skip({ streamId, sequence: ssn }: SkippedMessages): void {
    const stream = this.#stream(streamId)
    const distance = (ssn - stream.next) & SSN_MASK
    if (distance >= HALF_OF_SSNS) return
    if (stream.waiting !== undefined) {
      for (const passed of passedBy(stream, stream.waiting, distance)) this.#takeWaiting(stream, passed)
    }
    stream.next = (ssn + 1) & SSN_MASK
    if (stream.waiting !== undefined) this.#deliverWaiting(stream)
  }

  /** RFC 6525 §5.2.2: the stream begins anew at zero, and costs nothing until it does. */
  reset(streamId: number): void {
    const stream = this.#streams.get(streamId)
    if (stream?.waiting !== undefined) {
      for (const message of stream.waiting.values()) this.#bufferedBytes -= message.data.length
      this.#waiting -= stream.waiting.size
    }
    this.#streams.delete(streamId)
  }

  #stream(streamId: number): IncomingStream {
    let stream = this.#streams.get(streamId)
    if (stream === undefined) {
      stream = { next: 0, waiting: undefined }
      this.#streams.set(streamId, stream)
    }
    return stream
  }

  #deliverWaiting(stream: IncomingStream): void {
    while (this.#takeWaiting(stream, stream.next)) stream.next = (stream.next + 1) & SSN_MASK
    if (stream.waiting?.size === 0) stream.waiting = undefined
  }

  #takeWaiting(stream: IncomingStream, ssn: number): boolean {
    const message = stream.waiting?.get(ssn)
    if (message === undefined) return false
    stream.waiting?.delete(ssn)
    this.#bufferedBytes -= message.data.length
    this.#waiting--
    this.#deliver(message)
    return true
  }
}

/** Those from the next one to `distance` after it, in order. It takes no more steps than messages wait, or there are numbers. */
function passedBy({ next }: IncomingStream, waiting: ReadonlyMap<number, WholeMessage>, distance: number): number[] {
  if (distance < waiting.size) return Array.from({ length: distance + 1 }, (_, i) => (next + i) & SSN_MASK)
  const offsets = [...waiting.keys()].map((ssn) => (ssn - next) & SSN_MASK).filter((offset) => offset <= distance)
  return offsets.sort((a, b) => a - b).map((offset) => (next + offset) & SSN_MASK)
}
