/**
 * Certificate (RFC 5246 §7.4.2): certificate_list <0..2^24-1> of DER certificates <1..2^24-1>, the sender's own first.
 */
import { ByteReader, ByteWriter } from '../../core/index.js'

/** WebRTC certificates are self-signed and alone; chains of public authorities have three or four. */
const MAX_CERTIFICATES = 10

/** `undefined` for bad bytes; an empty list is how a client says that it has none (RFC 5246 §7.4.6). */
export function parseCertificateMessage(body: Uint8Array): Uint8Array[] | undefined {
  const reader = new ByteReader(body)
  const list = new ByteReader(reader.vector(3))
  if (!reader.ok || reader.remaining > 0) return undefined
  const certificates: Uint8Array[] = []
  while (list.remaining > 0) {
    const certificate = list.vector(3)
    if (!list.ok || certificate.length === 0 || certificates.length === MAX_CERTIFICATES) return undefined
    certificates.push(certificate)
  }
  return certificates.slice() // without the room that V8 gives to lists that grow
}

export function writeCertificateMessage(certificates: readonly Uint8Array[]): Uint8Array {
  const writer = new ByteWriter().uint24(0)
  for (const certificate of certificates) writer.uint24(certificate.length).bytes(certificate)
  return writer.setUint24(0, writer.length - 3).finish()
}
