import type { Millis } from '../core/index.js'
import type { Io } from './io.js'

/** What all drains of one turn of the event loop may take together, so that the application's own tasks are not late. */
const TURN_MILLIS = 5

/**
 * Time that the drivers of one `Io` share in each turn of its event loop. A slice of every one of five hundred busy
 * connections would hold the loop for seconds; so who comes when the budget is spent waits for the next turn, in order.
 */
export class TurnBudget {
  readonly #io: Io
  #endsAt: Millis | undefined

  constructor(io: Io) {
    this.#io = io
  }

  /** When this turn's budget is spent; the first to ask begins it. */
  endOfTurn(): Millis {
    if (this.#endsAt === undefined) {
      this.#endsAt = this.#io.now() + TURN_MILLIS
      // Queued before any drain of the next turn is, so it runs before them.
      this.#io.queueTask(() => (this.#endsAt = undefined))
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
