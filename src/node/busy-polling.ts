import type { Millis } from '../core/index.js'
import type { Io } from './io.js'
import { PollingPolicy } from './polling-policy.js'

/** Who had the core for so long has more to do than the peer, or a thread of the runtime. */
const LONG_YIELD_MILLIS = 1
/** Turns without yielding after that: a sleep would have been over sooner. */
const TURNS_AFTER_LONG_YIELD = 1000

/**
 * Keeps the event loop of one `Io` turning for a moment after a datagram that was sent alone, so that who answers it at once does not
 * find this end asleep. All else has its turns as ever: each one is a task. There is none when nothing is awaited.
 */
export class BusyPolling {
  readonly #io: Io
  readonly #policy: PollingPolicy
  /** Who sent something last, and heard nothing since. */
  #awaiting: object | undefined
  #sentAt: Millis = 0
  /** A task is queued. */
  #isTurning = false
  /** Native calls are allowed. */
  #yields = false
  #turnsUntilYield = 0
  /** Turns of the event loop that were asked for. */
  turns = 0

  constructor(io: Io, policy = new PollingPolicy()) {
    this.#io = io
    this.#policy = policy
  }

  /** A datagram went out alone, and may be answered. `isPlain`: by who wants no native calls. */
  sent(by: object, isPlain: boolean): void {
    const now = this.#io.now()
    if (this.#awaiting === by) this.#policy.sentAgain(now - this.#sentAt)
    else if (this.#awaiting !== undefined) this.#policy.interrupted(now - this.#sentAt)
    this.#awaiting = by
    this.#sentAt = now
    this.#yields = !isPlain
    if (!this.#policy.isPolling || this.#isTurning) return
    this.#isTurning = true
    this.#io.queueTask(this.#turn)
  }

  /** So many datagrams at once are no conversation. */
  sentMany(): void {
    if (this.#awaiting === undefined) return
    this.#awaiting = undefined
    this.#policy.interrupted(this.#io.now() - this.#sentAt)
  }

  received(by: object): void {
    if (this.#awaiting !== by) return
    this.#awaiting = undefined
    this.#policy.answered(this.#io.now() - this.#sentAt)
  }

  /** Waits for nothing any more. */
  leave(by: object): void {
    if (this.#awaiting === by) this.#awaiting = undefined
  }

  readonly #turn = (): void => {
    this.turns++
    this.#isTurning = false
    if (this.#awaiting === undefined) return
    const now = this.#io.now()
    if (now - this.#sentAt < this.#policy.windowMillis) {
      this.#isTurning = true
      this.#io.queueTask(this.#turn)
      if (this.#yields) this.#yield(now)
    } else if (this.#policy.isPolling) {
      this.#awaiting = undefined
      this.#policy.missed()
    }
  }

  /** On one core with this end, the peer cannot answer before. */
  #yield(now: Millis): void {
    if (this.#turnsUntilYield > 0) {
      this.#turnsUntilYield--
      return
    }
    this.#io.yieldCore?.()
    if (this.#io.now() - now > LONG_YIELD_MILLIS) this.#turnsUntilYield = TURNS_AFTER_LONG_YIELD
  }
}

const ofIo = new WeakMap<Io, BusyPolling | null>()

/** Of all connections of an `Io`: there is one event loop. None where polling is not to be had. */
export function busyPollingOf(io: Io): BusyPolling | undefined {
  let polling = ofIo.get(io)
  if (polling === undefined) {
    polling = io.canPoll?.() === true ? new BusyPolling(io) : null
    ofIo.set(io, polling)
  }
  return polling ?? undefined
}
