import { readFileSync } from 'node:fs'
import { canonicalIpAddress } from '../core/index.js'

/** What the operating system says of an IPv6 address (RFC 4941, RFC 4862 §2). */
export interface Ipv6Flags {
  readonly isTemporary: boolean
  /** Not for new communication, or not yet for any. */
  readonly isUnusable: boolean
}

/** By canonical address. */
export type Ipv6FlagTable = ReadonlyMap<string, Ipv6Flags>

const IF_INET6 = '/proc/net/if_inet6'
/** IFA_F_* of Linux, include/uapi/linux/if_addr.h. */
const TEMPORARY = 0x01
const DEPRECATED_TENTATIVE_OR_DUPLICATE = 0x20 | 0x40 | 0x08

/** Node does not tell flags; Linux does, in a file of the kernel. Elsewhere nothing is known. */
export function ipv6Flags(path = IF_INET6): Ipv6FlagTable {
  if (process.platform !== 'linux') return new Map()
  try {
    return parseIfInet6(readFileSync(path, 'latin1'))
  } catch {
    return new Map() // a kernel without IPv6
  }
}

/** Lines of address, interface index, prefix length, scope, flags, and name, in hexadecimal. */
export function parseIfInet6(text: string): Ipv6FlagTable {
  const table = new Map<string, Ipv6Flags>()
  for (const line of text.split('\n')) {
    const [address = '', , , , flagsHex = ''] = line.trim().split(/\s+/)
    const flags = Number.parseInt(flagsHex, 16)
    if (!/^[\da-f]{32}$/.test(address) || Number.isNaN(flags)) continue
    const isUnusable = (flags & DEPRECATED_TENTATIVE_OR_DUPLICATE) !== 0
    const canonical = canonicalIpAddress(address.match(/.{4}/g)!.join(':'))!
    table.set(canonical, { isTemporary: (flags & TEMPORARY) !== 0, isUnusable })
  }
  return table
}
