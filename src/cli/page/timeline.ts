import type { Step } from '../demo-protocol.js'

export type End = 'browser' | 'node'

/** The table of what both ends observed, in the order of time, as it happens. */
export class Timeline {
  readonly #body: HTMLTableSectionElement
  #zero: number | undefined

  constructor(body: HTMLTableSectionElement) {
    this.#body = body
  }

  clear(): void {
    this.#body.replaceChildren()
    this.#zero = undefined
  }

  /** Node's steps come a moment later than ours: each row goes where its time belongs. */
  add(end: End, step: Step): void {
    this.#zero ??= step.at
    const row = document.createElement('tr')
    row.dataset['at'] = String(step.at)
    row.dataset['end'] = end
    const texts = [
      (step.at - this.#zero).toFixed(1),
      end === 'browser' ? step.what : '',
      end === 'node' ? step.what : '',
    ]
    for (const text of texts) row.insertCell().textContent = text
    const later = [...this.#body.rows].findLast((other) => Number(other.dataset['at']) <= step.at)
    if (later === undefined) this.#body.prepend(row)
    else later.after(row)
  }
}
