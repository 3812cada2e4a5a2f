import type { Millis } from '../core/index.js'
import type { Io } from './io.js'

/** What all drains of one turn of the event loop may take together, so that the application's own tasks are not late. */
const TURN_MILLIS = 5

/**
 * Time that the drivers of one `Io` share in each turn of its event loop. A slice of every one of five hundred busy
 * connections would hold the loop for seconds; so who comes when the budget is spent waits for the next turn, in order.
 *
 * What is queued during a turn runs in the next one, so the first that was queued in the turn of now begins another one. A task
 * to say so would turn the event loop once more for every datagram.
 */
export class TurnBudget {
  readonly #io: Io
  #turn = 0
  #endsAt: Millis = 0

  constructor(io: Io) {
    this.#io = io
  }

  /** To be kept by who queues a drain. */
  get turn(): number {
    return this.#turn
  }

  /** When the budget is spent of the turn that a drain runs in, by the turn that it was queued in. */
  endOfTurn(queuedIn: number): Millis {
    if (queuedIn === this.#turn) {
      this.#turn++
      this.#endsAt = this.#io.now() + TURN_MILLIS
    }
    return this.#endsAt
  }
}

const budgets = new WeakMap<Io, TurnBudget>()

export function turnBudgetOf(io: Io): TurnBudget {
  const budget = budgets.get(io) ?? new TurnBudget(io)
  budgets.set(io, budget)
  return budget
}
