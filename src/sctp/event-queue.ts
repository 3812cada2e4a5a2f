import { Deque } from '../core/index.js'
import type { SctpEvent, StreamId } from './types.js'

/** Events in order. `sent` comes with every packet: those of one stream in a row become one. */
export class EventQueue {
  readonly #events = new Deque<SctpEvent>()
  #sent: { type: 'sent'; streamId: StreamId; bytes: number } | undefined

  push(event: SctpEvent): void {
    this.#flush()
    this.#events.push(event)
  }

  pushSent(streamId: StreamId, bytes: number): void {
    if (this.#sent?.streamId === streamId) {
      this.#sent.bytes += bytes
      return
    }
    this.#flush()
    this.#sent = { type: 'sent', streamId, bytes }
  }

  get hasAny(): boolean {
    return this.#sent !== undefined || this.#events.length > 0
  }

  shift(): SctpEvent | undefined {
    if (this.#events.length === 0) this.#flush()
    return this.#events.shift()
  }

  #flush(): void {
    if (this.#sent === undefined) return
    this.#events.push(this.#sent)
    this.#sent = undefined
  }
}
