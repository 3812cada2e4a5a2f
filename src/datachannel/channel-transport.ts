import type { Millis } from '../core/index.js'
import type { SctpMessage, StreamId } from '../sctp/types.js'

/** What data channels need of an SCTP association; `SctpAssociation` is one. */
export interface ChannelTransport {
  send(now: Millis, message: SctpMessage): void
  /**
   * RFC 6525 §5.1.2: asks for a reset of our outgoing streams after all that is queued on them, retransmitted until it is
   * answered.
   */
  resetStreams(now: Millis, streamIds: readonly StreamId[]): void
  setStreamPriority(streamId: StreamId, priority: number): void
}
