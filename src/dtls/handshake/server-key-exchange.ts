/**
 * ServerKeyExchange for ECDHE (RFC 8422 §5.4).
 *
 *  curve_type = named_curve (1) | namedcurve (2) | public point <1..255> | algorithm (2) | signature <0..2^16-1>
 */
import { ByteReader, ByteWriter } from '../../core/index.js'

export interface ServerKeyExchange {
  readonly group: number
  readonly publicKey: Uint8Array
  readonly scheme: number
  readonly signature: Uint8Array
}

const NAMED_CURVE = 3

export function parseServerKeyExchange(body: Uint8Array): ServerKeyExchange | undefined {
  const reader = new ByteReader(body)
  const curveType = reader.uint8()
  const group = reader.uint16()
  const publicKey = reader.vector(1)
  const scheme = reader.uint16()
  const signature = reader.vector(2)
  if (!reader.ok || reader.remaining > 0 || curveType !== NAMED_CURVE) return undefined
  return { group, publicKey, scheme, signature }
}

export function writeServerKeyExchange(exchange: ServerKeyExchange): Uint8Array {
  return new ByteWriter()
    .bytes(writeEcdhParameters(exchange.group, exchange.publicKey))
    .uint16(exchange.scheme)
    .uint16(exchange.signature.length)
    .bytes(exchange.signature)
    .finish()
}

/** What the signature covers after both randoms (RFC 8422 §5.4). */
export function writeEcdhParameters(group: number, publicKey: Uint8Array): Uint8Array {
  return new ByteWriter().uint8(NAMED_CURVE).uint16(group).uint8(publicKey.length).bytes(publicKey).finish()
}
