import type { Millis } from '../core/index.js'

/** What setTimeout can wait at most; more would fire at once. */
const MAX_DELAY_MILLIS = 2 ** 31 - 1

/** The clock and the real timers below a {@link TimerQueue}. */
export interface RealTimers {
  now(): Millis
  setTimeout(callback: () => void, delayMillis: Millis): RealTimer
  clearTimeout(timer: RealTimer): void
}

export interface RealTimer {
  ref(): void
  unref(): void
}

/** One deadline in the queue. */
export interface QueuedTimer {
  readonly callback: () => void
  at: Millis
  isRefed: boolean
  /** Where it stands in the heap; -1 outside of it. */
  position: number
  /** Taken out because its time has come, and not yet called back. */
  isDue: boolean
}

/**
 * All deadlines of a process over one real timer: what is due together costs one wake-up, and a deadline that moves costs a few
 * comparisons instead of a timer of the event loop. A binary heap in which each deadline knows its place. The real timer is
 * left as it is when the earliest deadline moves to later, and looks at the queue when it fires.
 */
export class TimerQueue {
  readonly #real: RealTimers
  readonly #heap: QueuedTimer[] = []
  readonly #onTimeout = (): void => this.#fire()
  #timeout: RealTimer | undefined
  /** The deadline that the real timer is for, which fires up to a millisecond later. */
  #startedFor: Millis = Infinity
  #due: QueuedTimer[] = []
  #isFiring = false
  /** Armed ones that keep the process alive. */
  #refed = 0

  constructor(real: RealTimers) {
    this.#real = real
  }

  create(callback: () => void): QueuedTimer {
    return { callback, at: Infinity, isRefed: true, position: -1, isDue: false }
  }

  arm(timer: QueuedTimer, at: Millis): void {
    timer.isDue = false
    if (at === Infinity) this.#remove(timer)
    else if (timer.position >= 0) this.#move(timer, at)
    else this.#insert(timer, at)
    this.#startReal()
  }

  unref(timer: QueuedTimer): void {
    if (!timer.isRefed) return
    if (timer.position >= 0) this.#countRefed(-1)
    timer.isRefed = false
  }

  // -- the real timer -------------------------------------------------------------------------------------------------

  #startReal(): void {
    if (this.#isFiring) return
    const next = this.#heap[0]?.at ?? Infinity
    if (next === Infinity) return this.#stopReal()
    if (next >= this.#startedFor) return
    this.#stopReal()
    const now = this.#real.now()
    // Rounded up, or it would fire up to a millisecond early and once more.
    const delay = Math.min(Math.max(Math.ceil(next - now), 1), MAX_DELAY_MILLIS)
    this.#startedFor = next
    this.#timeout = this.#real.setTimeout(this.#onTimeout, delay)
    if (this.#refed === 0) this.#timeout.unref()
  }

  #stopReal(): void {
    if (this.#timeout !== undefined) this.#real.clearTimeout(this.#timeout)
    this.#timeout = undefined
    this.#startedFor = Infinity
  }

  #countRefed(change: 1 | -1): void {
    this.#refed += change
    if (this.#refed === 0) this.#timeout?.unref()
    else if (this.#refed === 1 && change === 1) this.#timeout?.ref()
  }

  #fire(): void {
    this.#timeout = undefined
    this.#startedFor = Infinity
    // What is armed by them comes after the next look at the event loop, however early it is due.
    const now = this.#real.now()
    for (let first = this.#heap[0]; first !== undefined && first.at <= now; first = this.#heap[0]) {
      this.#remove(first)
      first.isDue = true
      this.#due.push(first)
    }
    this.#isFiring = true
    this.#callNext(0)
  }

  /** Each in a task of its own as far as scripts can tell: its microtasks have run before the next. */
  #callNext(index: number): void {
    const timer = this.#due[index]
    if (timer === undefined) {
      this.#due = []
      this.#isFiring = false
      return this.#startReal()
    }
    try {
      if (timer.isDue) {
        timer.isDue = false
        timer.callback()
      }
    } finally {
      // The tick queue runs when the microtask queue is empty.
      if (index + 1 < this.#due.length) queueMicrotask(() => process.nextTick(() => this.#callNext(index + 1)))
      else this.#callNext(index + 1)
    }
  }

  // -- the heap -------------------------------------------------------------------------------------------------------

  #insert(timer: QueuedTimer, at: Millis): void {
    timer.at = at
    this.#heap.push(timer)
    this.#place(timer, this.#heap.length - 1)
    this.#rise(timer)
    if (timer.isRefed) this.#countRefed(1)
  }

  #move(timer: QueuedTimer, at: Millis): void {
    const isLater = at > timer.at
    timer.at = at
    if (isLater) this.#sink(timer)
    else this.#rise(timer)
  }

  #remove(timer: QueuedTimer): void {
    if (timer.position < 0) return
    const last = this.#heap.pop()!
    if (last !== timer) {
      this.#place(last, timer.position)
      this.#rise(last)
      this.#sink(last)
    }
    timer.position = -1
    if (timer.isRefed) this.#countRefed(-1)
  }

  #place(timer: QueuedTimer, position: number): void {
    this.#heap[position] = timer
    timer.position = position
  }

  #rise(timer: QueuedTimer): void {
    for (let position = timer.position; position > 0; position = timer.position) {
      const parent = this.#heap[(position - 1) >> 1]!
      if (parent.at <= timer.at) return
      this.#place(parent, position)
      this.#place(timer, (position - 1) >> 1)
    }
  }

  #sink(timer: QueuedTimer): void {
    for (;;) {
      const { position } = timer
      const left = this.#heap[2 * position + 1]
      const right = this.#heap[2 * position + 2]
      const child = right !== undefined && right.at < left!.at ? right : left
      if (child === undefined || child.at >= timer.at) return
      const below = child.position
      this.#place(child, position)
      this.#place(timer, below)
    }
  }
}
