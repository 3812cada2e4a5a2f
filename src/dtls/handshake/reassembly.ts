import { appended } from '../../core/index.js'
import type { HandshakeFragment, HandshakeMessage } from './message.js'

/**
 * The largest message that we put together: a certificate chain is the biggest there is, and a ClientHello with ML-KEM key
 * shares has less than 2 KiB.
 */
export const MAX_MESSAGE_BYTES = 32 * 1024
/** How far ahead of the next message one may come: flights have at most five messages, and a repeat overlaps the next. */
const MAX_MESSAGES_AHEAD = 8
/** Several with one number can be under way when somebody else sends too; the one that makes sense first wins. */
const MAX_PARTIAL_MESSAGES = 16
/** Bytes held over all messages, and pieces of one: what strangers could make us keep. */
const MAX_BUFFERED_BYTES = 64 * 1024
const MAX_PIECES = 512

interface Piece {
  readonly offset: number
  readonly bytes: Uint8Array
}

interface PartialMessage {
  readonly sequence: number
  readonly type: number
  readonly length: number
  /** In order of their offsets, without overlaps. */
  pieces: Piece[]
  coveredBytes: number
}

/** What a fragment was good for. `old` ones belong to a message that was delivered before. */
export type Insertion = 'taken' | 'old' | 'duplicate' | 'refused'

/**
 * Puts handshake messages together from fragments that come in any order, twice, or overlapping (RFC 6347 §4.2.3), and
 * hands them over in order. Memory is taken for bytes that came, never for lengths that were claimed.
 */
export class Reassembly {
  #partials: PartialMessage[] = []
  #nextSequence = 0
  #bufferedBytes = 0

  /** The message_seq of the next message to deliver. */
  get nextSequence(): number {
    return this.#nextSequence
  }

  insert(fragment: HandshakeFragment): Insertion {
    const { sequence, type, length } = fragment
    if (sequence < this.#nextSequence) return 'old'
    if (sequence >= this.#nextSequence + MAX_MESSAGES_AHEAD || length > MAX_MESSAGE_BYTES) return 'refused'
    const known = this.#partials.find((p) => p.sequence === sequence && p.type === type && p.length === length)
    if (known !== undefined) return this.#cover(known, fragment)
    if (this.#partials.length === MAX_PARTIAL_MESSAGES) return 'refused'
    const partial: PartialMessage = { sequence, type, length, pieces: [], coveredBytes: 0 }
    this.#partials = appended(this.#partials, partial)
    return length === 0 ? 'taken' : this.#cover(partial, fragment)
  }

  /** The next message in order when all of it is there. It stays until {@link accept} or {@link discard}. */
  next(): HandshakeMessage | undefined {
    const partial = this.#complete()
    if (partial === undefined) return undefined
    return { type: partial.type, sequence: partial.sequence, body: bodyOf(partial) }
  }

  /** The message that {@link next} gave was good: go on to the one after it. */
  accept(): void {
    this.#remove((partial) => partial.sequence === this.#nextSequence)
    this.#nextSequence++
  }

  /** The message that {@link next} gave was rubbish: wait for another with its number. */
  discard(): void {
    const rubbish = this.#complete()
    this.#remove((partial) => partial === rubbish)
  }

  /** Nothing will be delivered any more; the number is kept, so that repeats are still recognised. */
  clear(): void {
    this.#remove(() => true)
  }

  #complete(): PartialMessage | undefined {
    return this.#partials.find((p) => p.sequence === this.#nextSequence && p.coveredBytes === p.length)
  }

  #remove(condition: (partial: PartialMessage) => boolean): void {
    this.#partials = this.#partials.filter((partial) => !condition(partial))
    this.#bufferedBytes = this.#partials.reduce((sum, partial) => sum + partial.coveredBytes, 0)
  }

  /** Copies those bytes of the fragment that no piece has yet. What came first stays. */
  #cover(partial: PartialMessage, fragment: HandshakeFragment): Insertion {
    const end = fragment.offset + fragment.bytes.length
    const added: Piece[] = []
    let at = fragment.offset
    for (const piece of partial.pieces) {
      if (at >= end) break
      if (piece.offset > at) added.push(pieceOf(fragment, at, Math.min(piece.offset, end)))
      at = Math.max(at, piece.offset + piece.bytes.length)
    }
    if (at < end) added.push(pieceOf(fragment, at, end))
    const addedBytes = added.reduce((sum, piece) => sum + piece.bytes.length, 0)
    if (addedBytes === 0) return 'duplicate'
    if (this.#bufferedBytes + addedBytes > MAX_BUFFERED_BYTES || partial.pieces.length + added.length > MAX_PIECES) {
      return 'refused'
    }
    partial.pieces = partial.pieces.concat(added)
    if (partial.pieces.length > 1) partial.pieces.sort((a, b) => a.offset - b.offset)
    partial.coveredBytes += addedBytes
    this.#bufferedBytes += addedBytes
    return 'taken'
  }
}

/** Nearly always one piece, which is a copy already. */
function bodyOf({ length, pieces }: PartialMessage): Uint8Array {
  if (pieces.length === 1) return pieces[0]!.bytes
  const body = new Uint8Array(length)
  for (const piece of pieces) body.set(piece.bytes, piece.offset)
  return body
}

function pieceOf(fragment: HandshakeFragment, from: number, to: number): Piece {
  return { offset: from, bytes: fragment.bytes.slice(from - fragment.offset, to - fragment.offset) }
}
