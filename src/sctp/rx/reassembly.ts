import type { DataChunk } from '../packet/chunk/data.js'
import type { SkippedMessages } from '../packet/chunk/forward-tsn.js'
import type { MessageMemory } from '../types.js'
import { violation, type Violation } from '../violation.js'
import type { WholeMessage } from './partial-message.js'

/** Puts messages together and in order, and delivers them: one way for DATA, one for I-DATA. */
export interface Reassembly {
  /** Bytes that came and wait for others. */
  readonly bufferedBytes: number
  /** Memory of messages whose beginning is here, and whose end is not. */
  readonly assemblingBytes: number
  /** What waits beside them: fragments whose predecessor is missing, messages whose turn has not come. */
  readonly waitingBytes: number
  /** How many objects all that is. */
  readonly pieces: number
  /** Streams that there is state of. */
  readonly streamCount: number
  readonly streamIds: Iterable<number>
  /**
   * Takes a fragment that has not been here.
   * @param isOrphan nothing before it is missing
   */
  add(tsn: number, chunk: DataChunk, isOrphan: boolean): Violation | undefined
  /**
   * A message that came in one chunk, of a stream that there is state of, while nothing before it is missing: true, and it counts as
   * delivered, which is then up to the caller, when it is the next and nothing of its kind waits. {@link add} takes all others.
   */
  passesNext(streamId: number, isOrdered: boolean, sequence: number): boolean
  /** RFC 3758 §3.6, RFC 8260 §2.3.1: what is not here of the TSNs `from` to `to` will not come. */
  skip(from: number, to: number, skipped: readonly SkippedMessages[]): void
  /** RFC 6525 §5.2.2: the stream begins anew. */
  reset(streamId: number): void
}

export interface ReassemblyOptions {
  readonly maxMessageSizeBytes: number
  /** How much memory may be taken for what is only expected. */
  readonly maxExpectedBytes: number
  readonly messageMemory: MessageMemory
  readonly deliver: (message: WholeMessage) => void
}

/** RFC 8841 §6.1: the peer knew our limit from SDP. */
export function tooLarge(maxMessageSizeBytes: number): Violation {
  return violation(`a message is larger than the ${maxMessageSizeBytes} bytes that were signalled`)
}
