/**
 * Big-endian fields at fixed offsets. The hot chunks (DATA, SACK) are read and written in place with these: no reader
 * or DataView object per packet. The caller has checked the bounds.
 */
export function uint16At(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!
}

export function uint32At(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0
}

export function putUint16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8
  bytes[at + 1] = value
}

export function putUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24
  bytes[at + 1] = value >>> 16
  bytes[at + 2] = value >>> 8
  bytes[at + 3] = value
}

/** Everything in SCTP is padded to a multiple of four (RFC 9260 §3.2). */
export function paddedLength(length: number): number {
  return (length + 3) & ~3
}
