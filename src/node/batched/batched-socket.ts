import { createSocket } from 'node:dgram'
import type { RemoteInfo, Socket } from 'node:dgram'
import { Deque } from '../../core/index.js'
import type { TransportAddress } from '../../ice/types.js'
import type { ReceiveDatagram, UdpSocket } from '../io.js'
import { freeMemory } from './free-memory.js'
import type { NativeUdp } from './native-udp.js'
import type { Inlet } from './receive-batch.js'
import type { Outlet } from './send-batch.js'
import { isMedia, segmentBytesIn } from './split-merged.js'

/** What waits for room in the buffer of a socket. More is lost, as a router would have it. */
const MAX_HELD_BYTES = 1 << 20
const MAX_HELD = 1024
/** So many that wait at once are a stream of data, in which merged ones are worth what it costs to ask for them. */
const STREAM_DATAGRAMS = 8
/** What is brought from one time that it was dealt with to the next: more than one message that the kernel merged. */
const READ_AHEAD_BYTES = 256 * 1024
/** What `dgram` has read meanwhile, 32 messages in each turn of the event loop. More is lost, as in a full buffer of the socket. */
const MAX_UNREAD_BYTES = 4 << 20
const MAX_UNREAD = 4096

interface Held {
  readonly data: Uint8Array
  readonly to: TransportAddress
}

interface Unread {
  readonly message: Uint8Array
  readonly from: TransportAddress
}

/**
 * A UDP socket that was made by the C library and belongs to `dgram`, which tells when something has come, by reading the first
 * datagram of a burst; and when there is room again to send, by sending one. All others go by batched system calls.
 */
export class BatchedSocket implements UdpSocket, Inlet, Outlet {
  readonly local: TransportAddress
  readonly #udp: NativeUdp
  readonly #socket: Socket
  readonly #receive: ReceiveDatagram
  #fd: number
  readonly #family: 4 | 6
  segmentLimitBytes: number
  /**
   * Asked for with the first stream of data: the first socket of a machine that asks has the kernel rewrite its code, and the last
   * one that closes has it do so again, which takes a third of a millisecond.
   */
  #merging: 'never' | 'wanted' | 'on'
  #lastFrom: TransportAddress = { address: '', port: 0 }
  #held: Held[] = []
  #heldBytes = 0
  #isWaiting = false
  #allSent: (() => void) | undefined
  #closing: Promise<void> | undefined
  #sendErrors = 0
  readonly #unread = new Deque<Unread>()
  #unreadBytes = 0
  /** Somebody says when what was brought is dealt with. */
  #isPaced = false
  #isBringing = false
  #broughtBytes = 0
  /** Datagrams that were not what any of our protocols sends, and errors that receiving met. */
  receiveErrors = 0

  /** Takes the descriptor over. Throws, with it closed, when `dgram` does not take it. */
  constructor(udp: NativeUdp, fd: number, family: 4 | 6, receive: ReceiveDatagram) {
    this.#udp = udp
    this.#fd = fd
    this.#family = family
    this.#receive = receive
    this.segmentLimitBytes = udp.canSegment ? Infinity : 0
    this.#merging = udp.canMerge ? 'wanted' : 'never'
    udp.prepare(fd)
    this.#socket = adopt(udp, fd, family)
    const { address, port } = this.#socket.address()
    this.local = { address, port }
    this.#socket.on('message', (message, from) => this.#onMessage(message, from))
    this.#socket.on('error', () => this.receiveErrors++)
  }

  get fd(): number {
    return this.#fd
  }

  get isHolding(): boolean {
    return this.#isWaiting
  }

  get sendErrors(): number {
    return this.#sendErrors
  }

  send(data: Uint8Array, to: TransportAddress): void {
    this.queue(data, to)
    this.flush()
  }

  queue(data: Uint8Array, to: TransportAddress): void {
    if (this.#closing !== undefined) return
    this.#udp.sends.add(this, data, to)
  }

  flush(): void {
    this.#udp.sends.flush()
  }

  forbidFragmentation(): boolean {
    return this.#closing === undefined && this.#udp.forbidFragmentation(this.#fd, this.#family)
  }

  unref(): void {
    this.#socket.unref()
  }

  close(): Promise<void> {
    this.#closing ??= this.#end()
    return this.#closing
  }

  // -- sending ------------------------------------------------------------------------------------------------------

  /** @internal */
  refused(count: number): void {
    this.#sendErrors += count
  }

  /** @internal */
  held(data: Uint8Array, to: TransportAddress): void {
    this.#keep({ data, to })
    this.#waitForRoom()
  }

  #keep(held: Held): void {
    const bytes = held.data.length
    if (this.#held.length === MAX_HELD || this.#heldBytes + bytes > MAX_HELD_BYTES) {
      this.#sendErrors++
      return
    }
    this.#held.push(held)
    this.#heldBytes += bytes
  }

