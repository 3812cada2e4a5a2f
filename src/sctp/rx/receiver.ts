import type { Millis } from '../../core/index.js'
import type { SctpCounters } from '../counters.js'
import { DATA_IMMEDIATE, type DataChunk, detached } from '../packet/chunk/data.js'
import type { ForwardTsnChunk } from '../packet/chunk/forward-tsn.js'
import { putSack, type SackChunk, sackLength, SACK_HEADER_LENGTH } from '../packet/chunk/sack.js'
import { CAUSE_NO_USER_DATA, CAUSE_OUT_OF_RESOURCE, causeWithText } from '../packet/error-cause.js'
import type { PacketBuilder } from '../packet/packet-builder.js'
import { TsnSpace } from '../packet/tsn-space.js'
import { putUint32 } from '../packet/wire.js'
import type { MessageMemory } from '../types.js'
import type { Violation } from '../violation.js'
import { AckSchedule } from './ack-schedule.js'
import { DataTracker } from './data-tracker.js'
import { FragmentAssembler } from './fragment-assembler.js'
import { InterleavedReassembly } from './interleaved-reassembly.js'
import type { MessageRun } from './message-run.js'
import type { WholeMessage } from './partial-message.js'
import type { Reassembly } from './reassembly.js'
import { ReceiveWindow } from './receive-window.js'
import { WholeMessages } from './whole-messages.js'

/**
 * What a fragment or message that waits costs beside its bytes: objects, a buffer of its own, an entry in a table. Counts
 * against the window, so that 16 MiB of single bytes do not become gigabytes.
 */
const PIECE_OVERHEAD_BYTES = 256

/**
 * RFC 9260 §6.7 has every packet answered while a TSN is missing, and senders count: three SACKs, each with something new,
 * make a fast retransmit (§7.2.4). Packets that are read in one batch get as many, and then one for the rest.
 */
const MAX_GAP_SACKS = 3
/** Some 200 gap blocks; the SACK for the rest holds as many as fit. */
const MAX_GAP_SACK_LENGTH = 800

/** How much a window has to grow for the peer to be told (RFC 1122 §4.2.3.3, against silly windows), if not by a quarter. */
const WORTH_TELLING_BYTES = 65_536

export interface ReceiverOptions {
  readonly peerInitialTsn: number
  /** RFC 8260 was agreed on: I-DATA instead of DATA. */
  readonly interleaving: boolean
  readonly windowBytes: number
  /** What the window may grow to. */
  readonly maxWindowBytes: number
  readonly maxMessageSizeBytes: number
  readonly counters: SctpCounters
  /** The latest round trip; 0 when none was measured. */
  readonly roundTrip: () => Millis
  readonly messageMemory: MessageMemory
  readonly deliver: (messages: WholeMessage | MessageRun) => void
}

/** Data that overtook a reset of its stream (RFC 6525 §5.2.2): held until the reset is done. */
export interface ResetBarrier {
  holds(streamId: number, tsn: number): boolean
}

/** The receiving half of an association: DATA and FORWARD-TSN in, messages and SACKs out. */
export class Receiver {
  readonly acks = new AckSchedule()
  readonly #options: ReceiverOptions
  readonly #window: ReceiveWindow
  readonly #counters: SctpCounters
  readonly #tracker: DataTracker
  readonly #reassembly: Reassembly
  readonly #wholeMessages: WholeMessages
  #arrivedBytes = 0
  #held: { readonly tsn: number; readonly chunk: DataChunk }[] = []
  #heldBytes = 0
  #unreadBytes = 0
  /** What the newest SACK had room for. */
  #advertisedBytes: number
  /** SACKs as they stood after single packets of a batch, the oldest first. */
  #gapSacks: SackChunk[] = []
  /** Something arrived after the last of them. */
  #isNewer = false
  #gotData = false
  #isUrgent = false

