import { isIPv6 } from 'node:net'
import type { LocalAddress } from './io.js'

/**
 * What a candidate's name stands for: one of its addresses, and none of the others, the first of IPv6 before the first of IPv4
 * (draft-ietf-mmusic-mdns-ice-candidates §3.2). Of a family that we have no address of none is of use; the draft leaves that open.
 */
export function candidateAddress(found: readonly string[], own: readonly LocalAddress[]): string | undefined {
  const six = found.find((address) => isIPv6(address))
  const four = found.find((address) => !isIPv6(address))
  const prefersFour = own.length > 0 && own.every(({ family }) => family === 'IPv4')
  return prefersFour ? (four ?? six) : (six ?? four)
}
