import type { Koffi } from '../../ffi/index.js'
import type { Libc } from '../../ffi/libc/libc.js'
import { allocate, type NativeMemory } from '../../ffi/libc/memory.js'
import type { TransportAddress } from '../../ice/types.js'
import { MessageVector } from './message-vector.js'
import { addressOf } from './sockaddr.js'

/** Room for the longest message, merged or not. Pages that no message reaches into cost nothing. */
const MESSAGE_BYTES = 65_536
const MESSAGES = 16
/** What one event may bring: then the event loop has its say. */
const MAX_CALLS = 4

/** A socket as the batch sees it. */
export interface Inlet {
  /** -1 once it is closed, which any datagram may cause. */
  readonly fd: number
  /** Whether another system call is wanted. */
  readonly wantsMore: boolean
  /** `data` is good until it returns. */
  received(data: Uint8Array, from: TransportAddress): void
  /** Longer than any datagram is, or from an address of no kind that we know. */
  dropped(): void
}

/** Takes what waits at a socket, many datagrams a system call. One serves all sockets of a thread. */
export class ReceiveBatch {
  readonly #libc: Libc
  readonly #slab: NativeMemory
  readonly #vector: MessageVector
  #isDraining = false
  /** System calls made, and messages that they brought. */
  readonly counters = { calls: 0, messages: 0 }

  constructor(koffi: Koffi, libc: Libc) {
    this.#libc = libc
    this.#slab = allocate(koffi, MESSAGES * MESSAGE_BYTES)
    this.#vector = new MessageVector(koffi, MESSAGES, this.#slab)
    for (let i = 0; i < MESSAGES; i++) this.#prepare(i)
  }

  /** How many messages there were. Called by one that is being delivered it takes none: their memory is in use. */
  drain(inlet: Inlet): number {
    if (this.#isDraining) return 0
    this.#isDraining = true
    try {
      return this.#drain(inlet)
    } finally {
      this.#isDraining = false
    }
  }

  #drain(inlet: Inlet): number {
    let taken = 0
    for (let call = 0; call < MAX_CALLS && inlet.fd >= 0 && inlet.wantsMore; call++) {
      const count = this.#libc.recvmmsg(inlet.fd, this.#vector.addressOf(0), MESSAGES, 0, 0)
      this.counters.calls++
      // Nothing there (EAGAIN), or an error of a datagram that was sent: there is nothing to receive in either case.
      if (count <= 0) return taken
      taken += count
      this.counters.messages += count
      try {
        this.#deliverAll(inlet, count)
      } finally {
        // Whatever a receiver throws: with lengths of what came before, the next addresses would be cut.
        for (let i = 0; i < count; i++) this.#prepare(i)
      }
      if (count < MESSAGES) return taken
    }
    return taken
  }

  #deliverAll(inlet: Inlet, count: number): void {
    let from: TransportAddress | undefined
    for (let i = 0; i < count; i++) {
      if (i === 0 || !this.#vector.hasSameName(i, i - 1)) from = addressOf(this.#vector.nameOf(i))
      this.#deliver(inlet, i, from)
    }
  }

  #deliver(inlet: Inlet, index: number, from: TransportAddress | undefined): void {
    const length = this.#vector.lengthOf(index)
    if (from === undefined || this.#vector.isTruncated(index) || length > MESSAGE_BYTES) return inlet.dropped()
    const start = index * MESSAGE_BYTES
    const segmentBytes = this.#vector.segmentBytesOf(index) || length
    if (length === 0 && inlet.fd >= 0) inlet.received(this.#slab.bytes.subarray(start, start), from)
    for (let at = 0; at < length && inlet.fd >= 0; at += segmentBytes) {
      inlet.received(this.#slab.bytes.subarray(start + at, start + Math.min(at + segmentBytes, length)), from)
    }
  }

  #prepare(index: number): void {
    this.#vector.incoming(index, index * MESSAGE_BYTES, MESSAGE_BYTES)
  }
}
