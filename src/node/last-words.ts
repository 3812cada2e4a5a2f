import type { Millis } from '../core/index.js'
import type { PeerContract, PeerEvent } from '../peer/contract.js'
import type { Io, UnrefableTimer } from './io.js'

/**
 * How long the process is kept alive for a server's answer: a round trip within a continent, and less than what anybody would
 * call hanging. What is asked goes out in `close()` itself; only an answer that has to be answered (a stale nonce, 438) is lost
 * when the process ends before it.
 */
const KEPT_ALIVE_MILLIS = 50
/** A little more than the peer takes. */
const MAX_MILLIS = 2500

/** That is all there is to do for a peer that was closed. */
export type LastEvent = Extract<PeerEvent, { type: 'release' | 'closeStream' }>

export interface LastWordsOptions {
  readonly io: Io
  readonly peer: PeerContract
  /** Sends what the peer has to send. */
  readonly transmit: () => void
  readonly handle: (event: LastEvent) => void
  /** Nothing keeps the process alive from now on. */
  readonly unref: () => void
}

/**
 * A peer that was closed, and still talks to servers: each is to hear that its allocation is wanted no more (RFC 8656 §7), and
 * may want that said in another way.
 *
 *   kept alive ──50 ms──▶ not kept alive ──2.5 s──▶ over        every server has confirmed, from anywhere ──▶ over
 */
export class LastWords {
  readonly #options: LastWordsOptions
  readonly #timer: UnrefableTimer
  readonly #over: Promise<void>
  readonly #unrefAt: Millis
  readonly #endAt: Millis
  #settle: () => void = () => {}
  #isRefed = true
  #isOver = false

  constructor(options: LastWordsOptions) {
    const { io } = options
    this.#options = options
    this.#over = new Promise((resolve) => (this.#settle = resolve))
    this.#unrefAt = io.now() + KEPT_ALIVE_MILLIS
    this.#endAt = io.now() + MAX_MILLIS
    this.#timer = io.createTimer(() => this.hear(() => {}))
    this.hear(() => {})
  }

  get isOver(): boolean {
    return this.#isOver
  }

  /** Settles when the last word is said, and never later than after 2.5 s. */
  get over(): Promise<void> {
    return this.#over
  }

  /** Tells the peer something; does what follows from it. */
  hear(tell: (now: Millis) => void): void {
    if (this.#isOver) return
    const { io, peer, transmit, handle } = this.#options
    const now = io.now()
    tell(now)
    if (peer.nextTimeout() <= now) peer.handleTimeout(now)
    transmit()
    for (let event = peer.pollEvent(); event !== undefined; event = peer.pollEvent()) {
      if (event.type === 'release' || event.type === 'closeStream') handle(event)
    }
    const next = peer.nextTimeout()
    if (next === Infinity || now >= this.#endAt) this.#end()
    else this.#wait(now, next)
  }

  #wait(now: Millis, next: Millis): void {
    if (this.#isRefed && now >= this.#unrefAt) {
      this.#isRefed = false
      this.#timer.unref()
      this.#options.unref()
    }
    this.#timer.arm(Math.min(next, this.#endAt, this.#isRefed ? this.#unrefAt : Infinity))
  }

  #end(): void {
    this.#isOver = true
    this.#timer.arm(Infinity)
    this.#settle()
  }
}
