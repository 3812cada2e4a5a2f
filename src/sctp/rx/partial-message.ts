import { DATA_UNORDERED, type DataChunk, payloadOf } from '../packet/chunk/data.js'
import type { MessageMemory } from '../types.js'

/** A message whose fragments are all here: the event that tells of it, too, as objects count where messages are short. */
export interface WholeMessage {
  readonly type: 'message'
  readonly streamId: number
  /** Stream Sequence Number, or Message Identifier. */
  readonly sequence: number
  readonly ppid: number
  readonly unordered: boolean
  readonly data: Uint8Array
}

/** Room of a first piece when nothing tells how long the message will be: it grows as the message does. */
const FIRST_PIECE_BYTES = 4096
const MAX_PIECE_BYTES = 1024 * 1024

/**
 * The fragments of a message from its first on, without a hole. Copied as they come, so that no packet is kept: into memory as
 * long as the message will probably be, which becomes the message if it is; else into pieces that grow with what has come.
 */
export class PartialMessage {
  readonly streamId: number
  readonly sequence: number
  readonly ppid: number
  readonly flags: number
  readonly #memory: MessageMemory
  bytes = 0
  /** Memory taken for it. */
  capacity = 0
  #piece: Uint8Array
  #pieceBytes = 0
  /** Those before it, all full. */
  #full: Uint8Array[] | undefined

  /** @param expectedBytes how long it will be, as far as one can guess; 0 for no guess */
  constructor(first: DataChunk, expectedBytes: number, memory: MessageMemory) {
    this.#memory = memory
    this.streamId = first.streamId
    this.sequence = first.sequence
    this.ppid = first.ppid
    this.flags = first.flags
    this.capacity = expectedBytes || FIRST_PIECE_BYTES
    this.#piece = memory(this.capacity)
    this.append(payloadOf(first))
  }

  append(payload: Uint8Array): void {
    const room = this.#piece.length - this.#pieceBytes
    if (payload.length > room) {
      this.#piece.set(payload.subarray(0, room), this.#pieceBytes)
      this.bytes += room
      this.#addPiece()
      this.append(payload.subarray(room))
      return
    }
    this.#piece.set(payload, this.#pieceBytes)
    this.#pieceBytes += payload.length
    this.bytes += payload.length
  }

  #addPiece(): void {
    this.#full ??= []
    this.#full.push(this.#piece)
    const length = Math.min(Math.max(this.bytes, FIRST_PIECE_BYTES), MAX_PIECE_BYTES)
    this.#piece = this.#memory(length)
    this.#pieceBytes = 0
    this.capacity += length
  }

  finish(): WholeMessage {
    const { streamId, sequence, ppid, flags } = this
    return wholeMessage(streamId, sequence, ppid, flags, this.#join())
  }

  /** SECURITY: what is handed out has all its bytes from the peer, whatever the memory had in it before. */
  #join(): Uint8Array {
    if (this.#full === undefined && this.#pieceBytes === this.#piece.length) return this.#piece
    const data = this.#memory(this.bytes)
    let at = 0
    for (const piece of this.#full ?? []) {
      data.set(piece, at)
      at += piece.length
    }
    data.set(this.#piece.subarray(0, this.#pieceBytes), at)
    return data
  }
}

/** A message that came in one chunk. */
export function wholeMessageOf(chunk: DataChunk): WholeMessage {
  const { streamId, sequence, ppid, flags } = chunk
  return wholeMessage(streamId, sequence, ppid, flags, chunk.packet.slice(chunk.payloadAt, chunk.payloadEnd))
}

export function wholeMessage(
  streamId: number,
  sequence: number,
  ppid: number,
  flags: number,
  data: Uint8Array,
): WholeMessage {
  return { type: 'message', streamId, sequence, ppid, unordered: (flags & DATA_UNORDERED) !== 0, data }
}
