import type { Millis } from '../core/index.js'
import type { StunAddress } from '../stun/index.js'

/** How long the server keeps what it granted, and how long before it is asked to go on. */
export interface GrantTimes {
  readonly lifetimeMillis: Millis
  readonly refreshAfterMillis: Millis
}

/** After a refusal we don't ask again for so long; what is sent meanwhile is lost. */
const REFUSAL_MILLIS = 10_000

/**
 * Something that the server grants for a while: a permission or a channel.
 *
 *   asked ──success──▶ granted ──not used any more, not refreshed──▶ gone
 *     │                   │ ▲
 *     └──error, silence──▶│ └──used: asked again in time
 *                      refused ──10 s──▶ gone
 */
export interface Grant {
  readonly peer: StunAddress
  /** 0 for a permission. */
  readonly channel: number
  state: 'asked' | 'granted' | 'refused'
  /** A request for it is on its way or about to be. */
  isAsking: boolean
  grantedAt: Millis
  endsAt: Millis
  usedAt: Millis
}

/** Permissions by address, or channels by address and port; those that are used are kept, the others run out. */
export class Grants {
  readonly #times: GrantTimes
  readonly #max: number
  readonly #byKey = new Map<string, Grant>()

  constructor(times: GrantTimes, max: number) {
    this.#times = times
    this.#max = max
  }

  get size(): number {
    return this.#byKey.size
  }

  find(key: string): Grant | undefined {
    return this.#byKey.get(key)
  }

  /** A new one, to be asked for; `undefined` when there are too many. */
  add(now: Millis, key: string, peer: StunAddress, channel: number): Grant | undefined {
    if (this.#byKey.size >= this.#max) return undefined
    const times = { grantedAt: -Infinity, endsAt: Infinity, usedAt: now }
    const grant: Grant = { peer, channel, state: 'asked', isAsking: true, ...times }
    this.#byKey.set(key, grant)
    return grant
  }

  granted(now: Millis, grant: Grant): void {
    grant.state = 'granted'
    grant.isAsking = false
    grant.grantedAt = now
    grant.endsAt = now + this.#times.lifetimeMillis
  }

  /** What was granted before still holds until its time is over. */
  refused(now: Millis, grant: Grant): void {
    grant.isAsking = false
    if (grant.state === 'granted' && now < grant.endsAt) {
      grant.grantedAt = now // not at once again
      return
    }
    grant.state = 'refused'
    grant.endsAt = now + REFUSAL_MILLIS
  }

  next(): Millis {
    let next = Infinity
    for (const grant of this.#byKey.values()) next = Math.min(next, this.#dueAt(grant))
    return next
  }

  /** One that is to be asked for again, which it is from now on. What has run out goes. */
  takeDue(now: Millis): Grant | undefined {
    for (const [key, grant] of this.#byKey) {
      if (now < this.#dueAt(grant)) continue
      if (now >= grant.endsAt) this.#byKey.delete(key)
      else {
        grant.isAsking = true
        return grant
      }
    }
    return undefined
  }

  clear(): void {
    this.#byKey.clear()
  }

  #dueAt({ state, isAsking, grantedAt, endsAt, usedAt }: Grant): Millis {
    if (isAsking) return Infinity
    const isUsed = state === 'granted' && usedAt >= grantedAt
    return isUsed ? Math.min(endsAt, grantedAt + this.#times.refreshAfterMillis) : endsAt
  }
}
