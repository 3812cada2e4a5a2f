import { Deque } from '../core/index.js'

/** What one event of the peer means to scripts: steps that run in order, each in a task of its own. */
export type EventSteps = readonly (() => void)[]

/**
 * Keeps the tasks that events of the peer cause in order. The driver tells every event in a task of its own, so that
 * the first step can run at once; further ones take tasks of their own, and events that come meanwhile wait for them.
 */
export class EventTasks {
  readonly #queueTask: (steps: () => void) => void
  readonly #waiting = new Deque<() => void>()

  constructor(queueTask: (steps: () => void) => void) {
    this.#queueTask = queueTask
  }

  /** Nothing waits: a step may run at once. */
  get isIdle(): boolean {
    return this.#waiting.length === 0
  }

  run(steps: EventSteps): void {
    const idle = this.isIdle
    const [first, ...others] = steps
    if (first === undefined) return
    for (const step of idle ? others : steps) this.#waiting.push(step)
    if (!idle) return
    if (others.length > 0) this.#schedule()
    first()
  }

  #schedule(): void {
    this.#queueTask(() => {
      const step = this.#waiting.shift()!
      if (this.#waiting.length > 0) this.#schedule()
      step()
    })
  }
}
