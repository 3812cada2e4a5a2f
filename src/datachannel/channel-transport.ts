import type { Millis, ProtocolError } from '../core/index.js'
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

/** waiting ──'connected'──▶ connected ──'closed'──▶ over; another attachment begins anew. */
export type Association =
  | { readonly phase: 'waiting'; readonly transport: ChannelTransport | undefined }
  | { readonly phase: 'connected'; readonly transport: ChannelTransport; readonly streams: number }
  | { readonly phase: 'over'; readonly error: ProtocolError | undefined }
