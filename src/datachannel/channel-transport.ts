import type { Millis } from '../core/index.js'
import type { SctpMessage, StreamId } from '../sctp/types.js'

/** What data channels need of an SCTP association; `SctpAssociation` is one. */
export interface ChannelTransport {
  send(now: Millis, message: SctpMessage): void
  /** Payload bytes of the stream whose first transmission has not begun. */
  queuedBytes(streamId: StreamId): number
  /** RFC 6525 §5.1.2: asks for a reset of our outgoing streams, retransmitted until it is answered. */
  resetStreams(now: Millis, streamIds: readonly StreamId[]): void
  setStreamPriority(streamId: StreamId, priority: number): void
}
