import { Deque } from '../../core/index.js'

/** What a message that waits costs beside its bytes, so that a flood of empty ones does not go uncounted. */
const MESSAGE_OVERHEAD_BYTES = 128

export interface ReadableHalfOptions {
  /** Messages with their boundaries, and text as text; or bytes alone, without boundaries. */
  readonly keepsMessages: boolean
  /** Tells by how much changed what is held for the application. */
  readonly held: (deltaBytes: number) => void
}

type Controller = ReadableByteStreamController | ReadableStreamDefaultController<string | Uint8Array>

/**
 * What comes on a channel, as a stream: hands a message on when the reader asks for it, and holds it until then.
 *
 *   open ── end() ──▶ ending ── all was read ──▶ over          cancel(), from the first two ──▶ over
 */
export class ReadableHalf {
  readonly stream: ReadableStream<string | Uint8Array>
  readonly #options: ReadableHalfOptions
  readonly #unread = new Deque<string | Uint8Array>()
  #controller!: Controller // `start` is called by the constructor of the stream
  #phase: 'open' | 'ending' | 'over' = 'open'
  #error: unknown
  #isComplete = false
  /** Settles a pull that waits for a message. */
  #pulled: (() => void) | undefined

  constructor(options: ReadableHalfOptions) {
    this.#options = options
    const source = {
      start: (controller: Controller) => void (this.#controller = controller),
      pull: () => this.#pull(),
      cancel: () => this.#cancel(),
    }
    // Nothing is held by the stream itself: here it can be counted.
    const strategy = { highWaterMark: 0 }
    this.stream = options.keepsMessages
      ? new ReadableStream<string | Uint8Array>(source, strategy)
      : new ReadableStream({ ...source, type: 'bytes' }, strategy)
  }

  /** @param message memory of its own, which is handed on */
  received(message: string | Uint8Array): void {
    // Without boundaries, an empty message is nothing.
    if (this.#phase !== 'open' || (!this.#options.keepsMessages && message.length === 0)) return
    this.#unread.push(message)
    this.#options.held(costOf(message))
    if (this.#pulled !== undefined) this.#give()
  }

  /** All that the peer sent has come, whatever happens from now on. */
  peerCloses(): void {
    this.#isComplete = true
  }

  /**
   * Nothing more comes: the stream closes, or fails, when all that came was read. Not when the peer closes already: an application
   * that closes the connection at the end of the stream would break off the closing of the channel, and so tell the peer of an error.
   */
  end(error?: unknown): void {
    if (this.#phase !== 'open') return
    this.#phase = 'ending'
    this.#error = this.#isComplete ? undefined : error
    if (this.#unread.length === 0) this.#finish()
  }

  #pull(): Promise<void> | undefined {
    if (this.#unread.length > 0) {
      this.#give()
      return undefined
    }
    return new Promise((resolve) => (this.#pulled = resolve))
  }

  /** Hands the oldest message on, or as much of it as the reader has room for. */
  #give(): void {
    const message = this.#unread.shift()!
    const { held } = this.#options
    held(-costOf(message))
    const rest = this.#enqueue(message)
    if (rest !== undefined) {
      this.#unread.unshift(rest)
      held(costOf(rest))
    }
    this.#settlePull()
    if (this.#phase === 'ending' && this.#unread.length === 0) this.#finish()
  }

  /** What is left of the message. */
  #enqueue(message: string | Uint8Array): Uint8Array | undefined {
    const request = this.#byobRequest
    const view = request?.view
    if (!ArrayBuffer.isView(view) || typeof message === 'string') {
      this.#controller.enqueue(message as never) // of the kind that the stream is of
      return undefined
    }
    const length = Math.min(view.byteLength, message.length)
    new Uint8Array(view.buffer, view.byteOffset, length).set(message.subarray(0, length))
    request?.respond(length)
    return length < message.length ? message.subarray(length) : undefined
  }

  #finish(): void {
    this.#phase = 'over'
    if (this.#error === undefined) this.#close()
    else this.#controller.error(this.#error)
    this.#settlePull()
  }

  #close(): void {
    try {
      this.#controller.close()
      this.#byobRequest?.respond(0) // a reader that brought a buffer is told that nothing came into it
    } catch {
      // A reader that brought an array of larger elements, the last of which came half: the stream has failed with this error.
    }
  }

  get #byobRequest(): ReadableStreamBYOBRequest | null {
    return 'byobRequest' in this.#controller ? this.#controller.byobRequest : null
  }

  /** What has come, and what still comes, is not wanted. */
  #cancel(): void {
    this.#phase = 'over'
    for (let message = this.#unread.shift(); message !== undefined; message = this.#unread.shift()) {
      this.#options.held(-costOf(message))
    }
    this.#settlePull()
  }

  #settlePull(): void {
    const pulled = this.#pulled
    this.#pulled = undefined
    pulled?.()
  }
}

function costOf(message: string | Uint8Array): number {
  return message.length + MESSAGE_OVERHEAD_BYTES
}
