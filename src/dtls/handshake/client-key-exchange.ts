/**
 * ClientKeyExchange for ECDHE (RFC 8422 §5.7): public point <1..255>
 */
import { ByteReader, ByteWriter } from '../../core/index.js'

export function parseClientKeyExchange(body: Uint8Array): Uint8Array | undefined {
  const reader = new ByteReader(body)
  const publicKey = reader.vector(1)
  return reader.ok && reader.remaining === 0 && publicKey.length > 0 ? publicKey : undefined
}

export function writeClientKeyExchange(publicKey: Uint8Array): Uint8Array {
  return new ByteWriter().uint8(publicKey.length).bytes(publicKey).finish()
}