  constructor(options: ReceiverOptions) {
    this.#options = options
    this.#window = new ReceiveWindow(options.windowBytes, options.maxWindowBytes)
    this.#advertisedBytes = options.windowBytes
    this.#counters = options.counters
    this.#tracker = new DataTracker(new TsnSpace(options.peerInitialTsn))
    const { maxMessageSizeBytes, messageMemory, deliver } = options
    const reassembly = { maxMessageSizeBytes, maxExpectedBytes: options.windowBytes / 4, messageMemory, deliver }
    this.#reassembly = options.interleaving ? new InterleavedReassembly(reassembly) : new FragmentAssembler(reassembly)
    this.#wholeMessages = new WholeMessages(options, this.#tracker, this.#reassembly)
  }

  get cumulativeTsn(): number {
    return this.#tracker.cumulative
  }

  get cumulativeTsnOnWire(): number {
    return this.#tracker.takeSack(0, SACK_HEADER_LENGTH).cumulativeTsnAck
  }

  /** Bytes that wait here for others to come. */
  get bufferedBytes(): number {
    return this.#reassembly.bufferedBytes + this.#heldBytes
  }

  /** Streams with state, for proof that resets leave none. */
  get streamCount(): number {
    return this.#reassembly.streamCount
  }

  /**
   * Bytes of messages that were delivered, and that the application says it has not read. They count against the window:
   * who reads slowly is sent to slowly. True when a SACK is due because of it.
   */
  setUnreadBytes(bytes: number): boolean {
    this.#unreadBytes = bytes
    // The peer of a closed window only probes (RFC 9260 §6.1 A): it is told when there is room for more than a crumb again.
    const worthTelling = Math.min(WORTH_TELLING_BYTES, this.#window.bytes / 4)
    if (this.#roomBytes() - this.#advertisedBytes < worthTelling) return false
    this.acks.demandByTimer()
    return true
  }

  unwrapTsn(wireTsn: number): number {
    return this.#tracker.unwrap(wireTsn)
  }

  /** Takes what {@link WholeMessages} can of the chunks that a packet has at `start`. Where the first one is that it leaves. */
  takeWhole(packet: Uint8Array, start: number, streams: number): number {
    const whole = this.#wholeMessages
    const at = whole.take(packet, start, streams, this.#window.bytes - this.#usedBytes())
    if (at === start) return start
    this.#gotData = true
    if (whole.isUrgent) this.#isUrgent = true
    this.#arrivedBytes += whole.bytes
    return at
  }

  /** Takes one DATA chunk; `barrier` is there while a reset is deferred. */
  handleData(chunk: DataChunk, barrier: ResetBarrier | undefined): Violation | undefined {
    this.#gotData = true
    if (chunk.flags & DATA_IMMEDIATE) this.#isUrgent = true
    const length = chunk.payloadEnd - chunk.payloadAt
    if (length === 0) return this.#noUserData(chunk)
    const tsn = this.#tracker.unwrap(chunk.tsn)
    const verdict = this.#tracker.judge(tsn, chunk)
    if (verdict !== 'new') {
      this.#isUrgent = true // RFC 9260 §6.2: duplicates are acknowledged at once
      if (verdict === 'duplicate') this.#counters.duplicateTsns++
      else this.#counters.droppedOutsideWindow++
      return undefined
    }
    const fillsHole = tsn === this.#tracker.cumulative + 1
    const used = this.#usedBytes()
    const windowBytes = this.#window.bytes
    if (used + length > windowBytes) {
      // RFC 9260 §6.2: without room the chunk is dropped.
      if (!fillsHole || !this.#takesBeyondWindow(used)) {
        this.#counters.droppedNoBuffer++
        this.#isUrgent = true
        return undefined
      }
      if (used > 2 * windowBytes) return outOfResource()
    }
    this.#tracker.add(tsn)
    this.#arrivedBytes += length
    if (barrier?.holds(chunk.streamId, tsn) === true) {
      this.#held.push({ tsn, chunk: detached(chunk) })
      this.#heldBytes += length
      return undefined
    }
    return this.#reassembly.add(tsn, chunk, fillsHole)
  }

  /** RFC 3758 §3.6. A point that is behind us, or further ahead than any SACK could tell, changes nothing. */
  handleForwardTsn(chunk: ForwardTsnChunk): void {
    this.#gotData = true
    this.#isUrgent = true
    const before = this.#tracker.cumulative
    const tsn = this.#tracker.unwrap(chunk.newCumulativeTsn)
    if (!this.#tracker.forward(tsn)) return
    this.#reassembly.skip(before + 1, tsn, chunk.skipped)
  }

  /** RFC 6525 §5.2.2: everything up to the sender's last TSN is here; the streams, all where none is named, begin anew. */
  resetStreams(streamIds: readonly number[]): Violation | undefined {
    const named = streamIds.length > 0 ? streamIds : [...this.#reassembly.streamIds]
    for (const streamId of named) this.#reassembly.reset(streamId)
    const held = this.#held
    this.#held = []
    this.#heldBytes = 0
    for (const { tsn, chunk } of held) {
      const wrong = this.#reassembly.add(tsn, chunk, false)
      if (wrong !== undefined) return wrong
    }
    return undefined
  }

  /** To be called when all chunks of a packet were handled: decides about the SACK. */
  endPacket(now: Millis): void {
    if (!this.#gotData) return
    // RFC 9260 §6.7: while a TSN is missing, each packet is answered at once.
    const { hasGap } = this.#tracker
    this.acks.packetWithData(now, this.#isUrgent || hasGap)
    this.#isNewer = !hasGap || this.#gapSacks.length === MAX_GAP_SACKS
    if (!this.#isNewer) this.#gapSacks.push(this.#sack(MAX_GAP_SACK_LENGTH))
    this.#gotData = false
    this.#isUrgent = false
    this.#window.arrived(now, this.#arrivedBytes, this.#options.roundTrip())
    this.#arrivedBytes = 0
  }

  /** Puts a SACK into the packet, when there is room for its fixed part. */
  putSack(builder: PacketBuilder): void {
    if (builder.room < SACK_HEADER_LENGTH) return
    let sack = this.#gapSacks.shift()
    if (sack === undefined || sackLength(sack) > builder.room) {
      this.#gapSacks = []
      this.#isNewer = false
      sack = this.#sack(builder.room)
    }
    const at = builder.reserve(sackLength(sack))
    putSack(builder.bytes, at, sack)
    if (this.#gapSacks.length === 0 && !this.#isNewer) this.acks.sent()
  }

  #sack(room: number): SackChunk {
    this.#advertisedBytes = this.#roomBytes()
    return this.#tracker.takeSack(this.#advertisedBytes, room)
  }

  #roomBytes(): number {
    return Math.max(0, this.#window.bytes - this.#chargedBytes())
  }

  /**
   * What counts against the window. One message may be put together whatever its window is: the limit of messages that SDP told
   * bounds it.
   */
  #chargedBytes(): number {
    const { assemblingBytes, waitingBytes } = this.#reassembly
    const beyondOneMessage = Math.max(0, assemblingBytes - this.#options.maxMessageSizeBytes)
    return beyondOneMessage + waitingBytes + this.#heldBytes + this.#unreadBytes
  }

  #usedBytes(): number {
    return this.#chargedBytes() + (this.#reassembly.pieces + this.#held.length) * PIECE_OVERHEAD_BYTES
  }

  /**
   * A chunk that fills the first hole sets others free, and is not refused. Unless there are none, and room comes when the application
   * reads: it is a probe of the closed window then, or of a peer that does not mind it.
   */
  #takesBeyondWindow(usedBytes: number): boolean {
    if (this.#unreadBytes === 0) return true
    return this.#tracker.hasGap && usedBytes <= 2 * this.#window.bytes
  }

  #noUserData(chunk: DataChunk): Violation {
    const information = new Uint8Array(4)
    putUint32(information, 0, chunk.tsn)
    return { cause: { code: CAUSE_NO_USER_DATA, information }, message: 'a DATA chunk carried no user data' }
  }
}

function outOfResource(): Violation {
  const message = 'the peer sent more than our receive window holds'
  return { cause: { ...causeWithText(CAUSE_OUT_OF_RESOURCE, message) }, message }
}
