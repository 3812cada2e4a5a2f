import { constants } from 'node:os'
import type { Koffi } from '../../ffi/index.js'
import type { Libc } from '../../ffi/libc/libc.js'
import { allocate, type NativeMemory } from '../../ffi/libc/memory.js'
import type { TransportAddress } from '../../ice/types.js'
import { MessageVector } from './message-vector.js'
import { sockaddrOf } from './sockaddr.js'

const { EAGAIN, EINTR, EINVAL, EIO, EMSGSIZE, ENOBUFS, EOPNOTSUPP } = constants.errno

/** One message is 65,535 bytes with its headers of 8 and 40. */
const MAX_DATAGRAM_BYTES = 65_535 - 8
const MAX_SEGMENTED_BYTES = 65_535 - 8 - 40
/** UDP_MAX_SEGMENTS of kernels before 6.9. */
const MAX_SEGMENTS = 64
/** Room for one message of the longest kind: what is full is on its way, while the next is being made. */
const SLAB_BYTES = 65_536
const MAX_PARTS = 64

/** A socket as the batch sees it. */
export interface Outlet {
  /** -1 once it is closed. */
  readonly fd: number
  /** Larger segments are sent one by one; 0 where the kernel or the network device cannot segment. */
  segmentLimitBytes: number
  /** It holds datagrams already: what comes now goes behind them. */
  readonly isHolding: boolean
  /** The operating system does not take them: they are lost. */
  refused(count: number): void
  /** There is no room in the socket's buffer at the moment; nothing after it was sent. Belongs to the outlet. */
  held(data: Uint8Array, to: TransportAddress): void
}

/** Datagrams to one address that lie one after the other: of one size, but for a smaller last one. */
interface Part {
  offset: number
  length: number
  segmentBytes: number
  count: number
  to: TransportAddress
  name: Uint8Array
  /** Nothing fits behind a smaller one. */
  isComplete: boolean
}

const NOWHERE: TransportAddress = { address: '', port: 0 }
const NO_NAME = new Uint8Array(0)

/**
 * The datagrams of one socket, gathered to be sent by one system call: equal ones to the same address as one message that the
 * kernel cuts into segments (UDP_SEGMENT). One batch serves all sockets of a thread: another socket's datagram sends what is there.
 */
export class SendBatch {
  readonly #libc: Libc
  readonly #slab: NativeMemory
  readonly #vector: MessageVector
  readonly #singles: MessageVector
  readonly #parts: Part[]
  #count = 0
  #fill = 0
  #outlet: Outlet | undefined
  #lastTo = NOWHERE
  #lastName: Uint8Array = NO_NAME
  /** System calls made, and datagrams that they took. */
  readonly counters = { calls: 0, datagrams: 0 }

  constructor(koffi: Koffi, libc: Libc) {
    this.#libc = libc
    this.#slab = allocate(koffi, SLAB_BYTES)
    this.#vector = new MessageVector(koffi, MAX_PARTS, this.#slab)
    this.#singles = new MessageVector(koffi, MAX_SEGMENTS, this.#slab)
    this.#parts = Array.from({ length: MAX_PARTS }, () => newPart(0, 0, NOWHERE, NO_NAME))
  }

