/** What a datagram is, by its first byte (RFC 7983 §7, RFC 9443 §3). */
export type PacketKind = 'stun' | 'dtls' | 'turnChannel' | 'rtp' | 'unknown'

export function packetKind(data: Uint8Array): PacketKind {
  const first = data[0]
  if (first === undefined) return 'unknown'
  if (first <= 3) return 'stun'
  if (first >= 20 && first <= 63) return 'dtls'
  if (first >= 64 && first <= 79) return 'turnChannel'
  if (first >= 128 && first <= 191) return 'rtp'
  return 'unknown'
}

/** ContentType handshake (RFC 6347 §4.1): all that can be worth keeping before a path is validated. */
const DTLS_HANDSHAKE = 22
/** ContentType application_data. */
const DTLS_DATA = 23

export function isDtlsHandshake(data: Uint8Array): boolean {
  return data[0] === DTLS_HANDSHAKE
}

export function isDtlsData(data: Uint8Array): boolean {
  return data[0] === DTLS_DATA
}
