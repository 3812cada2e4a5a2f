import { Deque } from '../core/index.js'
import type { SctpCounters } from './counters.js'
import { unknownChunkAction } from './packet/chunk-type.js'
import type { ChunkWalker } from './packet/chunk-walker.js'
import { encodeAbort, encodeError } from './packet/chunk/abort.js'
import { encodeHeartbeat } from './packet/chunk/heartbeat.js'
import { putPad } from './packet/chunk/pad.js'
import { COMMON_HEADER_LENGTH } from './packet/common-header.js'
import { CAUSE_UNRECOGNIZED_CHUNK, type ErrorCause } from './packet/error-cause.js'
import type { PacketBuilder } from './packet/packet-builder.js'
import { paddedLength } from './packet/wire.js'

/** Replies that wait to be sent. A peer that floods us with requests gets no more than these. */
const MAX_PENDING_CHUNKS = 64
const MAX_PENDING_PACKETS = 16

/** What waits to be sent beside data: control chunks for the next packet, and whole packets. */
export class Outbox {
  readonly builder: PacketBuilder
  readonly #counters: SctpCounters
  readonly #chunks = new Deque<Uint8Array>()
  readonly #packets = new Deque<Uint8Array>()

  constructor(builder: PacketBuilder, counters: SctpCounters) {
    this.builder = builder
    this.#counters = counters
  }

  /** A control chunk for the peer of the session, before SACK and DATA. */
  pushChunk(chunk: Uint8Array): void {
    if (this.#chunks.length < MAX_PENDING_CHUNKS && chunk.length <= this.builder.maxChunkLength) {
      this.#chunks.push(chunk)
    } else this.#counters.droppedControl++
  }

  /** A packet of its own, for another tag than that of the session; with a checksum: every receiver accepts that. */
  pushPacket(verificationTag: number, chunk: Uint8Array): void {
    if (this.#packets.length >= MAX_PENDING_PACKETS || chunk.length > this.builder.maxChunkLength) {
      this.#counters.droppedControl++
      return
    }
    const packet = new Uint8Array(COMMON_HEADER_LENGTH + paddedLength(chunk.length))
    this.builder.start(verificationTag, packet, 0)
    this.builder.append(chunk)
    this.builder.finish(false)
    this.#packets.push(packet)
  }

  pushAbort(verificationTag: number, tagReflected: boolean, ...causes: readonly ErrorCause[]): void {
    this.pushPacket(verificationTag, encodeAbort(causes, tagReflected))
  }

  /** RFC 9260 §3.2: a chunk of a type that we do not know. False when the rest of its packet is to be left. */
  reportUnknown(walker: ChunkWalker): boolean {
    this.#counters.unknownChunks++
    const action = unknownChunkAction(walker.type)
    const information = walker.whole.subarray(0, 256) // enough to tell which it was
    if (action.report) this.pushChunk(encodeError([{ code: CAUSE_UNRECOGNIZED_CHUNK, information }]))
    return action.skip
  }

  /** Fills the packet that was begun: a HEARTBEAT, padded (RFC 4820, RFC 8899 §6.1.4.1). Its length. */
  finishProbe(nonce: Uint8Array, zeroChecksum: boolean): number {
    const { builder } = this
    this.#counters.mtuProbes++
    builder.append(encodeHeartbeat(nonce))
    const length = builder.room
    putPad(builder.bytes, builder.reserve(length), length)
    return builder.finish(zeroChecksum)
  }

  takePacket(): Uint8Array | undefined {
    return this.#packets.shift()
  }

  /** Moves the control chunks that fit into the packet being built. */
  fill(): void {
    for (let chunk = this.#chunks.peek(); chunk !== undefined; chunk = this.#chunks.peek()) {
      if (chunk.length > this.builder.room) return
      this.builder.append(chunk)
      this.#chunks.shift()
    }
  }

  clearChunks(): void {
    this.#chunks.clear()
  }

  /** An ABORT has to get through what waits. */
  clearPackets(): void {
    this.#packets.clear()
  }
}
