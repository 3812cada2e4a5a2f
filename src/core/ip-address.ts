/**
 * IP addresses as text and as bytes. The text is canonical (RFC 5952; dotted quads for IPv4), so that two addresses are
 * the same exactly when their texts are. A zone id (`fe80::1%eth0`, RFC 4007 §11) names an interface of one host only:
 * it is accepted and left out.
 */
export type IpFamily = 'IPv4' | 'IPv6'

const IPV4_BYTES = 4
const IPV6_GROUPS = 8
/** A longest text has eight groups or six and a dotted quad: 45 characters, and a zone id that some systems make long. */
const MAX_TEXT_LENGTH = 128

/** The four or sixteen bytes of an address; `undefined` when the text is none, a name for instance. */
export function parseIpAddress(text: string): Uint8Array | undefined {
  if (text.length > MAX_TEXT_LENGTH) return undefined
  return text.includes(':') ? parseIpv6(text) : parseIpv4(text)
}

/** The canonical text of four or sixteen bytes; `undefined` for any other length. */
export function formatIpAddress(bytes: Uint8Array): string | undefined {
  if (bytes.length === IPV4_BYTES) return formatIpv4(bytes)
  return bytes.length === 2 * IPV6_GROUPS ? formatIpv6(bytes) : undefined
}

/** The one text by which an address is compared; `undefined` when it is none. */
export function canonicalIpAddress(text: string): string | undefined {
  const bytes = parseIpAddress(text)
  return bytes && formatIpAddress(bytes)
}

/** `undefined` when the text is no IP address, a name for instance. */
export function ipFamily(text: string): IpFamily | undefined {
  const bytes = parseIpAddress(text)
  return bytes && (bytes.length === IPV4_BYTES ? 'IPv4' : 'IPv6')
}

/** Whether an address in canonical text means the host itself. */
export function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.')
}

/** Whether one host can be meant: not the unspecified address, not multicast, not broadcast. */
export function isUnicast(address: string): boolean {
  const bytes = parseIpAddress(address)
  if (bytes === undefined || bytes.every((byte) => byte === 0)) return false
  return bytes.length === 4 ? bytes[0]! < 224 && bytes[0] !== 0 : bytes[0] !== 0xff
}

/** Whether an address means something in one network alone, or on one host (RFC 6890); also for what is no address. */
export function isPrivate(address: string): boolean {
  const bytes = parseIpAddress(address)
  if (bytes === undefined) return true
  const [a = 0, b = 0] = bytes
  if (bytes.length === IPV4_BYTES) {
    if (a === 172) return b >= 16 && b < 32
    if (a === 100) return b >= 64 && b < 128 // RFC 6598
    return a === 0 || a === 10 || a === 127 || (a === 192 && b === 168) || (a === 169 && b === 254)
  }
  // ::/16 holds what stands for IPv4; then fc00::/7 and fe80::/10.
  return (a === 0 && b === 0) || (a & 0xfe) === 0xfc || (a === 0xfe && (b & 0xc0) === 0x80)
}

/** Four decimal numbers without leading zeros: what some systems would read as octal is no address here. */
function parseIpv4(text: string): Uint8Array | undefined {
  const parts = text.split('.', IPV4_BYTES + 1)
  if (parts.length !== IPV4_BYTES) return undefined
  const bytes = new Uint8Array(IPV4_BYTES)
  for (const [i, part] of parts.entries()) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part) || Number(part) > 255) return undefined
    bytes[i] = Number(part)
  }
  return bytes
}

function parseIpv6(text: string): Uint8Array | undefined {
  const [address = '', zone] = text.split('%', 2)
  if (zone === '') return undefined
  const halves = address.split('::', 3)
  const head = parseGroups(halves[0]!, halves.length === 1)
  const tail = halves.length === 2 ? parseGroups(halves[1]!, true) : []
  if (head === undefined || tail === undefined || halves.length > 2) return undefined
  const missing = IPV6_GROUPS - head.length - tail.length
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined

  const groups = [...head, ...new Array<number>(missing).fill(0), ...tail]
  return Uint8Array.from(groups.flatMap((group) => [group >>> 8, group & 0xff]))
}

/** Groups of up to four hexadecimal digits; the last may be a dotted quad where the address ends (RFC 4291 §2.2). */
function parseGroups(text: string, endsAddress: boolean): number[] | undefined {
  if (text === '') return []
  const groups: number[] = []
  const parts = text.split(':', IPV6_GROUPS + 1)
  for (const [i, part] of parts.entries()) {
    if (/^[0-9a-f]{1,4}$/i.test(part)) groups.push(parseInt(part, 16))
    else {
      const quad = endsAddress && i === parts.length - 1 ? parseIpv4(part) : undefined
      if (quad === undefined) return undefined
      groups.push((quad[0]! << 8) | quad[1]!, (quad[2]! << 8) | quad[3]!)
    }
  }
  return groups
}

function formatIpv4(bytes: Uint8Array): string {
  return `${bytes[0]!}.${bytes[1]!}.${bytes[2]!}.${bytes[3]!}`
}

function formatIpv6(bytes: Uint8Array): string {
  const groups: number[] = []
  for (let i = 0; i < bytes.length; i += 2) groups.push((bytes[i]! << 8) | bytes[i + 1]!)
  // RFC 5952 §5: a mapped IPv4 address is shown as such.
  if (groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff) {
    return `::ffff:${formatIpv4(bytes.subarray(12))}`
  }
  const { start, length } = longestZeroRun(groups)
  const hex = groups.map((group) => group.toString(16))
  // RFC 5952 §4.2.2: a single zero group is not shortened.
  if (length < 2) return hex.join(':')
  return `${hex.slice(0, start).join(':')}::${hex.slice(start + length).join(':')}`
}

/** RFC 5952 §4.2.3: the first of the longest. */
function longestZeroRun(groups: readonly number[]): { start: number; length: number } {
  let best = { start: 0, length: 0 }
  for (let start = 0; start < groups.length; start++) {
    let end = start
    while (groups[end] === 0) end++
    if (end - start > best.length) best = { start, length: end - start }
  }
  return best
}
