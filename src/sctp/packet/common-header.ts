/**
 * SCTP common header (RFC 9260 §3.1, https://www.rfc-editor.org/rfc/rfc9260#section-3.1).
 *
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-------------------------------+-------------------------------+
 *  |      Source Port Number       |    Destination Port Number    |
 *  +-------------------------------+-------------------------------+
 *  |                       Verification Tag                        |
 *  +---------------------------------------------------------------+
 *  |                           Checksum                            |
 *  +---------------------------------------------------------------+
 */
import { putUint16, putUint32, uint16At, uint32At } from './wire.js'

export const COMMON_HEADER_LENGTH = 12

export interface CommonHeader {
  readonly sourcePort: number
  readonly destinationPort: number
  readonly verificationTag: number
  /** As four bytes read big-endian; only its being zero matters here (RFC 9653). */
  readonly checksum: number
}

export function parseCommonHeader(packet: Uint8Array): CommonHeader | undefined {
  if (packet.length < COMMON_HEADER_LENGTH) return undefined
  return {
    sourcePort: uint16At(packet, 0),
    destinationPort: uint16At(packet, 2),
    verificationTag: uint32At(packet, 4),
    checksum: uint32At(packet, 8),
  }
}

/** Writes the header with a zero checksum. */
export function putCommonHeader(
  packet: Uint8Array,
  at: number,
  sourcePort: number,
  destinationPort: number,
  verificationTag: number,
): void {
  putUint16(packet, at, sourcePort)
  putUint16(packet, at + 2, destinationPort)
  putUint32(packet, at + 4, verificationTag)
  putUint32(packet, at + 8, 0)
}
