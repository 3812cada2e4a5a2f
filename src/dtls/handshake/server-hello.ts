/**
 * ServerHello (RFC 5246 §7.4.1.3).
 *
 *  server_version (2) | random (32) | session_id <0..32> | cipher_suite (2) | compression_method (1) | extensions <0..2^16-1>
 */
import { ByteReader, ByteWriter } from '../../core/index.js'
import { MAX_SESSION_ID_BYTES, RANDOM_BYTES } from './client-hello.js'
import { parseExtensions, writeExtensions, type Extensions } from './extensions.js'

export interface ServerHello {
  readonly version: number
  readonly random: Uint8Array
  readonly sessionId: Uint8Array
  readonly cipherSuite: number
  readonly compressionMethod: number
  readonly extensions: Extensions
}

export function parseServerHello(body: Uint8Array): ServerHello | undefined {
  const reader = new ByteReader(body)
  const version = reader.uint16()
  const random = reader.bytes(RANDOM_BYTES)
  const sessionId = reader.vector(1)
  const cipherSuite = reader.uint16()
  const compressionMethod = reader.uint8()
  const extensions = reader.ok ? parseExtensions(reader) : undefined
  if (!reader.ok || sessionId.length > MAX_SESSION_ID_BYTES || extensions === undefined) return undefined
  return { version, random, sessionId, cipherSuite, compressionMethod, extensions }
}

export function writeServerHello(hello: ServerHello): Uint8Array {
  const writer = new ByteWriter()
    .uint16(hello.version)
    .bytes(hello.random)
    .uint8(hello.sessionId.length)
    .bytes(hello.sessionId)
    .uint16(hello.cipherSuite)
    .uint8(hello.compressionMethod)
  writeExtensions(writer, hello.extensions)
  return writer.finish()
}
