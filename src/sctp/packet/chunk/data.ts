/**
 * DATA chunk (RFC 9260 §3.3.1, https://www.rfc-editor.org/rfc/rfc9260#section-3.3.1).
 *
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +---------------+-------+-+-+-+-+-------------------------------+
 *  |   Type = 0    |  Res  |I|U|B|E|            Length             |
 *  +---------------+-------+-+-+-+-+-------------------------------+
 *  |                              TSN                              |
 *  +-------------------------------+-------------------------------+
 *  |      Stream Identifier S      |   Stream Sequence Number n    |
 *  +-------------------------------+-------------------------------+
 *  |                  Payload Protocol Identifier                  |
 *  +---------------------------------------------------------------+
 *  \                 User Data (seq n of Stream S)                 \
 *  +---------------------------------------------------------------+
 */
import { CHUNK_DATA } from '../chunk-type.js'
import { putUint16, putUint32, uint16At, uint32At } from '../wire.js'

export const DATA_HEADER_LENGTH = 16

/** The last fragment of a message. */
export const DATA_ENDING = 0x01
/** The first fragment of a message. */
export const DATA_BEGINNING = 0x02
export const DATA_UNORDERED = 0x04
/** The sender asks for a SACK without delay (RFC 9260 §6.2; once RFC 7053). */
export const DATA_IMMEDIATE = 0x08

export interface DataChunk {
  readonly flags: number
  /** As on the wire. */
  readonly tsn: number
  readonly streamId: number
  /**
   * As on the wire: the Stream Sequence Number, meaningless when unordered; in I-DATA the Message Identifier, of which ordered
   * and unordered messages have one row each.
   */
  readonly sequence: number
  /** In I-DATA only of a first fragment. */
  readonly ppid: number
  /** Fragment Sequence Number of I-DATA; 0 in DATA, where TSNs tell. */
  readonly fsn: number
  /** Where the payload is in the packet. Empty is an error of the peer (RFC 9260 §6.2, cause 9). */
  readonly packet: Uint8Array
  readonly payloadAt: number
  readonly payloadEnd: number
}

/** Reads the chunk whose body is `packet[bodyStart, end)`. */
export function parseData(packet: Uint8Array, flags: number, bodyStart: number, end: number): DataChunk | undefined {
  if (end - bodyStart < DATA_HEADER_LENGTH - 4) return undefined
  return {
    flags,
    tsn: uint32At(packet, bodyStart),
    streamId: uint16At(packet, bodyStart + 4),
    sequence: uint16At(packet, bodyStart + 6),
    ppid: uint32At(packet, bodyStart + 8),
    fsn: 0,
    packet,
    payloadAt: bodyStart + 12,
    payloadEnd: end,
  }
}

const NOTHING: Uint8Array = new Uint8Array(0)
let lastPacket = NOTHING
let lastAt = 0
let lastEnd = 0
let lastPayload = NOTHING

/**
 * Its payload, as long as the packet is there. The packets of a flow lie in the same place, and so do their payloads: those are the same
 * view then, as making one takes as long as the copy that it is for.
 */
export function payloadOf({ packet, payloadAt, payloadEnd }: DataChunk): Uint8Array {
  if (packet !== lastPacket || payloadAt !== lastAt || payloadEnd !== lastEnd) {
    lastPacket = packet
    lastAt = payloadAt
    lastEnd = payloadEnd
    lastPayload = packet.subarray(payloadAt, payloadEnd)
  }
  return lastPayload
}

/** For a chunk that has to wait: with memory of its own, so that the packet is not kept. */
export function detached(chunk: DataChunk): DataChunk {
  const payload = chunk.packet.slice(chunk.payloadAt, chunk.payloadEnd)
  return { ...chunk, packet: payload, payloadAt: 0, payloadEnd: payload.length }
}

/** Writes the 16 bytes before the payload. */
export function putDataHeader(
  bytes: Uint8Array,
  at: number,
  flags: number,
  payloadLength: number,
  tsn: number,
  streamId: number,
  ssn: number,
  ppid: number,
): void {
  bytes[at] = CHUNK_DATA
  bytes[at + 1] = flags
  putUint16(bytes, at + 2, DATA_HEADER_LENGTH + payloadLength)
  putUint32(bytes, at + 4, tsn)
  putUint16(bytes, at + 8, streamId)
  putUint16(bytes, at + 10, ssn)
  putUint32(bytes, at + 12, ppid)
}
