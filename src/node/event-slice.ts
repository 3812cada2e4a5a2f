import type { Millis } from '../core/index.js'
import { SLICE } from './slice.js'

/** To look at the clock takes as long as most listeners: some events that were quick are followed by as many at most without a look. */
const MAX_EVENTS_PER_LOOK = 8
/** What so many take where listeners are quick. */
const QUICK_MILLIS: Millis = 0.1

/** When the events of one slice have had their time. */
export class EventSlice {
  #end: Millis = 0
  #count = 0
  #lookedAt: Millis = 0
  #perLook = 1
  #untilLook = 1

  begin(): void {
    this.#count = 0
  }

  /** Events are told now, until `end` or for their least time, whichever is later. */
  resume(now: Millis, end: Millis): void {
    this.#end = Math.max(end, now + SLICE.eventsMillis)
    this.#lookedAt = now
  }

  /** One more was told: whether others have their turn. The first, and each after a slow one, looks at the clock. */
  isOver(clock: { now(): Millis }): boolean {
    if (++this.#count >= SLICE.events) return true
    if (--this.#untilLook > 0) return false
    const now = clock.now()
    const isQuick = now - this.#lookedAt < QUICK_MILLIS
    this.#perLook = isQuick ? Math.min(2 * this.#perLook, MAX_EVENTS_PER_LOOK) : 1
    this.#untilLook = this.#perLook
    this.#lookedAt = now
    return now >= this.#end
  }
}
