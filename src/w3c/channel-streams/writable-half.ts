import { encodeUtf8 } from '../../core/index.js'
import type { DataChannelSlots } from '../data-channel-slots.js'

/** What peers take that name no limit (RFC 8841 §6.1), and few enough to come and go smoothly. */
const PIECE_BYTES = 65_536

export interface WritableHalfOptions {
  readonly slots: DataChannelSlots
  readonly keepsMessages: boolean
  /** `bufferedAmount` above which writers wait. */
  readonly highWaterMark: number
}

/** As the standard and Node.js have it; the declarations of Node.js do not. */
type Controller = WritableStreamDefaultController & { readonly signal: AbortSignal }

/** Settles when something has happened, from outside. */
interface Waiting {
  readonly resolve: () => void
  readonly reject: (reason: unknown) => void
}

/** What is sent on a channel, as a stream: a write is done when the channel has room for the next. */
export class WritableHalf {
  readonly stream: WritableStream<unknown>
  readonly #options: WritableHalfOptions
  #controller!: Controller // `start` is called by the constructor of the stream
  #opening: Waiting | undefined
  #room: Waiting | undefined
  #closing: Waiting | undefined

  constructor(options: WritableHalfOptions) {
    this.#options = options
    this.stream = new WritableStream<unknown>({
      start: (controller) => this.#start(controller as Controller),
      write: (chunk) => this.#write(chunk),
      close: () => this.#close(),
      // A channel has no way to say that it was given up: the peer sees it close (RFC 8831 §6.7).
      abort: () => options.slots.close(),
    })
  }

  opened(): void {
    this.#opening?.resolve()
    this.#opening = undefined
  }

  /** `bufferedAmount` fell. */
  sent(): void {
    const { slots, highWaterMark } = this.#options
    if (slots.bufferedAmount > highWaterMark / 2) return
    this.#room?.resolve()
    this.#room = undefined
  }

  /** Nothing can be sent any more; without an error after the channel closed in order. */
  end(error?: unknown): void {
    const reason = error ?? closedError()
    this.#opening?.reject(reason)
    for (const waiting of [this.#room, this.#closing]) {
      if (error === undefined) waiting?.resolve()
      else waiting?.reject(reason)
    }
    if (this.#closing === undefined || error !== undefined) this.#controller.error(reason)
    this.#opening = this.#room = this.#closing = undefined
  }

  #start(controller: Controller): Promise<void> | undefined {
    this.#controller = controller
    controller.signal.addEventListener('abort', () => this.#room?.reject(controller.signal.reason), { once: true })
    if (this.#options.slots.readyState !== 'connecting') return undefined
    return new Promise((resolve, reject) => (this.#opening = { resolve, reject }))
  }

  async #write(chunk: unknown): Promise<void> {
    const { slots, keepsMessages } = this.#options
    if (keepsMessages) {
      const kind = typeof chunk === 'string' ? 'text' : 'binary'
      return this.#send(kind, typeof chunk === 'string' ? encodeUtf8(chunk) : bytesOf(chunk).slice())
    }
    const bytes = bytesOf(chunk)
    const most = Math.max(1, Math.min(PIECE_BYTES, slots.connection.maxMessageSizeBytes))
    for (let at = 0; at < bytes.length; at += most) await this.#send('binary', bytes.slice(at, at + most))
  }

  /** @param data is kept */
  async #send(kind: 'text' | 'binary', data: Uint8Array): Promise<void> {
    const { slots, highWaterMark } = this.#options
    const { maxMessageSizeBytes: max } = slots.connection
    if (slots.readyState !== 'open') throw closedError()
    if (data.length > max) {
      throw new TypeError(`a message of ${data.length} bytes exceeds the maximum message size of ${max}`)
    }
    slots.send(kind, data.length, data)
    if (slots.bufferedAmount <= highWaterMark) return
    await new Promise<void>((resolve, reject) => (this.#room = { resolve, reject }))
  }

  /** Done when the channel is closed: what was written before has arrived then. */
  #close(): Promise<void> {
    const { slots } = this.#options
    return new Promise((resolve, reject) => {
      this.#closing = { resolve, reject }
      slots.close()
    })
  }
}

function bytesOf(chunk: unknown): Uint8Array {
  if (ArrayBuffer.isView(chunk)) return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength)
  if (chunk instanceof ArrayBuffer) return new Uint8Array(chunk)
  throw new TypeError('a chunk that is written to a data channel has to be an ArrayBuffer or a view of one')
}

function closedError(): DOMException {
  return new DOMException('The data channel is not open any more', 'InvalidStateError')
}
