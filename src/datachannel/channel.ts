import { concatBytes, EMPTY_BYTES } from '../core/index.js'
import type { SctpMessage } from '../sctp/types.js'
import { ClosingProcedure } from './closing-procedure.js'
import {
  PPID_BINARY,
  PPID_BINARY_EMPTY,
  PPID_BINARY_PARTIAL,
  PPID_STRING,
  PPID_STRING_EMPTY,
  PPID_STRING_PARTIAL,
} from './ppid.js'
import type { PartsBudget } from './parts-budget.js'
import { SendLedger } from './send-ledger.js'
import type { ChannelHandle, ChannelParameters, MessageKind } from './types.js'

export interface ChannelMessage {
  readonly kind: MessageKind
  readonly data: Uint8Array
}

/** One channel. */
export class Channel {
  readonly handle: ChannelHandle
  readonly parameters: ChannelParameters
  readonly negotiated: boolean
  /** Of partial reliability (RFC 3758), in SCTP's words; `undefined` for a reliable channel. */
  readonly limits: Pick<SctpMessage, 'maxRetransmissions' | 'lifetimeMillis'> | undefined
  readonly closing = new ClosingProcedure()
  readonly ledger = new SendLedger()
  id: number | undefined
  /** It may send: the association is up and, when in-band, its OPEN was queued or the peer's came. */
  started = false
  /** RFC 8832 §6: until something of the peer came, the peer may not know the channel: all is sent ordered. */
  known: boolean
  /** Bytes of label and protocol that the peer made us keep. */
  peerTextBytes = 0
  /** What a later channel on the same id sent had to be dropped: that one is refused as soon as the id is free. */
  successorLost = false

  readonly #budget: PartsBudget
  #parts: Uint8Array[] = []
  /** Infinity while a message goes on of which a part was dropped: the rest of it is, too. */
  #partBytes = 0
  #partPpid = 0

  constructor(
    handle: ChannelHandle,
    parameters: ChannelParameters,
    options: { readonly negotiated: boolean; readonly budget: PartsBudget },
  ) {
    this.handle = handle
    this.parameters = parameters
    this.negotiated = options.negotiated
    this.known = options.negotiated
    this.limits = limitsOf(parameters)
    this.#budget = options.budget
  }

  /** The peer has left the stream and we have not: what comes on it belongs to the channel that has the id next. */
  get awaitsSuccessor(): boolean {
    return this.closing.peerDone && this.closing.phase !== 'closed'
  }

  /** Neither side has begun to close it. */
  get isOpen(): boolean {
    return this.closing.phase === 'open' && !this.closing.peerDone
  }

  /** The kind of a message that this is all of; `undefined` for what only {@link assemble} can tell. */
  kindOfWhole(ppid: number): MessageKind | undefined {
    if (this.#partBytes > 0) return undefined
    return ppid === PPID_BINARY ? 'binary' : ppid === PPID_STRING ? 'text' : undefined
  }

  /** The message that is complete now; 'part' for one that goes on; `undefined` for what makes no sense. */
  assemble(ppid: number, data: Uint8Array): ChannelMessage | 'part' | undefined {
    const partPpid = partPpidOf(ppid)
    if (partPpid === undefined) return undefined
    // RFC 8831 §6.6, "illegal ordering": a part that does not continue what came before takes it along.
    if (this.#partBytes > 0 && this.#partPpid !== partPpid) {
      this.dropParts()
      return undefined
    }
    if (ppid === partPpid) return this.#addPart(partPpid, data)
    const rest = ppid === PPID_STRING_EMPTY || ppid === PPID_BINARY_EMPTY ? EMPTY_BYTES : data
    const { maxMessageSizeBytes } = this.#budget
    if (this.#partBytes === 0) return { kind: kindOf(partPpid), data: rest }
    const isTooLong = this.#partBytes + rest.length > maxMessageSizeBytes
    const whole = isTooLong ? undefined : { kind: kindOf(partPpid), data: concatBytes(...this.#parts, rest) }
    this.dropParts()
    return whole
  }

  /** RFC 8831 §6.6: the deprecated fragmentation by PPID, for peers that do not know how SCTP does it. */
  #addPart(ppid: number, data: Uint8Array): 'part' | undefined {
    this.#partPpid = ppid
    const bytes = this.#partBytes + data.length
    if (bytes > this.#budget.maxMessageSizeBytes || !this.#budget.take(data.length)) {
      const isFirst = this.#partBytes < Infinity
      this.dropParts()
      this.#partBytes = Infinity
      return isFirst ? undefined : 'part'
    }
    this.#parts.push(data)
    this.#partBytes = bytes
    return 'part'
  }

  /** What goes on will not: the rest of the message is not to come. */
  dropParts(): void {
    this.#budget.giveBack(this.#parts)
    this.#parts = []
    this.#partBytes = 0
  }
}

function limitsOf({ maxRetransmits, maxPacketLifeTime }: ChannelParameters): Channel['limits'] {
  if (maxRetransmits !== undefined) return { maxRetransmissions: maxRetransmits }
  return maxPacketLifeTime === undefined ? undefined : { lifetimeMillis: maxPacketLifeTime }
}

/** How a message of this kind is sent (RFC 8831 §6.6). */
export function ppidFor(kind: MessageKind, isEmpty: boolean): number {
  if (kind === 'text') return isEmpty ? PPID_STRING_EMPTY : PPID_STRING
  return isEmpty ? PPID_BINARY_EMPTY : PPID_BINARY
}

/** The PPID that a part of such a message has; `undefined` for what is no user message. */
function partPpidOf(ppid: number): number | undefined {
  switch (ppid) {
    case PPID_STRING:
    case PPID_STRING_PARTIAL:
    case PPID_STRING_EMPTY:
      return PPID_STRING_PARTIAL
    case PPID_BINARY:
    case PPID_BINARY_PARTIAL:
    case PPID_BINARY_EMPTY:
      return PPID_BINARY_PARTIAL
    default:
      return undefined
  }
}

function kindOf(partPpid: number): MessageKind {
  return partPpid === PPID_STRING_PARTIAL ? 'text' : 'binary'
}
