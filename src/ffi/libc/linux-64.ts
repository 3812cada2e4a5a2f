/**
 * Linux with the GNU C library on 64-bit little-endian machines: x64 and arm64 have the same numbers and layouts
 * (uapi/asm-generic, bits/socket.h, netinet/udp.h). Everything that differs between platforms stands here and nowhere else.
 *
 *   struct sockaddr_in   family u16, port be16, address 4 bytes, padding to 16 bytes
 *   struct sockaddr_in6  family u16, port be16, flow u32, address 16 bytes, scope u32: 28 bytes
 *   struct iovec         base 8, length 8
 *   struct msghdr        name 8, name length u32 + padding, iov 8, iov count 8, control 8, control length 8, flags i32 + padding
 *   struct mmsghdr       msghdr 56, length u32 + padding
 *   struct cmsghdr       length 8, level i32, type i32, then the data
 */
export const AF_INET = 2
export const AF_INET6 = 10
/** SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC */
export const DATAGRAM_SOCKET_TYPE = 2 | 0o4000 | 0o2000000

export const SOL_SOCKET = 1
export const SO_SNDBUF = 7
export const SO_RCVBUF = 8
/** Beyond net.core.rmem_max; for who has CAP_NET_ADMIN. */
export const SO_SNDBUFFORCE = 32
export const SO_RCVBUFFORCE = 33
export const IPPROTO_IP = 0
export const IP_MTU_DISCOVER = 10
/** IP_PMTUDISC_PROBE and IPV6_PMTUDISC_PROBE: no fragments, whatever the kernel has heard of the path. */
export const PMTUDISC_PROBE = 3
export const IPPROTO_IPV6 = 41
export const IPV6_MTU_DISCOVER = 23
export const IPV6_V6ONLY = 26
export const SOL_UDP = 17
export const UDP_SEGMENT = 103
export const UDP_GRO = 104

export const MSG_TRUNC = 0x20
export const POLLIN = 1

export const SOCKADDR_IN_BYTES = 16
export const SOCKADDR_IN6_BYTES = 28
/** Room for either, in whole words. */
export const SOCKADDR_SPACE_BYTES = 32
export const IOVEC_BYTES = 16
export const MMSGHDR_BYTES = 64
export const CMSGHDR_BYTES = 16
/** CMSG_SPACE of up to eight bytes of data. */
export const CMSG_SPACE_BYTES = 24

/** Offsets in 32-bit words; of 64-bit fields that of the lower half. */
export const IOVEC = { base: 0, length: 2 } as const
export const MMSGHDR = {
  name: 0,
  nameLength: 2,
  iov: 4,
  iovCount: 6,
  control: 8,
  controlLength: 10,
  flags: 12,
  length: 14,
} as const
export const CMSGHDR = { length: 0, level: 2, type: 3, data: 4 } as const
