import { CHUNK_DATA, CHUNK_I_DATA } from '../packet/chunk-type.js'
import {
  DATA_BEGINNING,
  DATA_ENDING,
  DATA_HEADER_LENGTH,
  DATA_IMMEDIATE,
  DATA_UNORDERED,
} from '../packet/chunk/data.js'
import { I_DATA_HEADER_LENGTH } from '../packet/chunk/i-data.js'
import { paddedLength, uint16At, uint32At } from '../packet/wire.js'
import type { DataTracker } from './data-tracker.js'
import { MessageRun } from './message-run.js'
import { wholeMessage, type WholeMessage } from './partial-message.js'
import type { Reassembly } from './reassembly.js'

const WHOLE = DATA_BEGINNING | DATA_ENDING

export interface WholeMessagesOptions {
  /** RFC 8260 was agreed on: I-DATA instead of DATA. */
  readonly interleaving: boolean
  readonly maxMessageSizeBytes: number
  readonly deliver: (message: WholeMessage | MessageRun) => void
}

/**
 * Reads the simplest of what comes where it is, without an object for each chunk: messages in a chunk each, of which every one is the
 * next by its TSN and in its stream, while nothing is missing, nothing waits and there is room. All else is left to the general way,
 * which would do the same with these.
 */
export class WholeMessages {
  /** What the packet that was read last had. */
  bytes = 0
  isUrgent = false
  readonly #options: WholeMessagesOptions
  readonly #tracker: DataTracker
  readonly #reassembly: Reassembly
  readonly #chunkType: number
  readonly #headerLength: number
  /** Those of one stream and one PPID that came last. */
  #messages: Uint8Array[] = []
  #runBytes = 0
  #streamId = 0
  #ppid = 0
  /** Of the last. */
  #sequence = 0
  #flags = 0

  constructor(options: WholeMessagesOptions, tracker: DataTracker, reassembly: Reassembly) {
    this.#options = options
    this.#tracker = tracker
    this.#reassembly = reassembly
    this.#chunkType = options.interleaving ? CHUNK_I_DATA : CHUNK_DATA
    this.#headerLength = options.interleaving ? I_DATA_HEADER_LENGTH : DATA_HEADER_LENGTH
  }

  /** Takes those that the packet has from `start` on. Where the first chunk is that it leaves. */
  take(packet: Uint8Array, start: number, streams: number, roomBytes: number): number {
    this.bytes = 0
    this.isUrgent = false
    if (this.#tracker.hasGap) return start
    const headerLength = this.#headerLength
    const mostBytes = Math.min(roomBytes, this.#options.maxMessageSizeBytes)
    const firstTsn = this.#tracker.nextOnWire
    let tsn = firstTsn
    let at = start
    while (at + headerLength < packet.length && packet[at] === this.#chunkType && uint32At(packet, at + 4) === tsn) {
      const flags = packet[at + 1]!
      const end = at + uint16At(packet, at + 2)
      const bytes = end - at - headerLength
      const streamId = uint16At(packet, at + 8)
      if ((flags & WHOLE) !== WHOLE || bytes <= 0 || bytes > mostBytes || end > packet.length || streamId >= streams)
        break
      const sequence = this.#options.interleaving ? uint32At(packet, at + 12) : uint16At(packet, at + 10)
      if (!this.#reassembly.passesNext(streamId, (flags & DATA_UNORDERED) === 0, sequence)) break
      if (flags & DATA_IMMEDIATE) this.isUrgent = true
      const ppid = uint32At(packet, at + headerLength - 4)
      if (streamId !== this.#streamId || ppid !== this.#ppid) this.#deliver()
      this.#streamId = streamId
      this.#ppid = ppid
      this.#sequence = sequence
      this.#flags = flags
      this.#messages.push(packet.slice(at + headerLength, end))
      this.#runBytes += bytes
      tsn = (tsn + 1) >>> 0
      at = paddedLength(end)
    }
    if (tsn === firstTsn) return start
    this.#deliver()
    this.#tracker.addNext((tsn - firstTsn) >>> 0)
    return at
  }

  #deliver(): void {
    const messages = this.#messages
    if (messages.length === 0) return
    const { deliver } = this.#options
    if (messages.length > 1) deliver(new MessageRun(this.#streamId, this.#ppid, this.#runBytes, messages))
    else deliver(wholeMessage(this.#streamId, this.#sequence, this.#ppid, this.#flags, messages[0]!))
    this.bytes += this.#runBytes
    this.#runBytes = 0
    this.#messages = []
  }
}
