import { SparseMap } from '../../core/index.js'
import { DATA_BEGINNING, DATA_ENDING, DATA_UNORDERED, type DataChunk } from '../packet/chunk/data.js'
import type { SkippedMessages } from '../packet/chunk/forward-tsn.js'
import type { Violation } from '../violation.js'
import { InterleavedMessage } from './interleaved-message.js'
import { type WholeMessage, wholeMessageOf } from './partial-message.js'
import { type Reassembly, type ReassemblyOptions, tooLarge } from './reassembly.js'

const WHOLE = DATA_BEGINNING | DATA_ENDING
/** Message Identifiers are compared on their circle; those of unordered messages are not to get half of it ahead. */
const FAR_AHEAD = 0x40000000

/** The ordered or the unordered messages of a stream: each kind has Message Identifiers of its own (RFC 8260 §2.1). */
class Row {
  /** Ordered: the one to deliver next. Unordered: those before it were skipped, or are too old to come. */
  next = 0
  readonly messages = new SparseMap<number, InterleavedMessage>()
}

interface IncomingStream {
  ordered: Row | undefined
  unordered: Row | undefined
  /** How long its last message of several fragments was: often the next one is as long. */
  expectedBytes: number
}

/** Puts I-DATA together, and delivers it: by Message Identifiers, whatever the order of the TSNs (RFC 8260 §2). */
export class InterleavedReassembly implements Reassembly {
  readonly #options: ReassemblyOptions
  readonly #streams = new SparseMap<number, IncomingStream>()
  #bufferedBytes = 0
  #assemblingBytes = 0
  #waitingBytes = 0
  #pieces = 0

  constructor(options: ReassemblyOptions) {
    this.#options = options
  }

  get bufferedBytes(): number {
    return this.#bufferedBytes
  }

  get assemblingBytes(): number {
    return this.#assemblingBytes
  }

  get waitingBytes(): number {
    return this.#waitingBytes
  }

  get pieces(): number {
    return this.#pieces
  }

  get streamCount(): number {
    return this.#streams.size
  }

  get streamIds(): Iterable<number> {
    return this.#streams.keys()
  }

  add(_tsn: number, chunk: DataChunk): Violation | undefined {
    const { maxMessageSizeBytes } = this.#options
    const stream = this.#stream(chunk.streamId)
    const isOrdered = (chunk.flags & DATA_UNORDERED) === 0
    const row = isOrdered ? (stream.ordered ??= new Row()) : (stream.unordered ??= new Row())
    const ahead = (chunk.sequence - row.next) | 0
    if (ahead < 0) return undefined // its turn is over: the message was skipped, or the peer errs
    if (!isOrdered && ahead >= FAR_AHEAD) row.next = (chunk.sequence - FAR_AHEAD / 2) >>> 0
    let message = row.messages.get(chunk.sequence)
    if (message === undefined && (chunk.flags & WHOLE) === WHOLE && (ahead === 0 || !isOrdered)) {
      if (chunk.payloadEnd - chunk.payloadAt > maxMessageSizeBytes) return tooLarge(maxMessageSizeBytes)
      this.#deliver(row, wholeMessageOf(chunk))
      return undefined
    }
    if (message === undefined) {
      message = new InterleavedMessage(chunk.sequence, this.#options.messageMemory)
      row.messages.set(chunk.sequence, message)
    } else this.#count(message, -1)
    const wrong = message.add(chunk, this.#expected(stream))
    this.#count(message, 1)
    if (wrong !== undefined) return wrong
    if (message.bytes > maxMessageSizeBytes) return tooLarge(maxMessageSizeBytes)
    if (message.whole === undefined) return undefined
    stream.expectedBytes = message.whole.data.length
    if (!isOrdered || ahead === 0) this.#deliver(row, this.#take(row, message))
    return undefined
  }

  passesNext(streamId: number, isOrdered: boolean, sequence: number): boolean {
    const stream = this.#streams.get(streamId)
    const row = isOrdered ? stream?.ordered : stream?.unordered
    if (row === undefined || row.messages.size > 0) return false
    const ahead = (sequence - row.next) | 0
    if (!isOrdered) return ahead >= 0 && ahead < FAR_AHEAD
    if (ahead !== 0) return false
    row.next = (sequence + 1) >>> 0
    return true
  }

  skip(_from: number, _to: number, skipped: readonly SkippedMessages[]): void {
    for (const { streamId, ordered, sequence } of skipped) {
      const stream = this.#stream(streamId)
      const row = ordered ? (stream.ordered ??= new Row()) : (stream.unordered ??= new Row())
      const distance = (sequence - row.next) | 0
      if (distance < 0) continue
      for (const message of messagesWithin(row, distance)) {
        this.#take(row, message)
        // What is complete is delivered, in order, the rest does not hold it up any more (RFC 3758 §3.6).
        if (message.whole !== undefined) this.#options.deliver(message.whole)
      }
      row.next = (sequence + 1) >>> 0
      if (ordered) this.#deliverWaiting(row)
    }
  }

  reset(streamId: number): void {
    const stream = this.#streams.get(streamId)
    for (const row of [stream?.ordered, stream?.unordered]) {
      for (const message of row?.messages.values() ?? []) this.#count(message, -1)
    }
    this.#streams.delete(streamId)
  }

  #stream(streamId: number): IncomingStream {
    let stream = this.#streams.get(streamId)
    if (stream === undefined) {
      stream = { ordered: undefined, unordered: undefined, expectedBytes: 0 }
      this.#streams.set(streamId, stream)
    }
    return stream
  }

  #expected({ expectedBytes }: IncomingStream): number {
    return this.#assemblingBytes + expectedBytes <= this.#options.maxExpectedBytes ? expectedBytes : 0
  }

  /** Counts what the message holds, or does not any more. */
  #count(message: InterleavedMessage, change: 1 | -1): void {
    this.#bufferedBytes += change * message.bytes
    this.#assemblingBytes += change * message.assemblingBytes
    this.#waitingBytes += change * message.waitingBytes
    this.#pieces += change * message.pieces
  }

  #take(row: Row, message: InterleavedMessage): WholeMessage {
    row.messages.delete(message.mid)
    this.#count(message, -1)
    return message.whole!
  }

  #deliver(row: Row, message: WholeMessage): void {
    this.#options.deliver(message)
    if (message.unordered) return
    row.next = (row.next + 1) >>> 0
    if (row.messages.size > 0) this.#deliverWaiting(row)
  }

  #deliverWaiting(row: Row): void {
    for (;;) {
      const message = row.messages.get(row.next)
      if (message?.whole === undefined) return
      this.#options.deliver(this.#take(row, message))
      row.next = (row.next + 1) >>> 0
    }
  }
}

/** Those from the next one to `distance` after it, in order; it costs no more than there are messages, or numbers. */
function messagesWithin(row: Row, distance: number): InterleavedMessage[] {
  if (distance < row.messages.size) {
    return Array.from({ length: distance + 1 }, (_, i) => row.messages.get((row.next + i) >>> 0)).filter(
      (message) => message !== undefined,
    )
  }
  const ahead = ({ mid }: InterleavedMessage): number => (mid - row.next) >>> 0
  return [...row.messages.values()].filter((m) => ahead(m) <= distance).sort((a, b) => ahead(a) - ahead(b))
}
