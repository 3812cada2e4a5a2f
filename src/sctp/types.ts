import type { Millis, ProtocolError } from '../core/index.js'
import type { Crypto } from '../crypto/types.js'

export type { MessageRun } from './rx/message-run.js'

export interface SctpOptions {
  readonly crypto: Crypto
  /** The port pair that SDP agreed on (RFC 8841 §5); 5000 by custom. */
  readonly localPort: number
  readonly remotePort: number
  /** Largest SCTP packet we build: 1200 − 37 (DTLS record) = 1163 bytes of room, less in tests. */
  readonly mtuBytes?: number
  /** Largest message that we reassemble: what our SDP advertises. A larger one ends the association. */
  readonly maxMessageSizeBytes: number
  /** RFC 9653: DTLS below guards integrity, so that we offer to receive, and send when the peer offers, a zero checksum. */
  readonly zeroChecksum: boolean
  /** RFC 8260: offer I-DATA, and use it when the peer offers it too, so that messages of several streams mix; true by default. */
  readonly interleaving?: boolean
  /** What we advertise as a_rwnd at first. */
  readonly receiveWindowBytes?: number
  /** What it may grow to, as the path proves fast and long. */
  readonly maxReceiveWindowBytes?: number
  /**
   * How often a handshake, data or a heartbeat is repeated before the association gives up, 10 by default (RFC 9260 §16).
   * Infinity where something below notices that the peer is gone, as ICE consent does; then heartbeats are not sent (§8.3 leaves that
   * to the upper layer), only answered.
   */
  readonly maxRetransmissions?: number
  /** Streams that we ask for and allow, 65535 by RFC 8831 §6.2. */
  readonly maxStreams?: number
  /** Where long messages are put together; new memory by default. */
  readonly messageMemory?: MessageMemory
  /** Whole messages that are simply the next ones are read in place, true by default: false has them compared with all others in tests. */
  readonly readsInPlace?: boolean
}

/**
 * Memory of its own, of exactly so many bytes. What stands in it does not matter: a message is told of when every byte was written,
 * and memory of what does not become one is let go of unread.
 */
export type MessageMemory = (bytes: number) => Uint8Array

export type StreamId = number

/** Takes memory back that is not read any more. */
export type ReleaseMemory = (data: Uint8Array) => void

export interface SctpMessage {
  readonly streamId: StreamId
  /** Payload protocol identifier. */
  readonly ppid: number
  /** Kept by reference until {@link release}: the caller must not change it. */
  readonly data: Uint8Array
  /**
   * Called once at most, when nothing will read `data` any more: all of it acknowledged, or given up and skipped by the peer.
   * Not called for what a reset, a restart or the end of the association drops.
   */
  readonly release?: ReleaseMemory | undefined
  readonly ordered: boolean
  /** RFC 3758/RFC 7496: give up after this many retransmissions. */
  readonly maxRetransmissions?: number
  /** RFC 3758: give up this long after send(). */
  readonly lifetimeMillis?: Millis
}

export type SctpState = 'new' | 'connecting' | 'connected' | 'shuttingDown' | 'closed'

export type SctpEvent =
  /** The association is up. Stream counts are what both sides agreed on. */
  | { readonly type: 'connected'; readonly outgoingStreams: number; readonly incomingStreams: number }
  /** A whole message. `data` is memory of its own, never touched again by us. */
  | { readonly type: 'message'; readonly streamId: StreamId; readonly ppid: number; readonly data: Uint8Array }
  /** So many payload bytes of the stream left the send queue for good: first transmission begun, or abandoned. */
  | { readonly type: 'sent'; readonly streamId: StreamId; readonly bytes: number }
  /**
   * The peer reset its outgoing streams (RFC 6525 §5.2.2): everything that it sent on them before has been delivered. No id
   * stands for all of them.
   */
  | { readonly type: 'incomingReset'; readonly streamIds: readonly StreamId[] }
  /** Our reset was performed by the peer; the stream starts anew at SSN 0. */
  | { readonly type: 'outgoingReset'; readonly streamIds: readonly StreamId[] }
  /** The peer denied our reset or cannot do it (RFC 6525 §4.4, results 2, 3 and 5): nothing more will come of it. */
  | { readonly type: 'outgoingResetFailed'; readonly streamIds: readonly StreamId[]; readonly result: number }
  /** The peer added streams (RFC 6525 §5.2.5/6), or granted ours. */
  | { readonly type: 'streamsAdded'; readonly outgoingStreams: number; readonly incomingStreams: number }
  /** Last event. `error` is absent after an orderly shutdown. `sctp.abort` carries the peer's cause code. */
  | { readonly type: 'closed'; readonly error?: ProtocolError }
