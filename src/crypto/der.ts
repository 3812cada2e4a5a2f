/**
 * What a certificate of ours is written with: DER (ITU-T X.690), as far as X.509 needs it (RFC 5280 §4.1). Reading is left to
 * `X509Certificate` of node:crypto.
 */

/** Tags of X.690 §8, with the bit of constructed types. */
const INTEGER = 0x02
const BIT_STRING = 0x03
const NULL = 0x05
const OBJECT_IDENTIFIER = 0x06
const UTF8_STRING = 0x0c
const UTC_TIME = 0x17
const GENERALIZED_TIME = 0x18
const SEQUENCE = 0x30
const SET = 0x31
const EXPLICIT = 0xa0

/** RFC 5280 §4.1.2.5: dates through 2049 are UTCTime, later ones GeneralizedTime, which has four digits for the year. */
const FIRST_GENERALIZED_YEAR = 2050
const LAST_TIME = Date.UTC(9999, 11, 31, 23, 59, 59)

export function sequence(...elements: readonly Uint8Array[]): Uint8Array {
  return element(SEQUENCE, elements)
}

export function setOf(only: Uint8Array): Uint8Array {
  return element(SET, [only])
}

export function explicit(tagNumber: number, value: Uint8Array): Uint8Array {
  return element(EXPLICIT | tagNumber, [value])
}

/** A number that is not negative, its most significant byte first; of no more bytes than it needs (X.690 §8.3.2). */
export function integer(magnitude: Uint8Array): Uint8Array {
  const first = magnitude.findIndex((byte) => byte !== 0)
  const digits = first < 0 ? Uint8Array.of(0) : magnitude.subarray(first)
  // Two's complement: a leading one would make it negative.
  return element(INTEGER, digits[0]! >= 0x80 ? [Uint8Array.of(0), digits] : [digits])
}

/** Of whole bytes. */
export function bitString(bytes: Uint8Array): Uint8Array {
  return element(BIT_STRING, [Uint8Array.of(0), bytes])
}

export function nothing(): Uint8Array {
  return element(NULL, [])
}

/** X.690 §8.19: seven bits in a byte, the first two arcs in one number. */
export function objectIdentifier(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return element(OBJECT_IDENTIFIER, [Uint8Array.from([first * 40 + second, ...rest].flatMap(base128))])
}

export function asciiString(text: string): Uint8Array {
  return element(UTF8_STRING, [ascii(text)])
}

/** In whole seconds; what no form can write is the last moment that one can. */
export function time(millis: number): Uint8Array {
  const date = new Date(Math.min(millis, LAST_TIME))
  const digits = `${date.toISOString().slice(0, 19).replace(/\D/g, '')}Z`
  const isShort = date.getUTCFullYear() < FIRST_GENERALIZED_YEAR
  return element(isShort ? UTC_TIME : GENERALIZED_TIME, [ascii(isShort ? digits.slice(2) : digits)])
}

function base128(arc: number): number[] {
  const bytes = [arc & 0x7f]
  for (let high = arc >>> 7; high > 0; high >>>= 7) bytes.unshift((high & 0x7f) | 0x80)
  return bytes
}

function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0))
}

/** X.690 §10.1: definite lengths, in no more bytes than they need. */
function element(tag: number, contents: readonly Uint8Array[]): Uint8Array {
  let length = 0
  for (const { length: more } of contents) length += more
  const header = [tag, ...lengthOctets(length)]
  const bytes = new Uint8Array(header.length + length)
  bytes.set(header)
  let at = header.length
  for (const content of contents) {
    bytes.set(content, at)
    at += content.length
  }
  return bytes
}

function lengthOctets(length: number): readonly number[] {
  if (length < 0x80) return [length]
  return length < 0x100 ? [0x81, length] : [0x82, length >>> 8, length & 0xff]
}
