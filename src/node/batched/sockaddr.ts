import { formatIpAddress, ipFamily, writeIpAddress } from '../../core/index.js'
import { AF_INET, AF_INET6, SOCKADDR_IN6_BYTES, SOCKADDR_IN_BYTES } from '../../ffi/libc/linux-64.js'
import type { TransportAddress } from '../../ice/types.js'

const IPV4_AT = 4
const IPV4_BYTES = 4
const IPV6_AT = 8
const IPV6_BYTES = 16

/** A destination as the C library wants it: `struct sockaddr_in` or `sockaddr_in6`; undefined for what is no address. */
export function sockaddrOf({ address, port }: TransportAddress): Uint8Array | undefined {
  const family = ipFamily(address)
  if (family === undefined || !Number.isInteger(port) || port < 0 || port > 0xffff) return undefined
  const isIPv4 = family === 'IPv4'
  const bytes = new Uint8Array(isIPv4 ? SOCKADDR_IN_BYTES : SOCKADDR_IN6_BYTES)
  bytes[0] = isIPv4 ? AF_INET : AF_INET6
  bytes[2] = port >>> 8
  bytes[3] = port & 0xff
  writeIpAddress(address, bytes, isIPv4 ? IPV4_AT : IPV6_AT)
  return bytes
}

/** Where a datagram came from; undefined for what is of neither family. */
export function addressOf(sockaddr: Uint8Array): TransportAddress | undefined {
  const address =
    sockaddr[0] === AF_INET
      ? formatIpAddress(sockaddr, IPV4_AT, IPV4_BYTES)
      : sockaddr[0] === AF_INET6
        ? formatIpAddress(sockaddr, IPV6_AT, IPV6_BYTES)
        : undefined
  return address === undefined ? undefined : { address, port: (sockaddr[2]! << 8) | sockaddr[3]! }
}
