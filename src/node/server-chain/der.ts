/** One value of DER (X.690): its identifier octet, what it holds, and all of it. Views. */
export interface DerValue {
  readonly tag: number
  readonly contents: Uint8Array
  readonly raw: Uint8Array
}

export const BOOLEAN = 0x01
export const INTEGER = 0x02
export const BIT_STRING = 0x03
export const OCTET_STRING = 0x04
export const OBJECT_IDENTIFIER = 0x06
export const UTC_TIME = 0x17
const GENERALIZED_TIME = 0x18
export const SEQUENCE = 0x30

/** X.690 §8.1.2.4: tags of several octets, which nothing in a certificate has. */
const LONG_TAG = 0x1f
/** Lengths of three octets reach 16 MiB. */
const MAX_LENGTH_OCTETS = 3

/**
 * The values that stand one after the other; `undefined` where that is not all there is, or not DER (X.690 §10.1). Not what they hold:
 * nothing here goes deeper than it is asked to.
 */
export function derValues(bytes: Uint8Array): readonly DerValue[] | undefined {
  const values: DerValue[] = []
  for (let at = 0; at < bytes.length;) {
    const value = derValueAt(bytes, at)
    if (value === undefined) return undefined
    values.push(value)
    at += value.raw.length
  }
  return values
}

/** The one value that the bytes are. */
export function derValue(bytes: Uint8Array, tag: number): DerValue | undefined {
  const value = derValueAt(bytes, 0)
  return value?.tag === tag && value.raw.length === bytes.length ? value : undefined
}

/** What the one sequence that the bytes are consists of. */
export function derSequence(bytes: Uint8Array): readonly DerValue[] | undefined {
  const sequence = derValue(bytes, SEQUENCE)
  return sequence && derValues(sequence.contents)
}

function derValueAt(bytes: Uint8Array, at: number): DerValue | undefined {
  const tag = bytes[at]
  const first = bytes[at + 1]
  if (tag === undefined || first === undefined || (tag & LONG_TAG) === LONG_TAG) return undefined
  // X.690 §10.1: definite, and in as few octets as can be.
  const octets = first < 0x80 ? 0 : first & 0x7f
  if (first >= 0x80 && (octets === 0 || octets > MAX_LENGTH_OCTETS)) return undefined
  const start = at + 2 + octets
  let length = octets === 0 ? first : 0
  for (let i = at + 2; i < start; i++) length = length * 256 + (bytes[i] ?? 0)
  const isShortest = octets === 0 || length >= Math.max(0x80, 256 ** (octets - 1))
  if (!isShortest || start + length > bytes.length) return undefined
  return { tag, contents: bytes.subarray(start, start + length), raw: bytes.subarray(at, start + length) }
}

/** In dots (X.690 §8.19); `undefined` where a part is cut off, padded, or above what numbers hold. */
export function objectIdentifier(contents: Uint8Array): string | undefined {
  const parts: number[] = []
  let part = 0
  for (const [index, octet] of contents.entries()) {
    if (part === 0 && octet === 0x80) return undefined
    part = part * 128 + (octet & 0x7f)
    if (part > Number.MAX_SAFE_INTEGER) return undefined
    if (octet < 0x80) {
      parts.push(part)
      part = 0
    } else if (index === contents.length - 1) return undefined
  }
  const [first, ...others] = parts
  if (first === undefined) return undefined
  const root = Math.min(2, Math.floor(first / 40))
  return [root, first - 40 * root, ...others].join('.')
}

/** A number that is not negative and not above 2^31. */
export function smallInteger(contents: Uint8Array): number | undefined {
  const [first = 0x80, second = 0x80] = contents
  const isPadded = contents.length > 1 && first === 0 && second < 0x80
  if (first >= 0x80 || isPadded || contents.length > 4) return undefined
  return contents.reduce((value, octet) => value * 256 + octet, 0)
}

/** Milliseconds since the Unix epoch, in the two forms that RFC 5280 §4.1.2.5 allows: in seconds, of Greenwich. */
export function derTime({ tag, contents }: DerValue): number | undefined {
  const text = String.fromCharCode(...contents.subarray(0, 16))
  const isShort = tag === UTC_TIME
  if (!isShort && tag !== GENERALIZED_TIME) return undefined
  const digits = /^(\d+)Z$/.exec(text)?.[1]
  if (digits?.length !== (isShort ? 12 : 14)) return undefined
  const century = Number(digits.slice(0, 2)) >= 50 ? '19' : '20'
  const [year, rest] = isShort ? [century + digits.slice(0, 2), digits.slice(2)] : [digits.slice(0, 4), digits.slice(4)]
  const [month, day, hour, minute, second] = rest.match(/../g)!
  const iso = `${year}-${month}-${day}T${hour}:${minute}:${second}.000Z`
  const time = Date.parse(iso)
  // The 31st of February would be one in March.
  return Number.isNaN(time) || new Date(time).toISOString() !== iso ? undefined : time
}

/** Not that of `core`: what is loaded apart and shared would be one more file for whoever imports the package. */
export function isSameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0
}
