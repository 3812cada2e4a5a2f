import type { Koffi } from '../../ffi/index.js'
import {
  CMSGHDR,
  CMSGHDR_BYTES,
  CMSG_SPACE_BYTES,
  IOVEC,
  IOVEC_BYTES,
  MMSGHDR,
  MMSGHDR_BYTES,
  MSG_TRUNC,
  SOCKADDR_SPACE_BYTES,
  SOL_UDP,
  UDP_GRO,
  UDP_SEGMENT,
} from '../../ffi/libc/linux-64.js'
import { allocate, putWide, type NativeMemory } from '../../ffi/libc/memory.js'

const WORD_BYTES = 4
const MMSGHDR_WORDS = MMSGHDR_BYTES / WORD_BYTES
const IOVEC_WORDS = IOVEC_BYTES / WORD_BYTES
const CMSG_SPACE_WORDS = CMSG_SPACE_BYTES / WORD_BYTES
const SOCKADDR_WORDS = SOCKADDR_SPACE_BYTES / WORD_BYTES

/**
 * What `sendmmsg` and `recvmmsg` work on: messages of one buffer each, with an address and one control message each. Its
 * memory is linked up once; a call only changes lengths and the buffers. All of it lives as long as this object.
 */
export class MessageVector {
  readonly capacity: number
  readonly #headers: NativeMemory
  readonly #iovecs: NativeMemory
  readonly #controls: NativeMemory
  readonly #names: NativeMemory
  readonly #payload: NativeMemory

  /** Buffers are parts of `payload`. */
  constructor(koffi: Koffi, capacity: number, payload: NativeMemory) {
    this.capacity = capacity
    this.#payload = payload
    this.#headers = allocate(koffi, capacity * MMSGHDR_BYTES)
    this.#iovecs = allocate(koffi, capacity * IOVEC_BYTES)
    this.#controls = allocate(koffi, capacity * CMSG_SPACE_BYTES)
    this.#names = allocate(koffi, capacity * SOCKADDR_SPACE_BYTES)
    for (let i = 0; i < capacity; i++) this.#link(i)
  }

  /** Of a message, for the system calls. */
  addressOf(index: number): number {
    return this.#headers.address + index * MMSGHDR_BYTES
  }

  /** To send a part of the payload, in segments when there is a size of them. */
  outgoing(index: number, offset: number, length: number, segmentBytes: number, name: Uint8Array): void {
    this.#buffer(index, offset, length)
    this.#names.bytes.set(name, index * SOCKADDR_SPACE_BYTES)
    const { words } = this.#headers
    const header = index * MMSGHDR_WORDS
    words[header + MMSGHDR.nameLength] = name.length
    words[header + MMSGHDR.controlLength] = segmentBytes > 0 ? CMSG_SPACE_BYTES : 0
    if (segmentBytes === 0) return
    const control = index * CMSG_SPACE_WORDS
    this.#controls.words[control + CMSGHDR.length] = CMSGHDR_BYTES + 2
    this.#controls.words[control + CMSGHDR.level] = SOL_UDP
    this.#controls.words[control + CMSGHDR.type] = UDP_SEGMENT
    this.#controls.words[control + CMSGHDR.data] = segmentBytes
  }

  /** To receive into a part of the payload. */
  incoming(index: number, offset: number, length: number): void {
    this.#buffer(index, offset, length)
    const { words } = this.#headers
    const header = index * MMSGHDR_WORDS
    words[header + MMSGHDR.nameLength] = SOCKADDR_SPACE_BYTES
    words[header + MMSGHDR.controlLength] = CMSG_SPACE_BYTES
    words[header + MMSGHDR.flags] = 0
  }

  /** What was received. */
  lengthOf(index: number): number {
    return this.#headers.words[index * MMSGHDR_WORDS + MMSGHDR.length]!
  }

  isTruncated(index: number): boolean {
    return (this.#headers.words[index * MMSGHDR_WORDS + MMSGHDR.flags]! & MSG_TRUNC) !== 0
  }

  /** Of datagrams that the kernel merged; 0 where it merged nothing. */
  segmentBytesOf(index: number): number {
    if (this.#headers.words[index * MMSGHDR_WORDS + MMSGHDR.controlLength]! < CMSGHDR_BYTES + WORD_BYTES) return 0
    const { words } = this.#controls
    const control = index * CMSG_SPACE_WORDS
    const isSize = words[control + CMSGHDR.level] === SOL_UDP && words[control + CMSGHDR.type] === UDP_GRO
    return isSize ? words[control + CMSGHDR.data]! : 0
  }

  /** A view that the next call overwrites. */
  nameOf(index: number): Uint8Array {
    return this.#names.bytes.subarray(index * SOCKADDR_SPACE_BYTES, (index + 1) * SOCKADDR_SPACE_BYTES)
  }

  /** Whether two messages came from the same address. */
  hasSameName(index: number, other: number): boolean {
    const { words } = this.#names
    for (let i = 0; i < SOCKADDR_WORDS; i++) {
      if (words[index * SOCKADDR_WORDS + i] !== words[other * SOCKADDR_WORDS + i]) return false
    }
    return true
  }

  #buffer(index: number, offset: number, length: number): void {
    const iovec = index * IOVEC_WORDS
    putWide(this.#iovecs.words, iovec + IOVEC.base, this.#payload.address + offset)
    putWide(this.#iovecs.words, iovec + IOVEC.length, length)
  }

  #link(index: number): void {
    const { words } = this.#headers
    const header = index * MMSGHDR_WORDS
    putWide(words, header + MMSGHDR.name, this.#names.address + index * SOCKADDR_SPACE_BYTES)
    putWide(words, header + MMSGHDR.iov, this.#iovecs.address + index * IOVEC_BYTES)
    putWide(words, header + MMSGHDR.iovCount, 1)
    putWide(words, header + MMSGHDR.control, this.#controls.address + index * CMSG_SPACE_BYTES)
  }
}
