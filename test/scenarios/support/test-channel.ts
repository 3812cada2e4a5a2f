import type { ProtocolError } from '../../../src/core/index.js'
import type { ChannelEvent, ChannelHandle, ChannelParameters } from '../../../src/datachannel/types.js'
import type { Peer } from '../../../src/peer/index.js'

export type Message = string | Uint8Array

/** An RTCDataChannel without its ceremony: the states, events and errors that docs/closing.md promises. */
export class TestChannel {
  readonly handle: ChannelHandle
  readonly parameters: ChannelParameters
  readyState: 'connecting' | 'open' | 'closing' | 'closed' = 'connecting'
  bufferedAmount = 0
  /** `open`, `message`, `closing`, `error`, `close`, in order. */
  readonly log: string[] = []
  readonly messages: Message[] = []
  error: ProtocolError | undefined
  onMessage: (message: Message) => void = () => undefined
  onClose: () => void = () => undefined
  readonly #peer: Peer
  readonly #now: () => number

  constructor(peer: Peer, now: () => number, handle: ChannelHandle, parameters: ChannelParameters) {
    this.#peer = peer
    this.#now = now
    this.handle = handle
    this.parameters = parameters
  }

  get id(): number | undefined {
    return this.#peer.channelId(this.handle)
  }

  send(message: Message): void {
    if (this.readyState !== 'open') throw new Error(`InvalidStateError: ${this.readyState}`)
    const isText = typeof message === 'string'
    const data = isText ? new Uint8Array(Buffer.from(message)) : message
    this.bufferedAmount += data.length
    this.#peer.sendMessage(this.#now(), this.handle, isText ? 'text' : 'binary', data)
  }

  close(): void {
    if (this.readyState === 'closing' || this.readyState === 'closed') return
    this.readyState = 'closing'
    this.#peer.closeChannel(this.#now(), this.handle)
  }

  handleEvent(event: ChannelEvent): void {
    switch (event.type) {
      case 'channel':
      case 'open':
        if (this.readyState === 'closing') return
        this.readyState = 'open'
        this.log.push('open')
        return
      case 'message':
        return this.#message(event.kind === 'text' ? Buffer.from(event.data).toString() : event.data)
      case 'sent':
        this.bufferedAmount -= event.bytes
        return
      case 'closing':
        this.readyState = 'closing'
        this.log.push('closing')
        this.#peer.closeChannel(this.#now(), this.handle)
        return
      case 'closed':
        return this.#closed(event.error)
    }
  }

  /** Shown only while open (W3C WebRTC §6.2). */
  #message(message: Message): void {
    if (this.readyState !== 'open') return
    this.log.push('message')
    this.messages.push(message)
    this.onMessage(message)
  }

  #closed(error: ProtocolError | undefined): void {
    this.readyState = 'closed'
    this.error = error
    if (error !== undefined) this.log.push('error')
    this.log.push('close')
    this.onClose()
  }
}
