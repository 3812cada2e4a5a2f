/** What one peer's application saw of one connection, in its order, with waits that end as soon as they can. */
import type { AgentEvent } from './agent-protocol.js'
import type { MessageDigest } from './payload.js'

/** Long enough for a browser on a loaded machine; a wait that is met never takes it. */
const WAIT_MILLIS = 10_000

interface Waiter {
  readonly attempt: () => boolean
  readonly give: (error: Error) => void
}

export class PeerLog {
  readonly name: string
  readonly events: AgentEvent[] = []
  readonly #waiters = new Set<Waiter>()
  readonly #listeners: ((event: AgentEvent) => void)[] = []
  #ended: Error | undefined

  constructor(name: string) {
    this.name = name
  }

  add(event: AgentEvent): void {
    this.events.push(event)
    for (const listener of this.#listeners) listener(event)
    for (const waiter of this.#waiters) if (waiter.attempt()) this.#waiters.delete(waiter)
  }

  /** What was seen already after a point of the log, then what comes. */
  listen(since: number, listener: (event: AgentEvent) => void): void {
    this.events.slice(since).forEach((event) => listener(event))
    this.#listeners.push(listener)
  }

  /** A line of the test's own. */
  note(type: string): void {
    this.add({ connection: 0, sequence: Infinity, at: performance.timeOrigin + performance.now(), type })
  }

  /** The peer is gone: nothing that is waited for will come. */
  end(reason: Error): void {
    this.#ended = reason
    this.note(reason.message)
    for (const waiter of this.#waiters) waiter.give(reason)
    this.#waiters.clear()
  }

  /** The first value other than undefined that `find` gives, now or after a later event. */
  async until<T>(what: string | (() => string), find: () => T | undefined, withinMillis = WAIT_MILLIS): Promise<T> {
    const already = find()
    if (already !== undefined) return already
    if (this.#ended !== undefined) throw this.#ended
    return await new Promise<T>((resolve, reject) => {
      const give = (error: Error): void => {
        clearTimeout(timer)
        this.#waiters.delete(waiter)
        reject(error)
      }
      const attempt = (): boolean => {
        const found = find()
        if (found === undefined) return false
        clearTimeout(timer)
        resolve(found)
        return true
      }
      const waiter: Waiter = { attempt, give }
      const timer = setTimeout(() => {
        const missed = typeof what === 'string' ? what : what()
        give(new Error(`${this.name}: no ${missed} within ${withinMillis} ms`))
      }, withinMillis)
      this.#waiters.add(waiter)
    })
  }

  /** Waits for an event of a channel (or, without a label, of the connection). */
  async event(type: string, label?: string, withinMillis?: number): Promise<AgentEvent> {
    const of = label === undefined ? '' : ` on ${label}`
    return await this.until(`${type}${of}`, () => this.find(type, label), withinMillis)
  }

  /** Waits for the connection, or its ICE, to have been in a state. */
  async state(type: 'connectionstatechange' | 'iceconnectionstatechange', state: string): Promise<AgentEvent> {
    return await this.until(`${type} to ${state}`, () =>
      this.events.find((event) => event.type === type && event.detail?.['state'] === state),
    )
  }

  /**
   * At least so many, as long as each comes within that time after the one before. All in all that may be long: with 4 MiB each
   * way at a load average of 15, werift had brought 170 of 256 messages after 10 s, and they still came, about 75 a second.
   */
  async messages(label: string, count: number, withinMillis?: number): Promise<MessageDigest[]> {
    for (;;) {
      const came = this.digests(label).length
      if (came >= count) return this.digests(label)
      await this.until(
        () => `${count} messages on ${label} (${came} came), nor the next of them`,
        () => (this.digests(label).length > came ? true : undefined),
        withinMillis,
      )
    }
  }

  find(type: string, label?: string): AgentEvent | undefined {
    return this.events.find((event) => event.type === type && event.label === label)
  }

  digests(label: string): MessageDigest[] {
    const received = this.events.filter((event) => event.type === 'message' && event.label === label)
    return received.map(({ detail }) => {
      const { kind, size, hash } = detail as unknown as MessageDigest
      return { kind, size, hash }
    })
  }

  /** The types of a channel's events, calls and their returns left out. */
  channelEvents(label: string): string[] {
    const seen = this.events.filter((event) => event.label === label)
    return seen.map(({ type }) => type).filter((type) => !type.startsWith('call ') && type !== 'close returned')
  }
}

const COLUMN = 90

/** Both ends' logs on one time line, for the output of a failed test. */
export function sideBySide(left: PeerLog, right: PeerLog): string {
  const lines = [
    ...left.events.map((event) => ({ event, column: 0 })),
    ...right.events.map((event) => ({ event, column: 1 })),
  ]
  lines.sort((a, b) => a.event.at - b.event.at)
  const start = lines[0]?.event.at ?? 0
  const rows = lines.map(({ event, column }) => {
    const { label, type, detail } = event
    const text = `${label === undefined ? '' : `[${label}] `}${type} ${detail === undefined ? '' : JSON.stringify(detail)}`
    const cell = text.length > COLUMN && column === 0 ? `${text.slice(0, COLUMN - 1)}…` : text.slice(0, 2 * COLUMN)
    return `${(event.at - start).toFixed(1).padStart(9)} ${column === 0 ? cell : `${' '.repeat(COLUMN)} │ ${cell}`}`
  })
  return [`${' '.repeat(10)}${left.name.padEnd(COLUMN)} │ ${right.name}`, ...rows].join('\n')
}