  /** `dgram` waits until the first can be sent. */
  #waitForRoom(): void {
    if (this.#isWaiting) return
    const first = this.#held.shift()
    if (first === undefined) return this.#allSent?.()
    this.#heldBytes -= first.data.length
    this.#isWaiting = true
    try {
      this.#socket.send(first.data, first.to.port, first.to.address, this.#onRoom)
    } catch (error) {
      this.#onRoom(error as Error) // arguments that dgram refuses by throwing: lost like any other
    }
  }

  readonly #onRoom = (error: Error | null): void => {
    this.#isWaiting = false
    if (error !== null) this.#sendErrors++
    const held = this.#held
    this.#held = []
    this.#heldBytes = 0
    // What finds no room comes back in order, before what is kept from then on.
    for (const { data, to } of held) {
      this.#udp.sends.add(this, data, to)
    }
    this.#udp.sends.flushOf(this)
    if (!this.isHolding) this.#allSent?.()
  }

  // -- receiving ----------------------------------------------------------------------------------------------------

  #onMessage(message: Uint8Array, { address, port }: RemoteInfo): void {
    if (this.#fd < 0) return
    if (address !== this.#lastFrom.address || port !== this.#lastFrom.port) this.#lastFrom = { address, port }
    if (!this.wantsMore || this.#unread.length > 0) return this.#keepUnread({ message, from: this.#lastFrom })
    this.#first(message, this.#lastFrom)
    freeMemory(message)
    const waiting = this.#udp.receipts.drain(this)
    if (waiting >= STREAM_DATAGRAMS && this.#merging === 'wanted' && this.#fd >= 0) this.#merge()
  }

  /** @internal */
  get wantsMore(): boolean {
    return !this.#isPaced || this.#broughtBytes < READ_AHEAD_BYTES
  }

  settled(): void {
    const wasFull = this.#isPaced && this.#broughtBytes >= READ_AHEAD_BYTES
    this.#isPaced = true
    this.#broughtBytes = 0
    if (!wasFull || this.#isBringing) return
    this.#isBringing = true
    try {
      while (this.wantsMore && this.#unread.length > 0) this.#bringUnread()
      if (this.#fd >= 0) this.#udp.receipts.drain(this)
    } finally {
      this.#isBringing = false
    }
  }

  #bringUnread(): void {
    const { message, from } = this.#unread.shift()!
    this.#unreadBytes -= message.length
    if (this.#fd >= 0) this.#first(message, from)
    freeMemory(message)
  }

  #keepUnread(unread: Unread): void {
    const isFull = this.#unread.length === MAX_UNREAD || this.#unreadBytes + unread.message.length > MAX_UNREAD_BYTES
    if (isFull) return this.dropped()
    this.#unread.push(unread)
    this.#unreadBytes += unread.message.length
  }

  /** The one that `dgram` read, without a word on the size of its segments where it was merged. */
  #first(message: Uint8Array, from: TransportAddress): void {
    // A plain view: Buffer's slice() shares memory where that of Uint8Array copies.
    const data = new Uint8Array(message.buffer, message.byteOffset, message.byteLength)
    const segmentBytes = this.#merging === 'on' ? segmentBytesIn(data) : data.length
    if (segmentBytes === undefined) return this.dropped()
    if (segmentBytes === data.length) return this.received(data, from)
    for (let at = 0; at < data.length && this.#fd >= 0; at += segmentBytes) {
      this.received(data.subarray(at, at + segmentBytes), from)
    }
  }

  /** @internal */
  received(data: Uint8Array, from: TransportAddress): void {
    if (this.#closing !== undefined) return // it still waits for room to send
    this.#broughtBytes += data.length
    if (this.#merging !== 'never' && isMedia(data)) this.#keepApart()
    this.#receive(data, from)
  }

  /** @internal */
  dropped(): void {
    this.receiveErrors++
  }

  /** Media says nothing of its length, so that the first of a burst could not be split. */
  #keepApart(): void {
    if (this.#merging === 'on') this.#udp.merge(this.#fd, false)
    this.#merging = 'never'
  }

  #merge(): void {
    this.#merging = this.#udp.merge(this.#fd, true) ? 'on' : 'never'
  }

  // -- the end ------------------------------------------------------------------------------------------------------

  async #end(): Promise<void> {
    this.#udp.sends.flushOf(this)
    if (this.#isWaiting || this.#held.length > 0) await new Promise<void>((resolve) => (this.#allSent = resolve))
    // The descriptor is closed in the call, and its number may be another socket's from then on.
    this.#fd = -1
    await new Promise<void>((resolve) => this.#socket.close(resolve))
  }
}

function adopt(udp: NativeUdp, fd: number, family: 4 | 6): Socket {
  const socket = createSocket({
    type: family === 6 ? 'udp6' : 'udp4',
    // Only addresses are sent to. The default lookup would put every datagram off by a tick.
    lookup: (host, _options, callback) => callback(null, host, family),
  })
  try {
    return socket.bind({ fd, exclusive: true })
  } catch (error) {
    socket.close()
    udp.close(fd)
    throw error
  }
}
