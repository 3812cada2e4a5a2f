import { Deque } from '../core/index.js'
import type { ChannelMessages } from '../datachannel/types.js'
import type { PeerEvent } from './contract.js'

/** What a peer tells, in order. Messages that came together become events one by one. */
export class PeerEventQueue {
  readonly #events = new Deque<PeerEvent | ChannelMessages>()
  /** The first that there is, while it has messages left. */
  #messages: ChannelMessages | undefined

  get isEmpty(): boolean {
    return this.#messages === undefined && this.#events.length === 0
  }

  push(event: PeerEvent | ChannelMessages): void {
    this.#events.push(event)
  }

  shift(): PeerEvent | undefined {
    if (this.#messages === undefined) {
      const event = this.#events.shift()
      if (event?.type !== 'messages') return event
      this.#messages = event
    }
    const { handle, kind, run } = this.#messages
    const data = run.take()!
    if (run.bytes === 0) this.#messages = undefined
    return { type: 'channel', event: { type: 'message', handle, kind, data } }
  }

  clear(): void {
    this.#events.clear()
    this.#messages = undefined
  }
}
