/**
 * ChannelData (RFC 8656 §12.4).
 *
 *   0                   1                   2                   3
 *   0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
 *  +-------------------------------+-------------------------------+
 *  |   Channel number, 0x4000 …    |    Length without padding     |
 *  +-------------------------------+-------------------------------+
 *  |           Application data, on streams padded to 32 bits      |
 *  +---------------------------------------------------------------+
 */

/** RFC 8656 §12: numbers above are reserved since RFC 8656; servers of RFC 5766 know those below, too. */
export const FIRST_CHANNEL = 0x4000
export const LAST_CHANNEL = 0x4fff

export const CHANNEL_DATA_HEADER_BYTES = 4

export interface ChannelData {
  readonly channel: number
  /** A view. */
  readonly data: Uint8Array
}

/** Whether the first byte is one of ChannelData (RFC 7983 §7: 64 to 79). */
export function isChannelData(bytes: Uint8Array): boolean {
  return bytes.length >= CHANNEL_DATA_HEADER_BYTES && bytes[0]! >> 4 === FIRST_CHANNEL >> 12
}

/** `undefined` when there is less than the header says. Over UDP padding is possible, too (RFC 8656 §12.5). */
export function parseChannelData(bytes: Uint8Array): ChannelData | undefined {
  if (!isChannelData(bytes)) return undefined
  const end = CHANNEL_DATA_HEADER_BYTES + ((bytes[2]! << 8) | bytes[3]!)
  if (end > bytes.length) return undefined
  return { channel: (bytes[0]! << 8) | bytes[1]!, data: bytes.subarray(CHANNEL_DATA_HEADER_BYTES, end) }
}

/** At most 65,535 bytes of data, which no datagram exceeds. */
export function buildChannelData(channel: number, data: Uint8Array, isPadded: boolean): Uint8Array {
  const padding = isPadded ? -data.length & 3 : 0
  const bytes = new Uint8Array(CHANNEL_DATA_HEADER_BYTES + data.length + padding)
  bytes[0] = channel >> 8
  bytes[1] = channel & 0xff
  bytes[2] = data.length >> 8
  bytes[3] = data.length & 0xff
  bytes.set(data, CHANNEL_DATA_HEADER_BYTES)
  return bytes
}
