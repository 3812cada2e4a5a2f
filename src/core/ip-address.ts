/**
 * IP addresses as text and as bytes. The text is canonical (RFC 5952; dotted quads for IPv4), so that two addresses are
 * the same exactly when their texts are. A zone id (`fe80::1%eth0`, RFC 4007 §11) names an interface of one host only:
 * it is accepted and left out.
 */
export type IpFamily = 'IPv4' | 'IPv6'

const IPV4_BYTES = 4
const IPV6_GROUPS = 8
const ZERO = 0x30
const NINE = 0x39
const COLON = 0x3a
const DOT = 0x2e
const PERCENT = 0x25
/** A longest text has eight groups or six and a dotted quad: 45 characters, and a zone id that some systems make long. */
const MAX_TEXT_LENGTH = 128

/** Where an address is read to. */
const READ = new Uint8Array(2 * IPV6_GROUPS)

/** What is known of a text. */
interface Known {
  readonly bytes: Uint8Array
  /** The canonical one. */
  readonly text: string
}

const NO_ADDRESS: Known = { bytes: new Uint8Array(0), text: '' }

/**
 * Of canonical texts: set-ups ask for the same few addresses over and over. The keys are made here, as what was cut out of a description
 * would keep all of it in memory.
 */
const KNOWN = new Map<string, Known>()
const MAX_KNOWN = 64

/** What was formatted last. */
const FORMATTED = new Uint8Array(2 * IPV6_GROUPS)
let formattedText = '::'

/** The four or sixteen bytes of an address; `undefined` when the text is none, a name for instance. */
export function parseIpAddress(text: string): Uint8Array | undefined {
  const { bytes } = read(text)
  return bytes.length === 0 ? undefined : bytes.slice()
}

/** Writes the four or sixteen bytes of an address where there is room for sixteen: how many; 0 when the text is none. */
export function writeIpAddress(text: string, bytes: Uint8Array, at: number): number {
  const known = read(text).bytes
  bytes.set(known, at)
  return known.length
}

/** The canonical text of four or sixteen bytes; `undefined` for any other length. */
export function formatIpAddress(bytes: Uint8Array, at = 0, length = bytes.length - at): string | undefined {
  if (length === IPV4_BYTES) return formatIpv4(bytes, at)
  return length === 2 * IPV6_GROUPS ? formatIpv6(bytes.subarray(at, at + length)) : undefined
}

/** The one text by which an address is compared; `undefined` when it is none. */
export function canonicalIpAddress(text: string): string | undefined {
  const known = read(text)
  return known === NO_ADDRESS ? undefined : known.text
}

/** `undefined` when the text is no IP address, a name for instance. */
export function ipFamily(text: string): IpFamily | undefined {
  const { length } = read(text).bytes
  return length === 0 ? undefined : length === IPV4_BYTES ? 'IPv4' : 'IPv6'
}

/** Whether an address in canonical text means the host itself. */
export function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.')
}

/** Whether one host can be meant: not the unspecified address, not multicast, not broadcast. */
export function isUnicast(address: string): boolean {
  const { bytes } = read(address)
  if (bytes.length === 0 || isZero(bytes, 0, bytes.length)) return false
  return bytes.length === IPV4_BYTES ? bytes[0]! < 224 && bytes[0] !== 0 : bytes[0] !== 0xff
}

/** Whether an address means something in one network alone, or on one host (RFC 6890); also for what is no address. */
export function isPrivate(address: string): boolean {
  const { bytes } = read(address)
  if (bytes.length === 0) return true
  const a = bytes[0]!
  const b = bytes[1]!
  if (bytes.length === IPV4_BYTES) {
    if (a === 172) return b >= 16 && b < 32
    if (a === 100) return b >= 64 && b < 128 // RFC 6598
    return a === 0 || a === 10 || a === 127 || (a === 192 && b === 168) || (a === 169 && b === 254)
  }
  // ::/16 holds what stands for IPv4; then fc00::/7 and fe80::/10.
  return (a === 0 && b === 0) || (a & 0xfe) === 0xfc || (a === 0xfe && (b & 0xc0) === 0x80)
}

function read(text: string): Known {
  return KNOWN.get(text) ?? readUnknown(text)
}

function readUnknown(text: string): Known {
  const length = readAnew(text)
  if (length === 0) return NO_ADDRESS
  const bytes = READ.slice(0, length)
  const known = { bytes, text: length === IPV4_BYTES ? formatIpv4(bytes, 0) : formatIpv6(bytes) }
  if (known.text !== text) return known
  if (KNOWN.size === MAX_KNOWN) KNOWN.clear()
  KNOWN.set(known.text, known)
  return known
}

