/**
 * I-DATA chunk (RFC 8260 §2.1, https://www.rfc-editor.org/rfc/rfc8260#section-2.1): DATA whose fragments need no TSNs in
 * a row, since each tells its message and its place there.
 *
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +---------------+-------+-+-+-+-+-------------------------------+
 *  |   Type = 64   |  Res  |I|U|B|E|            Length             |
 *  +---------------+-------+-+-+-+-+-------------------------------+
 *  |                              TSN                              |
 *  +-------------------------------+-------------------------------+
 *  |       Stream Identifier       |           Reserved            |
 *  +-------------------------------+-------------------------------+
 *  |                   Message Identifier (MID)                    |
 *  +---------------------------------------------------------------+
 *  | Payload Protocol Identifier / Fragment Sequence Number (FSN)  |
 *  +---------------------------------------------------------------+
 *  \                           User Data                           \
 *  +---------------------------------------------------------------+
 */
import { CHUNK_I_DATA } from '../chunk-type.js'
import { putUint16, putUint32, uint16At, uint32At } from '../wire.js'
import { DATA_BEGINNING, type DataChunk } from './data.js'

export const I_DATA_HEADER_LENGTH = 20

/** Reads the chunk whose body is `packet[bodyStart, end)`. The first fragment has the PPID, and 0 as its FSN. */
export function parseIData(packet: Uint8Array, flags: number, bodyStart: number, end: number): DataChunk | undefined {
  if (end - bodyStart < I_DATA_HEADER_LENGTH - 4) return undefined
  const last = uint32At(packet, bodyStart + 12)
  const isFirst = (flags & DATA_BEGINNING) !== 0
  return {
    flags,
    tsn: uint32At(packet, bodyStart),
    streamId: uint16At(packet, bodyStart + 4),
    sequence: uint32At(packet, bodyStart + 8),
    ppid: isFirst ? last : 0,
    fsn: isFirst ? 0 : last,
    packet,
    payloadAt: bodyStart + 16,
    payloadEnd: end,
  }
}

/** Writes the 20 bytes before the payload. `ppidOrFsn`: the PPID in the first fragment, the FSN in the others. */
export function putIDataHeader(
  bytes: Uint8Array,
  at: number,
  flags: number,
  payloadLength: number,
  tsn: number,
  streamId: number,
  mid: number,
  ppidOrFsn: number,
): void {
  bytes[at] = CHUNK_I_DATA
  bytes[at + 1] = flags
  putUint16(bytes, at + 2, I_DATA_HEADER_LENGTH + payloadLength)
  putUint32(bytes, at + 4, tsn)
  putUint16(bytes, at + 8, streamId)
  putUint16(bytes, at + 10, 0)
  putUint32(bytes, at + 12, mid)
  putUint32(bytes, at + 16, ppidOrFsn)
}
