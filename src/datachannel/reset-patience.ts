import { type Millis, SparseMap } from '../core/index.js'
import type { Channel } from './channel.js'

/**
 * A peer that performed our reset and neither resets its own stream nor sends on it any more for so long has forgotten
 * the channel: it is closed here all the same, and its id waits on. RFC 8831 §6.7 names no time; ours is that of consent
 * (RFC 7675 §5.1), the longest silence of a path that lives.
 */
const PATIENCE_MILLIS = 30_000

/** Channels that wait for the peer's reset, and until when. One duration for all: insertion order is deadline order. */
export class ResetPatience {
  readonly #deadlines = new SparseMap<Channel, Millis>()

  has(channel: Channel): boolean {
    return this.#deadlines.has(channel)
  }

  /** From now on, if it still waits. */
  renew(now: Millis, channel: Channel): void {
    this.#deadlines.delete(channel)
    if (channel.closing.waitsForPeer) this.#deadlines.set(channel, now + PATIENCE_MILLIS)
  }

  nextTimeout(): Millis {
    if (this.#deadlines.size > 0) for (const deadline of this.#deadlines.values()) return deadline
    return Infinity
  }

  /** A channel whose time is over; `undefined` when there is none. */
  takeDue(now: Millis): Channel | undefined {
    if (this.nextTimeout() > now) return undefined
    for (const channel of this.#deadlines.keys()) return this.#deadlines.delete(channel) ? channel : undefined
    return undefined
  }

  clear(): void {
    this.#deadlines.clear()
  }
}
