/**
 * HelloVerifyRequest (RFC 6347 §4.2.1): server_version (2) | cookie <0..255>
 */
import { ByteReader, ByteWriter } from '../../core/index.js'

export interface HelloVerifyRequest {
  /** Says nothing about the version to come: servers put 1.0 there. */
  readonly version: number
  readonly cookie: Uint8Array
}

export function parseHelloVerifyRequest(body: Uint8Array): HelloVerifyRequest | undefined {
  const reader = new ByteReader(body)
  const version = reader.uint16()
  const cookie = reader.vector(1)
  return reader.ok && reader.remaining === 0 ? { version, cookie } : undefined
}

export function writeHelloVerifyRequest({ version, cookie }: HelloVerifyRequest): Uint8Array {
  return new ByteWriter().uint16(version).uint8(cookie.length).bytes(cookie).finish()
}
