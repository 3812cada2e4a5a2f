import type { Channel } from './stack.js'

export interface FloodPlan {
  readonly messageBytes: number
  /** Nothing more is sent while as much is buffered; it goes on at a quarter of it. */
  readonly highWaterBytes: number
}

/** What is sent before other work has its turn: implementations with threads of their own may never be full. */
const BURST_BYTES = 1 << 20
const BURST_MESSAGES = 500
/** Where the event is late or missing. */
const ASK_EVERY_MILLIS = 10

/** Sends flat out, as an application does that heeds `bufferedAmount`. */
export class Flood {
  readonly #channel: Channel
  readonly #plan: FloodPlan
  readonly #later: (callback: () => void) => void
  readonly #message: Uint8Array
  #stopped = false
  #timer: ReturnType<typeof setTimeout> | undefined
  #isWaiting = false

  constructor(channel: Channel, plan: FloodPlan, later: (callback: () => void) => void) {
    this.#channel = channel
    this.#plan = plan
    this.#later = later
    this.#message = new Uint8Array(plan.messageBytes).fill(7)
    later(this.#burst)
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#timer)
  }

  readonly #burst = (): void => {
    if (this.#stopped) return
    const { messageBytes, highWaterBytes } = this.#plan
    let budget = Math.min(BURST_MESSAGES, Math.ceil(BURST_BYTES / messageBytes))
    while (this.#channel.bufferedAmount() + messageBytes <= highWaterBytes) {
      if (budget-- === 0) {
        this.#later(this.#burst)
        return
      }
      this.#channel.send(this.#message)
    }
    this.#isWaiting = true
    this.#channel.whenLow(this.#lowBytes, this.#resume)
    this.#timer = setTimeout(this.#ask, ASK_EVERY_MILLIS)
  }

  get #lowBytes(): number {
    return this.#plan.highWaterBytes >> 2
  }

  readonly #resume = (): void => {
    if (!this.#isWaiting) return
    this.#isWaiting = false
    clearTimeout(this.#timer)
    this.#burst()
  }

  readonly #ask = (): void => {
    if (this.#channel.bufferedAmount() <= this.#lowBytes) this.#resume()
    else this.#timer = setTimeout(this.#ask, ASK_EVERY_MILLIS)
  }
}
