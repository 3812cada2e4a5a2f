/**
 * CertificateVerify (RFC 5246 §7.4.8): algorithm (2) | signature <0..2^16-1>, over all messages before it.
 */
import { ByteReader, ByteWriter } from '../../core/index.js'

export interface CertificateVerify {
  readonly scheme: number
  readonly signature: Uint8Array
}

export function parseCertificateVerify(body: Uint8Array): CertificateVerify | undefined {
  const reader = new ByteReader(body)
  const scheme = reader.uint16()
  const signature = reader.vector(2)
  return reader.ok && reader.remaining === 0 ? { scheme, signature } : undefined
}

export function writeCertificateVerify({ scheme, signature }: CertificateVerify): Uint8Array {
  return new ByteWriter().uint16(scheme).uint16(signature.length).bytes(signature).finish()
}
