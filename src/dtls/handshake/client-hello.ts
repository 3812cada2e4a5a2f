/**
 * ClientHello (RFC 6347 §4.2.1): TLS's own with a cookie.
 *
 *  client_version (2) | random (32) | session_id <0..32> | cookie <0..255>
 *  cipher_suites <2..2^16-2> | compression_methods <1..255> | extensions <0..2^16-1>
 */
import { ByteReader, ByteWriter } from '../../core/index.js'
import { parseExtensions, parseUint16s, writeExtensions, type Extensions } from './extensions.js'

export interface ClientHello {
  readonly version: number
  readonly random: Uint8Array
  readonly sessionId: Uint8Array
  readonly cookie: Uint8Array
  /** In the client's order, those of other versions and GREASE (RFC 8701) among them. */
  readonly cipherSuites: readonly number[]
  readonly compressionMethods: Uint8Array
  readonly extensions: Extensions
}

export const RANDOM_BYTES = 32
export const MAX_SESSION_ID_BYTES = 32

export function parseClientHello(body: Uint8Array): ClientHello | undefined {
  const reader = new ByteReader(body)
  const version = reader.uint16()
  const random = reader.bytes(RANDOM_BYTES)
  const sessionId = reader.vector(1)
  const cookie = reader.vector(1)
  const cipherSuites = parseUint16s(reader.vector(2))
  const compressionMethods = reader.vector(1)
  const extensions = reader.ok ? parseExtensions(reader) : undefined
  if (!reader.ok || sessionId.length > MAX_SESSION_ID_BYTES || compressionMethods.length === 0) return undefined
  if (cipherSuites === undefined || extensions === undefined) return undefined
  return { version, random, sessionId, cookie, cipherSuites, compressionMethods, extensions }
}

export function writeClientHello(hello: ClientHello): Uint8Array {
  const writer = new ByteWriter()
    .uint16(hello.version)
    .bytes(hello.random)
    .uint8(hello.sessionId.length)
    .bytes(hello.sessionId)
    .uint8(hello.cookie.length)
    .bytes(hello.cookie)
    .uint16(hello.cipherSuites.length * 2)
  for (const suite of hello.cipherSuites) writer.uint16(suite)
  writer.uint8(hello.compressionMethods.length).bytes(hello.compressionMethods)
  writeExtensions(writer, hello.extensions)
  return writer.finish()
}
