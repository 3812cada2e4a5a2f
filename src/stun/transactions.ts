import type { Millis } from '../core/index.js'
import { TRANSACTION_ID_BYTES } from './message.js'

/** How often and how long a request is repeated (RFC 8489 §6.2.1): intervals double up to a limit, then a last wait. */
export interface RetransmissionSchedule {
  readonly rtoMillis: Millis
  readonly maxIntervalMillis?: Millis
  readonly maxTransmissions: number
  readonly lastWaitMillis: Millis
}

export interface Transaction<Purpose, Request> {
  readonly transactionId: Uint8Array
  /** As it goes on the wire, every time the same (RFC 8489 §6.2.1). */
  readonly request: Request
  readonly purpose: Purpose
}

/** One whose request was sent: for the first time, and most recently. */
export interface SentTransaction<Purpose, Request> extends Transaction<Purpose, Request> {
  readonly firstSentAt: Millis
  readonly lastSentAt: Millis
}

interface Running<Purpose, Request> extends SentTransaction<Purpose, Request> {
  lastSentAt: Millis
  readonly schedule: RetransmissionSchedule
  transmissions: number
  cancelled: boolean
  /** When the next transmission, or the end, is due. */
  dueAt: Millis
}

/** At 20 a second each, ordinary and triggered checks (up to 18 s) and probes (9.5 s) make 910; the oldest gives way. */
const MAX_TRANSACTIONS = 1024

/** Requests that wait for an answer. A cancelled one is repeated no more, but its late answer still counts. */
export class Transactions<Purpose, Request> {
  /** In the order in which they began. Rarely more than a few, which are found sooner than a key for a table is made. */
  #running: Running<Purpose, Request>[] = []

  /** The caller sends the request for the first time, right now. */
  start(now: Millis, transaction: Transaction<Purpose, Request>, schedule: RetransmissionSchedule): void {
    if (this.#running.length >= MAX_TRANSACTIONS) this.#running.shift()
    const { transactionId, request, purpose } = transaction
    const running = {
      transactionId,
      request,
      purpose,
      schedule,
      transmissions: 1,
      cancelled: false,
      dueAt: 0,
      firstSentAt: now,
      lastSentAt: now,
    }
    running.dueAt = dueAfter(running, now)
    this.#running.push(running)
  }

  find(transactionId: Uint8Array): SentTransaction<Purpose, Request> | undefined {
    for (const running of this.#running) if (isSameId(running.transactionId, transactionId)) return running
    return undefined
  }

  end({ transactionId }: Transaction<Purpose, Request>): void {
    const index = this.#running.findIndex((running) => isSameId(running.transactionId, transactionId))
    if (index >= 0) this.#running.splice(index, 1)
  }

  /** RFC 8445 §7.3.1.4: no more transmissions, and no failure from the silence. */
  cancel(now: Millis, which: (purpose: Purpose) => boolean): void {
    for (const running of this.#running) {
      if (running.cancelled || !which(running.purpose)) continue
      running.cancelled = true
      running.dueAt = now + running.schedule.lastWaitMillis
    }
  }

  /** There is less time than there was: repeated at once, and from then on by another schedule. */
  hasten(now: Millis, which: (purpose: Purpose) => boolean, schedule: RetransmissionSchedule): void {
    for (const running of this.#running) {
      if (which(running.purpose)) Object.assign(running, { schedule, transmissions: 0, dueAt: now })
    }
  }

  forget(which: (purpose: Purpose) => boolean): void {
    this.#running = this.#running.filter(({ purpose }) => !which(purpose))
  }

  clear(): void {
    this.#running = []
  }

  next(): Millis {
    let next = Infinity
    for (const { dueAt } of this.#running) if (dueAt < next) next = dueAt
    return next
  }

  /** A request whose turn to be repeated has come. */
  takeRetransmission(now: Millis): Request | undefined {
    if (this.#running.length === 0) return undefined // almost always, when asked for every packet
    for (const running of this.#running) {
      if (running.dueAt > now || isOver(running)) continue
      running.transmissions++
      running.lastSentAt = now
      running.dueAt = dueAfter(running, now)
      return running.request
    }
    return undefined
  }

  /** A transaction that nobody answered; those that were cancelled go quietly. */
  takeTimedOut(now: Millis): Transaction<Purpose, Request> | undefined {
    for (let i = 0; i < this.#running.length; i++) {
      const running = this.#running[i]!
      if (running.dueAt > now || !isOver(running)) continue
      this.#running.splice(i--, 1)
      if (!running.cancelled) return running
    }
    return undefined
  }
}

function isSameId(one: Uint8Array, other: Uint8Array): boolean {
  for (let i = 0; i < TRANSACTION_ID_BYTES; i++) if (one[i] !== other[i]) return false
  return true
}

function isOver({ cancelled, transmissions, schedule }: Running<unknown, unknown>): boolean {
  return cancelled || transmissions >= schedule.maxTransmissions
}

function dueAfter({ transmissions, schedule }: Running<unknown, unknown>, now: Millis): Millis {
  if (transmissions >= schedule.maxTransmissions) return now + schedule.lastWaitMillis
  return now + Math.min(schedule.rtoMillis * 2 ** (transmissions - 1), schedule.maxIntervalMillis ?? Infinity)
}