  /** Copies it: on the wire with the next {@link flush} at the latest. */
  add(outlet: Outlet, data: Uint8Array, to: TransportAddress): void {
    const { length } = data
    const name = this.#nameOf(to)
    if (name === undefined || length > MAX_DATAGRAM_BYTES) return outlet.refused(1)
    if (this.#outlet !== outlet || this.#fill + length > SLAB_BYTES || this.#count === MAX_PARTS) this.flush()
    if (outlet.isHolding) return outlet.held(data.slice(), to)
    this.#outlet = outlet
    const offset = this.#fill
    this.#slab.bytes.set(data, offset)
    this.#fill += length
    if (this.#extends(name, length, outlet.segmentLimitBytes)) return
    begin(this.#parts[this.#count++]!, offset, length, to, name)
  }

  /** Sends what there is, for whichever socket. */
  flush(): void {
    const outlet = this.#outlet
    const count = this.#count
    this.#outlet = undefined
    this.#count = 0
    this.#fill = 0
    if (outlet === undefined) return
    this.#send(outlet, this.#vector, this.#parts, count)
  }

  /** What is there for this socket, if anything: before it is closed. */
  flushOf(outlet: Outlet): void {
    if (this.#outlet === outlet) this.flush()
  }

  /** Whether it became a segment more of the last message. */
  #extends(name: Uint8Array, length: number, limitBytes: number): boolean {
    if (this.#count === 0) return false // and nothing stands at -1, which the engine looks for by its name
    const last = this.#parts[this.#count - 1]!
    if (last.isComplete || last.name !== name || length > last.segmentBytes || length === 0) return false
    if (last.segmentBytes > limitBytes || last.count === MAX_SEGMENTS) return false
    if (last.length + length > MAX_SEGMENTED_BYTES) return false
    last.length += length
    last.count++
    last.isComplete = length < last.segmentBytes
    return true
  }

  /** The same object for the same address in a row. */
  #nameOf(to: TransportAddress): Uint8Array | undefined {
    const last = this.#lastTo
    if (to.port === 0) return undefined // the kernel and dgram refuse it too
    if (to !== last && (to.port !== last.port || to.address !== last.address)) {
      const name = sockaddrOf(to)
      if (name === undefined) return undefined
      this.#lastName = name
    }
    this.#lastTo = to
    return this.#lastName
  }

  /** False when the socket's buffer is full: the rest was handed back. */
  #send(outlet: Outlet, vector: MessageVector, parts: readonly Part[], count: number): boolean {
    for (let i = 0; i < count; i++) {
      const { offset, length, segmentBytes, count: segments, name } = parts[i]!
      vector.outgoing(i, offset, length, segments > 1 ? segmentBytes : 0, name)
    }
    for (let at = 0; at < count;) {
      const sent = this.#libc.sendmmsg(outlet.fd, vector.addressOf(at), count - at, 0)
      this.counters.calls++
      for (const end = at + sent; at < end; at++) this.counters.datagrams += parts[at]!.count
      if (sent > 0) continue
      const errno = sent < 0 ? this.#libc.errno() : 0 // none taken and no error is not for us to try again
      if (errno === EINTR) continue
      const goesOn = errno !== EAGAIN && errno !== ENOBUFS && this.#refused(outlet, parts[at]!, errno)
      if (!goesOn) {
        for (let i = at; i < count; i++) this.#hold(outlet, parts[i]!)
        return false
      }
      at++
    }
    return true
  }

  /** The first that was not taken. False when the socket's buffer is full. */
  #refused(outlet: Outlet, part: Part, errno: number): boolean {
    if (part.count === 1) {
      outlet.refused(1)
      return true
    }
    // EIO: the device cannot segment (no checksum offload, IPsec). The others: not segments of this size on this way.
    if (errno === EIO || errno === EOPNOTSUPP) outlet.segmentLimitBytes = 0
    else if (errno === EINVAL || errno === EMSGSIZE) outlet.segmentLimitBytes = part.segmentBytes - 1
    else {
      outlet.refused(part.count)
      return true
    }
    const singles = segmentsOf(part)
    // What is handed back of these is out of the slab: a message that was refused is not sent with the rest.
    if (this.#send(outlet, this.#singles, singles, singles.length)) return true
    part.count = 0
    return false
  }

  #hold(outlet: Outlet, part: Part): void {
    for (const { offset, length } of segmentsOf(part)) {
      outlet.held(this.#slab.bytes.slice(offset, offset + length), part.to)
    }
  }
}

function begin(part: Part, offset: number, length: number, to: TransportAddress, name: Uint8Array): void {
  part.offset = offset
  part.length = part.segmentBytes = length
  part.count = 1
  part.to = to
  part.name = name
  part.isComplete = false
}

function newPart(offset: number, length: number, to: TransportAddress, name: Uint8Array): Part {
  return { offset, length, segmentBytes: length, count: 1, to, name, isComplete: false }
}

function segmentsOf({ offset, length, segmentBytes, count, to, name }: Part): readonly Part[] {
  return Array.from({ length: count }, (_, i) => {
    const start = i * segmentBytes
    return newPart(offset + start, Math.min(segmentBytes, length - start), to, name)
  })
}
