/**
 * The State Cookie (RFC 9260 §5.1.3): all that a server needs to know of a client, kept by the client. Sealed with an
 * HMAC under a key that never leaves this association; only we ever read it, so that its layout is ours.
 */
import { ByteReader, ByteWriter, concatBytes, type Millis } from '../core/index.js'
import type { Crypto } from '../crypto/types.js'

/** What one side told of itself in INIT or INIT ACK. */
export interface PeerParameters {
  readonly verificationTag: number
  readonly initialTsn: number
  readonly windowBytes: number
  readonly outboundStreams: number
  readonly inboundStreams: number
  readonly forwardTsn: boolean
  readonly reconfig: boolean
  readonly interleaving: boolean
  readonly zeroChecksum: boolean
}

export interface StateCookie {
  readonly createdAt: Millis
  readonly localTag: number
  readonly localInitialTsn: number
  /** The tags of the association that was there when the INIT came, 0 if none was (RFC 9260 §5.2.2). */
  readonly localTieTag: number
  readonly peerTieTag: number
  readonly peer: PeerParameters
}

const MAC_LENGTH = 32
/** Valid.Cookie.Life of RFC 9260 §16. */
export const COOKIE_LIFETIME_MILLIS: Millis = 60_000

export function sealCookie(crypto: Crypto, key: Uint8Array, cookie: StateCookie): Uint8Array {
  const { peer } = cookie
  const flags =
    (peer.forwardTsn ? 1 : 0) | (peer.reconfig ? 2 : 0) | (peer.zeroChecksum ? 4 : 0) | (peer.interleaving ? 8 : 0)
  const content = new ByteWriter(64)
    .uint48(Math.max(0, Math.floor(cookie.createdAt)))
    .uint32(cookie.localTag)
    .uint32(cookie.localInitialTsn)
    .uint32(cookie.localTieTag)
    .uint32(cookie.peerTieTag)
    .uint32(peer.verificationTag)
    .uint32(peer.initialTsn)
    .uint32(peer.windowBytes)
    .uint16(peer.outboundStreams)
    .uint16(peer.inboundStreams)
    .uint8(flags)
    .finish()
  return concatBytes(content, crypto.hmac('sha256', key, content))
}

/** Reads a cookie of ours; `undefined` when it is not, or was changed. Its age is for the caller to judge. */
export function openCookie(crypto: Crypto, key: Uint8Array, sealed: Uint8Array): StateCookie | undefined {
  if (sealed.length <= MAC_LENGTH) return undefined
  const content = sealed.subarray(0, sealed.length - MAC_LENGTH)
  const mac = sealed.subarray(sealed.length - MAC_LENGTH)
  if (!crypto.timingSafeEqual(crypto.hmac('sha256', key, content), mac)) return undefined
  const reader = new ByteReader(content)
  const createdAt = reader.uint48()
  const [localTag, localInitialTsn, localTieTag, peerTieTag] = [
    reader.uint32(),
    reader.uint32(),
    reader.uint32(),
    reader.uint32(),
  ]
  const [verificationTag, initialTsn, windowBytes] = [reader.uint32(), reader.uint32(), reader.uint32()]
  const [outboundStreams, inboundStreams, flags] = [reader.uint16(), reader.uint16(), reader.uint8()]
  if (!reader.ok) return undefined
  const peer: PeerParameters = {
    verificationTag,
    initialTsn,
    windowBytes,
    outboundStreams,
    inboundStreams,
    forwardTsn: (flags & 1) !== 0,
    reconfig: (flags & 2) !== 0,
    zeroChecksum: (flags & 4) !== 0,
    interleaving: (flags & 8) !== 0,
  }
  return { createdAt, localTag, localInitialTsn, localTieTag, peerTieTag, peer }
}
