import { ByteReader } from '../core/index.js'

/** X.690 §8.1.2: tags of universal types, and of the version, which RFC 5280 §4.1 has in a context-specific one. */
const INTEGER = 0x02
const BIT_STRING = 0x03
const SEQUENCE = 0x30
const VERSION = 0xa0

/**
 * SubjectPublicKeyInfo of a certificate (RFC 5280 §4.1), header and all, as a view; `undefined` for what is no certificate. What
 * stands around it is not read: a certificate of WebRTC is known by its fingerprint, not by what it says (RFC 8827 §5.1).
 */
export function publicKeyInfoIn(der: Uint8Array): Uint8Array | undefined {
  const outer = new ByteReader(der)
  const certificate = contents(outer, SEQUENCE)
  if (certificate === undefined || outer.remaining > 0) return undefined
  const parts = new ByteReader(certificate)
  const toBeSigned = contents(parts, SEQUENCE)
  const [algorithm, signature] = [contents(parts, SEQUENCE), contents(parts, BIT_STRING)]
  if (toBeSigned === undefined || algorithm === undefined || signature === undefined || parts.remaining > 0) {
    return undefined
  }
  const fields = new ByteReader(toBeSigned)
  if (toBeSigned[0] === VERSION) contents(fields, VERSION)
  // Serial number; signature algorithm, issuer, validity and subject.
  for (const tag of [INTEGER, SEQUENCE, SEQUENCE, SEQUENCE, SEQUENCE]) {
    if (contents(fields, tag) === undefined) return undefined
  }
  const start = fields.offset
  if (contents(fields, SEQUENCE) === undefined) return undefined
  return toBeSigned.subarray(start, fields.offset)
}

/** Those of the next element, if it has the tag. */
function contents(reader: ByteReader, tag: number): Uint8Array | undefined {
  if (reader.uint8() !== tag) return undefined
  const length = lengthIn(reader)
  if (length === undefined || length > reader.remaining) return undefined
  const bytes = reader.bytes(length)
  return reader.ok ? bytes : undefined
}

/** DER (X.690 §10.1): definite, and in its shortest form. A certificate in a handshake is never longer than 24 bits can say. */
function lengthIn(reader: ByteReader): number | undefined {
  const first = reader.uint8()
  if (first < 0x80) return first
  if (first === 0x81) return atLeast(0x80, reader.uint8())
  if (first === 0x82) return atLeast(0x100, reader.uint16())
  if (first === 0x83) return atLeast(0x10000, reader.uint24())
  return undefined
}

function atLeast(least: number, length: number): number | undefined {
  return length < least ? undefined : length
}
