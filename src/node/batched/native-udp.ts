import { constants } from 'node:os'
import type { Koffi } from '../../ffi/index.js'
import { systemError, type Libc } from '../../ffi/libc/libc.js'
import {
  AF_INET,
  AF_INET6,
  DATAGRAM_SOCKET_TYPE,
  IPPROTO_IP,
  IPPROTO_IPV6,
  IPV6_MTU_DISCOVER,
  IPV6_V6ONLY,
  IP_MTU_DISCOVER,
  PMTUDISC_PROBE,
  SOCKADDR_SPACE_BYTES,
  SOL_SOCKET,
  SOL_UDP,
  SO_RCVBUF,
  SO_RCVBUFFORCE,
  SO_SNDBUF,
  SO_SNDBUFFORCE,
  UDP_GRO,
  UDP_SEGMENT,
} from '../../ffi/libc/linux-64.js'
import { allocate, type NativeMemory } from '../../ffi/libc/memory.js'
import { ReceiveBatch } from './receive-batch.js'
import { SendBatch } from './send-batch.js'
import { sockaddrOf } from './sockaddr.js'

/** A burst at line rate has to fit while the event loop is elsewhere. Linux caps what is asked of it silently. */
const BUFFER_BYTES = 8 << 20

/** UDP of the C library, for one thread. */
export class NativeUdp {
  readonly sends: SendBatch
  readonly receipts: ReceiveBatch
  readonly libc: Libc
  readonly #scratch: NativeMemory
  /** What the kernel can: cut messages into datagrams, and merge datagrams into messages. */
  canSegment = true
  canMerge = true

  constructor(koffi: Koffi, libc: Libc) {
    this.libc = libc
    this.sends = new SendBatch(koffi, libc)
    this.receipts = new ReceiveBatch(koffi, libc)
    this.#scratch = allocate(koffi, SOCKADDR_SPACE_BYTES)
  }

  /** A socket of the operating system that is bound, by its descriptor. Throws the error of the operating system. */
  open(address: string, port: number): number {
    const name = sockaddrOf({ address, port })
    if (name === undefined) throw systemError(constants.errno.EINVAL, 'bind')
    const isIPv6 = name[0] === AF_INET6
    const fd = this.libc.socket(isIPv6 ? AF_INET6 : AF_INET, DATAGRAM_SOCKET_TYPE, 0)
    if (fd < 0) throw systemError(this.libc.errno(), 'socket')
    if (isIPv6) this.setOption(fd, IPPROTO_IPV6, IPV6_V6ONLY, 1)
    this.#scratch.bytes.set(name)
    if (this.libc.bind(fd, this.#scratch.address, name.length) < 0) {
      const errno = this.libc.errno()
      this.libc.close(fd)
      throw systemError(errno, 'bind')
    }
    return fd
  }

  /** Asks for room. */
  prepare(fd: number): void {
    if (!this.setOption(fd, SOL_SOCKET, SO_RCVBUFFORCE, BUFFER_BYTES)) {
      this.setOption(fd, SOL_SOCKET, SO_RCVBUF, BUFFER_BYTES)
    }
    if (!this.setOption(fd, SOL_SOCKET, SO_SNDBUFFORCE, BUFFER_BYTES)) {
      this.setOption(fd, SOL_SOCKET, SO_SNDBUF, BUFFER_BYTES)
    }
  }

  /** Whether datagrams may be received merged (UDP_GRO). */
  merge(fd: number, isWanted: boolean): boolean {
    return this.setOption(fd, SOL_UDP, UDP_GRO, isWanted ? 1 : 0)
  }

  /** Whether messages can be sent in segments: 0 is "not by default". */
  probeSegmenting(fd: number): boolean {
    return this.setOption(fd, SOL_UDP, UDP_SEGMENT, 0)
  }

  /** From now on a datagram arrives whole or not at all. False where the system does not know how. */
  forbidFragmentation(fd: number, family: 4 | 6): boolean {
    return family === 6
      ? this.setOption(fd, IPPROTO_IPV6, IPV6_MTU_DISCOVER, PMTUDISC_PROBE)
      : this.setOption(fd, IPPROTO_IP, IP_MTU_DISCOVER, PMTUDISC_PROBE)
  }

  setOption(fd: number, level: number, option: number, value: number): boolean {
    this.#scratch.words[0] = value
    return this.libc.setsockopt(fd, level, option, this.#scratch.address, 4) === 0
  }

  close(fd: number): void {
    this.libc.close(fd)
  }
}
