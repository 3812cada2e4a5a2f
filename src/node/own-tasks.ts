import { Deque } from '../core/index.js'
import type { Io } from './io.js'

/** A microtask of its own, for a third of what `queueMicrotask` takes. */
const SETTLED = Promise.resolve()

/** Of all connections: two in one round of ticks would have no microtasks between them, and promises of the first come late. */
const hops = new Deque<() => void>()
let isHopping = false

/** Calls back when promises that wait for what ran last are done, as between two tasks, but in this turn of the event loop. */
function hop(callback: () => void): void {
  hops.push(callback)
  if (isHopping) return
  isHopping = true
  void SETTLED.then(tick)
}

const tick = (): void => process.nextTick(land)

function land(): void {
  try {
    hops.shift()!()
  } finally {
    isHopping = hops.length > 0
    if (isHopping) void SETTLED.then(tick)
  }
}

/** One task of so many, of all connections together, waits for a turn of the event loop, which others need as well. */
const TASKS_PER_TURN = 16

/** How many of them have run since one last waited. */
const ran = new WeakMap<Io, { count: number }>()

function countOf(io: Io): { count: number } {
  const known = ran.get(io)
  if (known !== undefined) return known
  const count = { count: 0 }
  ran.set(io, count)
  return count
}

/**
 * Tasks of the layer above a driver, which counts those that have not run yet. They run in order, each when the promises that
 * wait for what ran before it are done, as between two tasks; but most of them in the same turn of the event loop, so
 * that what an application asks for in one go is asked before the driver looks at what came of it.
 */
export class OwnTasks {
  readonly #io: Io
  readonly #queue = new Deque<() => void>()
  readonly #inTurn: { count: number }
  /** The next one runs, or is about to. */
  #isUnderWay = false
  #ticks = 0

  constructor(io: Io) {
    this.#io = io
    this.#inTurn = countOf(io)
  }

  get pending(): number {
    return this.#queue.length + this.#ticks
  }

  queueTask(callback: () => void): void {
    this.#queue.push(callback)
    if (!this.#isUnderWay) this.#schedule()
  }

  #schedule(): void {
    this.#isUnderWay = true
    if (++this.#inTurn.count < TASKS_PER_TURN) {
      hop(this.#runFirst)
    } else {
      this.#inTurn.count = 0
      this.#io.queueTask(this.#runFirst)
    }
  }

  /** One function for all tasks. */
  readonly #runFirst = (): void => {
    try {
      this.#queue.shift()!()
    } finally {
      if (this.#queue.length > 0) this.#schedule()
      else this.#isUnderWay = false
    }
  }

  /** When promises that wait for what ran last are done, as between two tasks, but in this turn of the event loop. */
  queueTick(callback: () => void): void {
    this.#ticks++
    hop(() => {
      this.#ticks--
      callback()
    })
  }
}
