/** What one side of a conversation told, in order, and a way to wait for it. */
export interface LibraryEvent {
  readonly type: string
  readonly detail?: unknown
}

export type Tell = (type: string, detail?: unknown) => void

/** Only what hangs takes that long. */
const TIMEOUT_MILLIS = 20_000

export class EventLog {
  readonly events: LibraryEvent[] = []
  readonly #waiting = new Set<() => void>()
  readonly #listeners: { readonly type: string; readonly listener: (detail: unknown) => void }[] = []
  readonly #name: string

  constructor(name: string) {
    this.#name = name
  }

  readonly tell: Tell = (type, detail) => {
    this.events.push({ type, detail })
    for (const entry of this.#listeners) if (entry.type === type) entry.listener(detail)
    for (const look of [...this.#waiting]) look()
  }

  /** Called for what was told before as well. */
  listen(type: string, listener: (detail: unknown) => void): void {
    for (const detail of this.details(type)) listener(detail)
    this.#listeners.push({ type, listener })
  }

  details(type: string): unknown[] {
    return this.events.filter((event) => event.type === type).map(({ detail }) => detail)
  }

  types(...among: string[]): string[] {
    return this.events.map(({ type }) => type).filter((type) => among.includes(type))
  }

  /** The details of the first `count` events of a type, when they have come. */
  async wait(type: string, count = 1): Promise<unknown[]> {
    return await this.until(`${count} times ${type}`, () => {
      const found = this.details(type)
      return found.length >= count ? found.slice(0, count) : undefined
    })
  }

  async until<T>(what: string, find: () => T | undefined): Promise<T> {
    return await new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.delete(look)
        reject(new Error(`${this.#name}: no ${what}; told so far: ${JSON.stringify(this.events).slice(0, 2000)}`))
      }, TIMEOUT_MILLIS)
      const look = (): void => {
        const found = find()
        if (found === undefined) return
        clearTimeout(timer)
        this.#waiting.delete(look)
        resolve(found)
      }
      this.#waiting.add(look)
      look()
    })
  }
}
