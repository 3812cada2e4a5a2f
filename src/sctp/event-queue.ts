import { Deque } from '../core/index.js'
import type { MessageRun, SctpEvent, StreamId } from './types.js'

/** Events in order. `sent` comes with every packet: those of one stream in a row become one. */
export class EventQueue {
  readonly #events = new Deque<SctpEvent | MessageRun>()
  #sent: { type: 'sent'; streamId: StreamId; bytes: number } | undefined

  push(event: SctpEvent | MessageRun): void {
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
    const first = this.#events.peek()
    if (first?.type !== 'messages') return this.#events.shift() as SctpEvent | undefined
    const { streamId, ppid } = first
    const data = first.take()!
    if (first.bytes === 0) this.#events.shift()
    return { type: 'message', streamId, ppid, data }
  }

  /** Messages that are the next events, together; `undefined` where the next one is another, or a message by itself. */
  shiftMessages(): MessageRun | undefined {
    return this.#events.peek()?.type === 'messages' ? (this.#events.shift() as MessageRun) : undefined
  }

  #flush(): void {
    if (this.#sent === undefined) return
    this.#events.push(this.#sent)
    this.#sent = undefined
  }
}
