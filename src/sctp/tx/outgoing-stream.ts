import { Deque, type Millis } from '../../core/index.js'
import type { ReleaseMemory, SctpMessage, StreamId } from '../types.js'

/** A message on its way: queued, being cut into fragments, in flight. */
export interface OutgoingMessage {
  readonly stream: OutgoingStream
  readonly ppid: number
  readonly data: Uint8Array
  readonly release: ReleaseMemory | undefined
  readonly ordered: boolean
  readonly maxRetransmissions: number
  readonly expiresAt: Millis
  /** Bytes that have been put into packets. */
  offset: number
  /** How many fragments it was cut into so far: the Fragment Sequence Number of the next one (RFC 8260 §2.1). */
  fragments: number
  /**
   * Stream Sequence Number of an ordered message; with interleaving the Message Identifier of any. Assigned with the first
   * fragment, so that what never leaves leaves no gap.
   */
  sequence: number
  firstTsn: number
  lastTsn: number
  isAbandoned: boolean
}

/**
 * How a reset proceeds (RFC 6525 §5.1.2):
 *
 *   open ──resetStreams()──▶ draining ──all acknowledged──▶ resetting ──answer──▶ open
 */
export type StreamPhase = 'open' | 'draining' | 'resetting'

export interface OutgoingStream {
  readonly id: StreamId
  readonly messages: Deque<OutgoingMessage>
  /** What was sent while a reset is under way: belongs to the time after it. */
  held: SctpMessage[]
  heldSince: Millis[]
  phase: StreamPhase
  /** Not yet put into a packet. */
  queuedBytes: number
  nextSequence: number
  /** Unordered messages count by themselves, with interleaving only. */
  nextUnorderedSequence: number
  /** The newest TSN that carried something of it; 0 when none has. */
  lastTsn: number
  weight: number
  /** In the virtual time of the {@link FairOrder}: when its next turn begins. */
  turnAt: number
  /** Of two with the same turn, who asked first. */
  turnOrder: number
  /** Where it stands in the order of turns; -1 when it has nothing to send. */
  turnIndex: number
}

/** `low` of W3C and RFC 8831 §6.4; only the ratio of weights counts. */
const DEFAULT_WEIGHT = 256

export function newOutgoingStream(id: StreamId): OutgoingStream {
  return {
    id,
    messages: new Deque(),
    held: [],
    heldSince: [],
    phase: 'open',
    queuedBytes: 0,
    nextSequence: 0,
    nextUnorderedSequence: 0,
    lastTsn: 0,
    weight: DEFAULT_WEIGHT,
    turnAt: 0,
    turnOrder: 0,
    turnIndex: -1,
  }
}

export function newOutgoingMessage(now: Millis, stream: OutgoingStream, message: SctpMessage): OutgoingMessage {
  return {
    stream,
    ppid: message.ppid,
    data: message.data,
    release: message.release,
    ordered: message.ordered,
    maxRetransmissions: message.maxRetransmissions ?? Infinity,
    expiresAt: message.lifetimeMillis === undefined ? Infinity : now + message.lifetimeMillis,
    offset: 0,
    fragments: 0,
    sequence: 0,
    firstTsn: 0,
    lastTsn: 0,
    isAbandoned: false,
  }
}
