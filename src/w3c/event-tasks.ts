import { Deque } from '../core/index.js'

/** What one event of the peer means to scripts: steps that run in order, each in a task of its own. */
export type EventSteps = readonly (() => void)[]

/**
 * Keeps the tasks that events of the peer cause in order. The driver tells every event in a task of its own, so that
 * the first step can run at once; further ones take tasks of their own, and events that come meanwhile wait for them.
 */
export class EventTasks {
  readonly #queueTask: (steps: () => void) => void
  readonly #perform: (step: () => void) => void
  readonly #waiting = new Deque<() => void>()

  /** @param perform runs a step whose turn has come, or leaves it */
  constructor(queueTask: (steps: () => void) => void, perform: (step: () => void) => void) {
    this.#queueTask = queueTask
    this.#perform = perform
  }

  /** Nothing waits: a step may run at once. */
  get isIdle(): boolean {
    return this.#waiting.length === 0
  }

  run(steps: EventSteps): void {
    const first = this.isIdle ? steps[0] : undefined
    for (let i = first === undefined ? 0 : 1; i < steps.length; i++) this.#waiting.push(steps[i]!)
    if (first === undefined) return
    if (steps.length > 1) this.#schedule()
    this.#perform(first)
  }

  #schedule(): void {
    this.#queueTask(() => {
      const step = this.#waiting.shift()!
      if (this.#waiting.length > 0) this.#schedule()
      this.#perform(step)
    })
  }
}
