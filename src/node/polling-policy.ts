import type { Millis } from '../core/index.js'

/** Longer than a peer takes that sleeps itself and has to be woken. */
const WINDOW_MILLIS = 0.1
/** As long as both ends poll, and each finds the other awake: several times what an answer takes then. */
const SETTLED_WINDOW_MILLIS = 0.05
/** CPU time of going to sleep and being woken, in the kernel and in libuv, and of caches that are cold afterwards. */
const SAVED_MILLIS = 0.025
/**
 * Answers to an end that slept. Both asleep on a core each, they take 0.1, twice that where the machine is busy or the network
 * near. Those that take less come from a peer on the same core, who runs when this end sleeps, or from cores that wake at once.
 */
const NEAR_MILLIS = { min: 0.045, max: 0.25 }
/** What may be spent until the other end polls too, and answers come sooner than a sleep costs. */
const TRIAL_MILLIS = 2
/** How much of what was saved may be spent later. */
const MAX_CREDIT_MILLIS = 2.5
/** In a row: perhaps the peer has come to the same core, and cannot answer as long as this end polls. */
const MAX_MISSES = 4
/** So many near answers come before a trial; twice as many before the next when it did not pay. */
const FIRST_TRIAL = 8
const LAST_TRIAL = 4096
/** One that is not near takes away so many: most have to be. */
const OTHER_ANSWER = 8
/** The other end polls, it seems, when answers take so much less than usual, some in a row. */
const QUICKER = 0.75
const QUICK_ANSWERS = 4
const QUICK_TRIAL = 64
/** The newest one's share of what is usual. */
const USUAL_WEIGHT = 1 / 16

/**
 * Whether to keep the event loop turning while an answer is awaited, and how long: by an account of CPU time. Polling takes as much as
 * it lasts, and saves a sleep when the answer comes meanwhile. A trial begins with a loan, and is over when that is lost, or when
 * answers stay out.
 *
 *   asleep ──enough near answers, or some quicker ones──▶ polling ──no credit, or some misses in a row──▶ asleep
 *
 * It pays where both ends do it, as each is then awake when the other one has sent.
 */
export class PollingPolicy {
  #credit: Millis = 0
  #misses = 0
  /** Near answers while asleep, less what others take away. */
  #near = 0
  #needed = FIRST_TRIAL
  #quick = 0
  #usual: Millis = 0
  /** How often polling began. */
  trials = 0

  get isPolling(): boolean {
    return this.#credit > 0
  }

  /** How long to poll for an answer; 0 while asleep. */
  get windowMillis(): Millis {
    if (this.#credit <= 0) return 0
    // After a miss both may be asleep: then the other one has to be woken first.
    return this.#misses === 0 && this.#credit > MAX_CREDIT_MILLIS / 2 ? SETTLED_WINDOW_MILLIS : WINDOW_MILLIS
  }

  /** It came so long after what was sent. */
  answered(after: Millis): void {
    if (this.#credit <= 0) return this.#sleptUntil(after)
    this.#misses = 0
    this.#credit += SAVED_MILLIS - Math.min(after, WINDOW_MILLIS)
    if (this.#credit >= MAX_CREDIT_MILLIS) {
      this.#credit = MAX_CREDIT_MILLIS
      this.#needed = FIRST_TRIAL
    }
    if (this.#credit <= 0) this.#stop()
  }

  /** Nothing came in the time of the window. */
  missed(): void {
    this.#charge(this.windowMillis)
  }

  /** There was more to do than to wait for an answer, so long after what was sent. */
  interrupted(after: Millis): void {
    if (this.#credit > 0) this.#charge(Math.min(after, WINDOW_MILLIS))
    else this.#notNear()
  }

  /** The same end had something else to send before an answer came, for which it would have slept and been woken. */
  sentAgain(after: Millis): void {
    if (this.#credit <= 0) return
    this.#credit -= Math.max(0, Math.min(after, WINDOW_MILLIS) - SAVED_MILLIS)
    if (this.#credit <= 0) this.#stop()
  }

  #charge(spent: Millis): void {
    this.#credit -= spent
    if (++this.#misses >= MAX_MISSES || this.#credit <= 0) this.#stop()
  }

  #stop(): void {
    this.#credit = 0
    this.#near = 0
    this.#quick = 0
    this.#needed = Math.min(this.#needed * 2, LAST_TRIAL)
  }

  #notNear(): void {
    this.#near = Math.max(0, this.#near - OTHER_ANSWER)
    this.#quick = 0
  }

  #sleptUntil(after: Millis): void {
    if (after < NEAR_MILLIS.min || after > NEAR_MILLIS.max) return this.#notNear()
    this.#near++
    if (this.#usual === 0) this.#usual = after
    if (after < this.#usual * QUICKER) this.#quick++
    else {
      this.#quick = 0
      this.#usual += (after - this.#usual) * USUAL_WEIGHT
    }
    const isInvited = this.#quick >= QUICK_ANSWERS
    if (this.#near >= (isInvited ? Math.min(this.#needed, QUICK_TRIAL) : this.#needed)) this.#begin()
    else if (isInvited) this.#usual = after // so that is usual now
  }

  #begin(): void {
    this.trials++
    this.#credit = TRIAL_MILLIS
    this.#misses = 0
  }
}
