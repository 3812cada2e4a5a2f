/**
 * CertificateRequest (RFC 5246 §7.4.4).
 *
 *  certificate_types <1..255> | supported_signature_algorithms <2..2^16-2> | certificate_authorities <0..2^16-1>
 */
import { ByteReader, ByteWriter } from '../../core/index.js'
import { parseUint16s } from './extensions.js'

export interface CertificateRequest {
  readonly certificateTypes: Uint8Array
  /** In the server's order, those unknown to us among them. */
  readonly signatureAlgorithms: readonly number[]
}

/** ClientCertificateType of RFC 5246 §7.4.4 and RFC 8422 §5.5. */
export const RSA_SIGN = 1
export const ECDSA_SIGN = 64

export function parseCertificateRequest(body: Uint8Array): CertificateRequest | undefined {
  const reader = new ByteReader(body)
  const certificateTypes = reader.vector(1)
  const signatureAlgorithms = parseUint16s(reader.vector(2))
  reader.vector(2) // authorities: a self-signed certificate has none to choose by
  if (!reader.ok || reader.remaining > 0 || signatureAlgorithms === undefined) return undefined
  return { certificateTypes, signatureAlgorithms }
}

export function writeCertificateRequest(request: CertificateRequest): Uint8Array {
  const writer = new ByteWriter()
    .uint8(request.certificateTypes.length)
    .bytes(request.certificateTypes)
    .uint16(request.signatureAlgorithms.length * 2)
  for (const scheme of request.signatureAlgorithms) writer.uint16(scheme)
  return writer.uint16(0).finish()
}
