import { parseIpAddress } from '../core/index.js'
import type { AddressSelection } from './io.js'

interface Named {
  readonly address: string
  readonly interfaceName: string
}

type Matches = (named: Named) => boolean

/** Whether an entry says something: the name of an interface, an IP address, or a prefix of a length that there is. */
export function isAddressPattern(entry: string): boolean {
  return entry.includes('/') ? prefixOf(entry) !== undefined : entry !== ''
}

/** What a selection says of an address: `named` when `only` names it, so that it is wanted whatever it looks like. */
export function compileSelection(
  selection: AddressSelection | undefined,
): (named: Named) => 'named' | 'allowed' | 'not' {
  const only = selection?.only && matcherOf(selection.only)
  const except = matcherOf(selection?.except ?? [])
  return (named) => {
    if (except(named) || only?.(named) === false) return 'not'
    return only === undefined ? 'allowed' : 'named'
  }
}

function matcherOf(entries: readonly string[]): Matches {
  const prefixes = entries.flatMap((entry) => prefixOf(entry) ?? [])
  const names = new Set(entries.filter((entry) => prefixOf(entry) === undefined))
  return ({ address, interfaceName }) => {
    const bytes = parseIpAddress(address)
    return names.has(interfaceName) || (bytes !== undefined && prefixes.some((prefix) => isWithin(bytes, prefix)))
  }
}

interface Prefix {
  readonly bytes: Uint8Array
  readonly lengthBits: number
}

/** An address alone is a prefix of full length. */
function prefixOf(entry: string): Prefix | undefined {
  const [address = '', length, ...more] = entry.split('/')
  const bytes = parseIpAddress(address)
  if (bytes === undefined || more.length > 0) return undefined
  const mostBits = 8 * bytes.length
  if (length === undefined) return { bytes, lengthBits: mostBits }
  return /^\d{1,3}$/.test(length) && Number(length) <= mostBits ? { bytes, lengthBits: Number(length) } : undefined
}

function isWithin(address: Uint8Array, { bytes, lengthBits }: Prefix): boolean {
  if (address.length !== bytes.length) return false
  return bytes.every((byte, i) => {
    const bits = Math.min(Math.max(lengthBits - 8 * i, 0), 8)
    return (byte ^ address[i]!) >> (8 - bits) === 0
  })
}
