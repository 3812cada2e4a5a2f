/**
 * Writes the DER (ITU-T X.690) that a certificate is made of. Nothing here reads it: what peers send is parsed by
 * `node:crypto`.
 */

const CONSTRUCTED = 0x20
const CONTEXT_SPECIFIC = 0x80
const TAGS = {
  integer: 0x02,
  bitString: 0x03,
  null: 0x05,
  objectIdentifier: 0x06,
  utf8String: 0x0c,
  utcTime: 0x17,
  generalizedTime: 0x18,
  sequence: 0x10 | CONSTRUCTED,
  set: 0x11 | CONSTRUCTED,
} as const

/** RFC 5280 §4.1.2.5: dates through 2049 are UTCTime, later ones GeneralizedTime, which has four digits for the year. */
const FIRST_GENERALIZED_YEAR = 2050
const LAST_TIME = Date.UTC(9999, 11, 31, 23, 59, 59)

const encoder = new TextEncoder()

/** Tag, length and content: X.690 §8.1, with the shortest form of the length (§10.1). */
function element(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const length = contents.reduce((sum, { length }) => sum + length, 0)
  const lengthBytes = length < 0x80 ? [length] : longLength(length)
  const out = new Uint8Array(1 + lengthBytes.length + length)
  out[0] = tag
  out.set(lengthBytes, 1)
  let offset = 1 + lengthBytes.length
  for (const content of contents) {
    out.set(content, offset)
    offset += content.length
  }
  return out
}

function longLength(length: number): number[] {
  const bytes: number[] = []
  for (let rest = length; rest > 0; rest >>>= 8) bytes.unshift(rest & 0xff)
  return [0x80 | bytes.length, ...bytes]
}

export function sequence(...elements: readonly Uint8Array[]): Uint8Array {
  return element(TAGS.sequence, ...elements)
}

/** Of one element: several would have to be sorted (X.690 §11.6). */
export function setOf(only: Uint8Array): Uint8Array {
  return element(TAGS.set, only)
}

/** `[number]`, EXPLICIT. */
export function explicit(number: number, inner: Uint8Array): Uint8Array {
  return element(CONTEXT_SPECIFIC | CONSTRUCTED | number, inner)
}

/** A number from its big-endian bytes, which say that it is positive: the first bit is 0, and the first byte is not. */
export function integer(bytes: Uint8Array): Uint8Array {
  return element(TAGS.integer, bytes)
}

/** Of whole bytes. */
export function bitString(bytes: Uint8Array): Uint8Array {
  return element(TAGS.bitString, Uint8Array.of(0), bytes)
}

export function nullValue(): Uint8Array {
  return element(TAGS.null)
}

export function utf8String(text: string): Uint8Array {
  return element(TAGS.utf8String, encoder.encode(text))
}

/** X.690 §8.19: the first two arcs in one number, each number in groups of seven bits, all but the last with the top bit. */
export function objectIdentifier(dotted: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  return element(TAGS.objectIdentifier, Uint8Array.from([first * 40 + second, ...rest].flatMap(base128)))
}

function base128(arc: number): number[] {
  const groups = [arc & 0x7f]
  for (let left = arc >>> 7; left > 0; left >>>= 7) groups.unshift(0x80 | (left & 0x7f))
  return groups
}

/** In whole seconds, in UTC; what no form can write is the last moment that one can. */
export function time(millis: number): Uint8Array {
  const date = new Date(Math.min(millis, LAST_TIME))
  const digits = date.toISOString().replace(/\.\d+|[-:T]/g, '')
  return date.getUTCFullYear() < FIRST_GENERALIZED_YEAR
    ? element(TAGS.utcTime, encoder.encode(digits.slice(2)))
    : element(TAGS.generalizedTime, encoder.encode(digits))
}
