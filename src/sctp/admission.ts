import type { SctpCounters } from './counters.js'
import type { Outbox } from './outbox.js'
import {
  CHUNK_ABORT,
  CHUNK_COOKIE_ACK,
  CHUNK_COOKIE_ECHO,
  CHUNK_ERROR,
  CHUNK_INIT,
  CHUNK_INIT_ACK,
  CHUNK_SHUTDOWN_ACK,
  CHUNK_SHUTDOWN_COMPLETE,
} from './packet/chunk-type.js'
import type { ChunkWalker } from './packet/chunk-walker.js'
import { TAG_REFLECTED } from './packet/chunk/abort.js'
import { encodeShutdownComplete } from './packet/chunk/shutdown.js'
import type { CommonHeader } from './packet/common-header.js'
import { checksumMatches } from './packet/crc32c.js'

/** What {@link whyRefused} compares with. */
export interface Admission {
  readonly localPort: number
  readonly remotePort: number
  readonly zeroChecksum: boolean
  readonly localTag: number
  readonly peerTag: number | undefined
  /** There is neither an association nor one that begins. */
  readonly isOutOfTheBlue: boolean
}

/** Ports, checksum and verification tag (RFC 9260 §8.5); the counter of the reason when the packet is not for us. */
export function whyRefused(
  admission: Admission,
  packet: Uint8Array,
  header: CommonHeader,
  first: ChunkWalker,
): keyof SctpCounters | undefined {
  if (header.sourcePort !== admission.remotePort || header.destinationPort !== admission.localPort) {
    return 'droppedWrongPort'
  }
  // RFC 9653 §5.3: zero is as good as right once we offered it, but never in the packets that begin an association.
  const mayBeZero = admission.zeroChecksum && first.type !== CHUNK_INIT && first.type !== CHUNK_COOKIE_ECHO
  if (!(mayBeZero && header.checksum === 0) && !checksumMatches(packet)) return 'droppedChecksum'
  const tag = header.verificationTag
  // §8.5.1 A: INIT comes alone and with tag 0. D: the tag of COOKIE ECHO is checked against the cookie.
  if (first.type === CHUNK_INIT) return tag === 0 && !first.hasMore ? undefined : 'droppedTag'
  if (first.type === CHUNK_COOKIE_ECHO) return undefined
  if (admission.isOutOfTheBlue) return 'droppedOutOfTheBlue'
  // §8.5.1 B, C: the T bit says that the sender did not know our tag, and sends its own back.
  const isEnding = first.type === CHUNK_ABORT || first.type === CHUNK_SHUTDOWN_COMPLETE
  const expected = isEnding && (first.flags & TAG_REFLECTED) !== 0 ? admission.peerTag : admission.localTag
  return tag === expected ? undefined : 'droppedTag'
}

/** RFC 9260 §8.4: a packet for an association that is not there. */
export function answerOutOfTheBlue(outbox: Outbox, tag: number, type: number): void {
  const isSilent =
    type === CHUNK_ABORT ||
    type === CHUNK_SHUTDOWN_COMPLETE ||
    type === CHUNK_ERROR ||
    type === CHUNK_COOKIE_ACK ||
    type === CHUNK_INIT_ACK
  if (isSilent) return
  if (type === CHUNK_SHUTDOWN_ACK) outbox.pushPacket(tag, encodeShutdownComplete(true))
  else outbox.pushAbort(tag, true)
}
