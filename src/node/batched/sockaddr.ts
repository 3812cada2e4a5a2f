import { formatIpAddress, parseIpAddress } from '../../core/index.js'
import { AF_INET, AF_INET6, SOCKADDR_IN6_BYTES, SOCKADDR_IN_BYTES } from '../../ffi/libc/linux-64.js'
import type { TransportAddress } from '../../ice/types.js'

/** A destination as the C library wants it: `struct sockaddr_in` or `sockaddr_in6`; undefined for what is no address. */
export function sockaddrOf({ address, port }: TransportAddress): Uint8Array | undefined {
  const ip = parseIpAddress(address)
  if (ip === undefined || !Number.isInteger(port) || port < 0 || port > 0xffff) return undefined
  const isIPv4 = ip.length === 4
  const bytes = new Uint8Array(isIPv4 ? SOCKADDR_IN_BYTES : SOCKADDR_IN6_BYTES)
  bytes[0] = isIPv4 ? AF_INET : AF_INET6
  bytes[2] = port >>> 8
  bytes[3] = port & 0xff
  bytes.set(ip, isIPv4 ? 4 : 8)
  return bytes
}

/** Where a datagram came from; undefined for what is of neither family. */
export function addressOf(sockaddr: Uint8Array): TransportAddress | undefined {
  const start = sockaddr[0] === AF_INET ? 4 : 8
  const ip = sockaddr.subarray(start, start === 4 ? SOCKADDR_IN_BYTES - 8 : SOCKADDR_IN6_BYTES - 4)
  const address = sockaddr[0] === AF_INET || sockaddr[0] === AF_INET6 ? formatIpAddress(ip) : undefined
  return address === undefined ? undefined : { address, port: (sockaddr[2]! << 8) | sockaddr[3]! }
}
