/**
 * Extensions of the hello messages (RFC 5246 §7.4.1.4), and the contents of those that we know. Each codec takes or gives
 * the extension's data alone. Unknown extensions are carried along by number and never looked into.
 */
import { ByteReader, ByteWriter } from '../../core/index.js'
import type { NamedGroup, SignatureScheme } from '../../crypto/types.js'
import { groupCode, groupFromCode, schemeCode, schemeFromCode } from '../code-points.js'

/** Data by extension number. A hello has each at most once. */
export type Extensions = ReadonlyMap<number, Uint8Array>

export const EXT_SERVER_NAME = 0
export const EXT_SUPPORTED_GROUPS = 10
export const EXT_EC_POINT_FORMATS = 11
export const EXT_SIGNATURE_ALGORITHMS = 13
export const EXT_USE_SRTP = 14
export const EXT_EXTENDED_MASTER_SECRET = 23
export const EXT_SUPPORTED_VERSIONS = 43
export const EXT_RENEGOTIATION_INFO = 0xff01

/** Chromium sends some twenty with GREASE (RFC 8701); what is far beyond that is no hello. */
const MAX_EXTENSIONS = 128

/** The extensions block at the end of a hello, which may be missing altogether. */
export function parseExtensions(reader: ByteReader): Extensions | undefined {
  const extensions = new Map<number, Uint8Array>()
  if (reader.remaining === 0) return extensions
  const block = new ByteReader(reader.vector(2))
  if (!reader.ok || reader.remaining > 0) return undefined
  while (block.remaining > 0) {
    const type = block.uint16()
    const data = block.vector(2)
    // RFC 5246 §7.4.1.4: there must not be more than one of a type.
    if (!block.ok || extensions.has(type) || extensions.size === MAX_EXTENSIONS) return undefined
    extensions.set(type, data)
  }
  return extensions
}

export function writeExtensions(writer: ByteWriter, extensions: Extensions): void {
  if (extensions.size === 0) return
  const lengthAt = writer.length
  writer.uint16(0)
  for (const [type, data] of extensions) writer.uint16(type).uint16(data.length).bytes(data)
  writer.setUint16(lengthAt, writer.length - lengthAt - 2)
}

/** A list of 16-bit numbers with its length before it; `undefined` when it is empty or broken. */
function parseUint16List(data: Uint8Array, lengthBytes: 1 | 2): number[] | undefined {
  const reader = new ByteReader(data)
  const list = reader.vector(lengthBytes)
  if (!reader.ok || reader.remaining > 0) return undefined
  return parseUint16s(list)
}

export function parseUint16s(bytes: Uint8Array): number[] | undefined {
  if (bytes.length === 0 || bytes.length % 2 !== 0) return undefined
  const reader = new ByteReader(bytes)
  return Array.from({ length: bytes.length / 2 }, () => reader.uint16())
}

function writeUint16List(values: readonly number[]): Uint8Array {
  const writer = new ByteWriter(2 + 2 * values.length).uint16(2 * values.length)
  for (const value of values) writer.uint16(value)
  return writer.finish()
}

function known<T>(value: T | undefined): value is T {
  return value !== undefined
}

/** RFC 8422 §5.1.1, in the peer's order; groups that we do not know are left out. */
export function parseSupportedGroups(data: Uint8Array): NamedGroup[] | undefined {
  return parseUint16List(data, 2)?.map(groupFromCode).filter(known)
}

export function writeSupportedGroups(groups: readonly NamedGroup[]): Uint8Array {
  return writeUint16List(groups.map(groupCode))
}

/** RFC 5246 §7.4.1.4.1, in the peer's order; schemes that we do not know are left out. */
export function parseSignatureAlgorithms(data: Uint8Array): SignatureScheme[] | undefined {
  return parseUint16List(data, 2)?.map(schemeFromCode).filter(known)
}

export function writeSignatureAlgorithms(schemes: readonly SignatureScheme[]): Uint8Array {
  return writeUint16List(schemes.map(schemeCode))
}

/** RFC 8422 §5.1.2: the uncompressed form is the only one left. */
export const UNCOMPRESSED_POINTS_ONLY: Uint8Array = Uint8Array.of(1, 0)

/** RFC 5746 §3.4: empty in a first handshake, and we have no other. */
export const EMPTY_RENEGOTIATION_INFO: Uint8Array = Uint8Array.of(0)

/** RFC 8446 §4.2.1: versions in the client's order, GREASE among them. */
export function parseSupportedVersions(data: Uint8Array): number[] | undefined {
  return parseUint16List(data, 1)
}

/** RFC 6066 §3: name_type host_name. */
const HOST_NAME = 0

/** The list of one name. @param name of a host, in ASCII */
export function writeServerName(name: string): Uint8Array {
  const bytes = Uint8Array.from(name, (character) => character.charCodeAt(0))
  return new ByteWriter()
    .uint16(3 + bytes.length)
    .uint8(HOST_NAME)
    .uint16(bytes.length)
    .bytes(bytes)
    .finish()
}

/** RFC 5764 §4.1.1. */
export interface UseSrtp {
  /** All that were named, known to us or not. */
  readonly profiles: readonly number[]
  readonly mki: Uint8Array
}

export function parseUseSrtp(data: Uint8Array): UseSrtp | undefined {
  const reader = new ByteReader(data)
  const profiles = parseUint16s(reader.vector(2))
  const mki = reader.vector(1)
  return reader.ok && reader.remaining === 0 && profiles !== undefined ? { profiles, mki } : undefined
}

export function writeUseSrtp({ profiles, mki }: UseSrtp): Uint8Array {
  const list = writeUint16List(profiles)
  return new ByteWriter().bytes(list).uint8(mki.length).bytes(mki).finish()
}
