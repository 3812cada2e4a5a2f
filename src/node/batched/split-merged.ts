/**
 * Datagrams that the kernel merged (GRO) and that came without the size of their segments. All segments have the same size,
 * but for a smaller last one; and each that we hear of says how long it is: STUN, ChannelData, DTLS.
 */

const STUN_HEADER_BYTES = 20
const CHANNEL_HEADER_BYTES = 4
const RECORD_HEADER_BYTES = 13
/** RFC 8489 §5 */
const MAGIC_COOKIE = [0x21, 0x12, 0xa4, 0x42]
/** The major version of DTLS 1.0 to 1.3, as ones' complement. */
const RECORD_VERSION_MAJOR = 254

/**
 * The size of the segments; the whole length where nothing was merged, or where it is one thing to who reads it; `undefined`
 * where it cannot be told.
 */
export function segmentBytesIn(data: Uint8Array): number | undefined {
  const first = ownLength(data, 0)
  // Says nothing of its length, or is not what it looks like: whoever reads it will see.
  if (first === 0 || first >= data.length) return data.length
  if (isSplitBy(data, first)) return first
  // RFC 8656 §12.5: over UDP ChannelData may be padded to four bytes, and then all of that size are.
  const padded = isChannelData(data[0]!) ? Math.ceil(first / 4) * 4 : first
  if (padded !== first && isSplitBy(data, padded)) return Math.min(padded, data.length)
  return hasOnlyRecords(data) ? data.length : undefined
}

function isSplitBy(data: Uint8Array, segmentBytes: number): boolean {
  for (let at = 0; at < data.length; at += segmentBytes) {
    const room = Math.min(segmentBytes, data.length - at)
    const own = ownLength(data, at)
    const isPadded = isChannelData(data[at]!) && own < room && room - own < 4
    if (own !== room && !isPadded) return false
  }
  return true
}

/** A flight of records in one datagram, or several of those: the record layer reads on to the end. */
function hasOnlyRecords(data: Uint8Array): boolean {
  let at = 0
  while (at < data.length && !isChannelData(data[at]!) && data[at]! > 3) {
    const own = ownLength(data, at)
    if (own === 0) return false
    at += own
  }
  return at === data.length
}

/** 0 for what does not say. */
function ownLength(data: Uint8Array, at: number): number {
  const left = data.length - at
  const first = data[at]!
  if (first <= 3 && left >= STUN_HEADER_BYTES && isStun(data, at)) return STUN_HEADER_BYTES + uint16(data, at + 2)
  if (isChannelData(first) && left >= CHANNEL_HEADER_BYTES) return CHANNEL_HEADER_BYTES + uint16(data, at + 2)
  if (left >= RECORD_HEADER_BYTES && isRecord(first) && data[at + 1] === RECORD_VERSION_MAJOR)
    return RECORD_HEADER_BYTES + uint16(data, at + 11)
  return 0
}

function isStun(data: Uint8Array, at: number): boolean {
  return MAGIC_COOKIE.every((byte, i) => data[at + 4 + i] === byte)
}

/** RFC 7983 §7 */
function isRecord(first: number): boolean {
  return first >= 20 && first <= 63
}

function isChannelData(first: number): boolean {
  return first >= 64 && first <= 79
}

/** SRTP and SRTCP: they do not say how long they are. */
export function isMedia(data: Uint8Array): boolean {
  return data.length > 0 && data[0]! >= 128 && data[0]! <= 191
}

function uint16(data: Uint8Array, at: number): number {
  return (data[at]! << 8) | data[at + 1]!
}