/** Reads an address to {@link READ}: how many bytes it has, 0 when the text is none. */
function readAnew(text: string): number {
  if (text.length > MAX_TEXT_LENGTH) return 0
  if (!text.includes(':')) return readIpv4(text, 0, text.length, 0) ? IPV4_BYTES : 0
  const zone = text.indexOf('%')
  if (zone === -1) return readIpv6(text, text.length) ? READ.length : 0
  const hasName = zone + 1 < text.length && text.charCodeAt(zone + 1) !== PERCENT
  return hasName && readIpv6(text, zone) ? READ.length : 0
}

/** Four decimal numbers without leading zeros: what some systems would read as octal is no address here. */
function readIpv4(text: string, start: number, end: number, at: number): boolean {
  let parts = 0
  let digits = 0
  let value = 0
  for (let i = start; i <= end; i++) {
    const code = i < end ? text.charCodeAt(i) : DOT
    if (code === DOT) {
      if (digits === 0 || value > 255 || parts === IPV4_BYTES) return false
      READ[at + parts++] = value
      digits = value = 0
    } else {
      const isDigit = code >= ZERO && code <= NINE
      if (!isDigit || digits === 3 || (digits > 0 && value === 0)) return false
      value = 10 * value + code - ZERO
      digits++
    }
  }
  return parts === IPV4_BYTES
}

/** Groups of up to four hexadecimal digits; the last may be a dotted quad where the address ends (RFC 4291 §2.2). */
function readIpv6(text: string, end: number): boolean {
  let at = 0
  let gap = text.startsWith('::') ? 0 : -1
  for (let i = gap === -1 ? 0 : 2; i < end;) {
    if (at === READ.length) return false
    const start = i
    let group = 0
    for (; i < end; i++) {
      const digit = hexDigit(text.charCodeAt(i))
      if (digit < 0) break
      group = 16 * group + digit
    }
    if (i < end && text.charCodeAt(i) === DOT) {
      if (at > READ.length - IPV4_BYTES || !readIpv4(text, start, end, at)) return false
      at += IPV4_BYTES
      break
    }
    if (i === start || i - start > 4) return false
    READ[at++] = group >>> 8
    READ[at++] = group & 0xff
    if (i === end) break
    if (text.charCodeAt(i++) !== COLON || i === end) return false
    if (text.charCodeAt(i) !== COLON) continue
    if (gap !== -1) return false
    gap = at
    i++
  }
  if (gap === -1) return at === READ.length
  // What stands for nothing is no abbreviation.
  if (at > READ.length - 2) return false
  READ.copyWithin(READ.length - at + gap, gap, at)
  READ.fill(0, gap, READ.length - at + gap)
  return true
}

/** -1 for what is none. */
function hexDigit(code: number): number {
  if (code >= ZERO && code <= NINE) return code - ZERO
  const letter = (code | 0x20) - 0x61 // without regard to case
  return letter >= 0 && letter < 6 ? letter + 10 : -1
}

function isZero(bytes: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (bytes[i] !== 0) return false
  return true
}

function formatIpv4(bytes: Uint8Array, at: number): string {
  return `${bytes[at]!}.${bytes[at + 1]!}.${bytes[at + 2]!}.${bytes[at + 3]!}`
}

function formatIpv6(bytes: Uint8Array): string {
  let same = 0
  while (same < FORMATTED.length && bytes[same] === FORMATTED[same]) same++
  if (same === FORMATTED.length) return formattedText
  const text = formatIpv6Anew(bytes)
  FORMATTED.set(bytes)
  return (formattedText = text)
}

function formatIpv6Anew(bytes: Uint8Array): string {
  // RFC 5952 §5: a mapped IPv4 address is shown as such.
  if (isZero(bytes, 0, 10) && groupOf(bytes, 5) === 0xffff) return `::ffff:${formatIpv4(bytes, 12)}`
  const { start, length } = longestZeroRun(bytes)
  let text = ''
  for (let i = 0; i < IPV6_GROUPS; i++) {
    // RFC 5952 §4.2.2: a single zero group is not shortened.
    if (i === start && length > 1) {
      text += '::'
      i += length - 1
    } else {
      text += text === '' || text.endsWith(':') ? '' : ':'
      text += groupOf(bytes, i).toString(16)
    }
  }
  return text
}

function groupOf(bytes: Uint8Array, index: number): number {
  return (bytes[2 * index]! << 8) | bytes[2 * index + 1]!
}

/** RFC 5952 §4.2.3: the first of the longest. */
function longestZeroRun(bytes: Uint8Array): { readonly start: number; readonly length: number } {
  let best = 0
  let length = 0
  for (let start = 0; start < IPV6_GROUPS; start++) {
    let end = start
    while (end < IPV6_GROUPS && groupOf(bytes, end) === 0) end++
    if (end - start > length) {
      best = start
      length = end - start
    }
  }
  return { start: best, length }
}
