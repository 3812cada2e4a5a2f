import { decodeUtf8, Deque, type ProtocolError } from '../core/index.js'
import type { ChannelHandle, ChannelParameters } from '../datachannel/types.js'
import { collectionPace } from '../node/index.js'
import { RTCError, transportError, type RTCErrorDetailType } from './rtc-error.js'
import { RTCErrorEvent } from './rtc-error-event.js'

/** The longest string of V8, 2²⁹ − 24, were each of its bytes a letter. */
const MAX_TEXT_BYTES = 2 ** 29 - 24

/**
 * How far a channel is; it goes through them in this order, and may skip some.
 * @see https://www.w3.org/TR/webrtc/#rtcdatachannelstate
 */
export type RTCDataChannelState = 'connecting' | 'open' | 'closing' | 'closed'

/** What a channel needs of its connection. */
export interface ChannelConnection {
  /** W3C [[MaxMessageSize]] of the SCTP transport. */
  readonly maxMessageSizeBytes: number
  /** [[MaxBufferSize]] of each channel. */
  readonly sendBufferBytes: number
  transmit(handle: ChannelHandle, kind: 'text' | 'binary', data: Uint8Array): void
  startClosing(handle: ChannelHandle): void
  queueTask(steps: () => void): void
  /** [[DataChannels]] and the routing of events forget the channel. */
  forget(channel: DataChannelSlots): void
  /** More, or less, waits for the application to read it. */
  hold(deltaBytes: number): void
  /** The channel entered or left the state `open`, for the statistics. */
  countOpen(isOpen: boolean): void
}

/** Who takes what a channel brings, in place of its `message` event: see `channel-streams/`. */
export interface ChannelStreams {
  opened(): void
  received(kind: 'text' | 'binary', data: Uint8Array): void
  /** `bufferedAmount` fell. */
  sent(): void
  /** The peer closes the channel: all that it sent has come, and nothing can be sent. */
  peerCloses(): void
  /** The last; with an error where the channel was not closed in order. */
  closed(error?: unknown): void
}

/** A message whose bytes are known, or a Blob that is still being read. */
interface OutgoingMessage {
  readonly kind: 'text' | 'binary'
  readonly sizeBytes: number
  data: Uint8Array | undefined
  failed: boolean
}

/**
 * The internal slots of an RTCDataChannel, and the algorithms of the specification that change them. The methods named
 * after algorithms run in queued tasks, but for `send` and `close`.
 *
 *   connecting ──▶ open ──▶ closing ──▶ closed        close() leads from the first two to closing, a failure or
 *       └────────────┴─────────┴──────────▲           the end of the connection from each to closed
 */
export class DataChannelSlots {
  readonly connection: ChannelConnection
  readonly handle: ChannelHandle
  readonly parameters: ChannelParameters
  readonly negotiated: boolean
  /** The RTCDataChannel. */
  channel!: EventTarget
  id: number | null
  bufferedAmount = 0
  bufferedAmountLowThreshold = 0
  binaryType: 'arraybuffer' | 'blob' = 'arraybuffer'
  messagesSent = 0
  bytesSent = 0
  messagesReceived = 0
  bytesReceived = 0
  streams: ChannelStreams | undefined

  /** Messages that wait for a Blob before them to be read, the Blob first. */
  readonly #outgoing = new Deque<OutgoingMessage>()
  #closeWhenSent = false
  #closeFired = false
  #readyState: RTCDataChannelState = 'connecting'
  readonly #closedListeners: (() => void)[] = []

  constructor(
    connection: ChannelConnection,
    handle: ChannelHandle,
    parameters: ChannelParameters,
    negotiated: boolean,
    id: number | null,
  ) {
    this.connection = connection
    this.handle = handle
    this.parameters = parameters
    this.negotiated = negotiated
    this.id = id
  }

  /** [[ReadyState]] */
  get readyState(): RTCDataChannelState {
    return this.#readyState
  }

  set readyState(state: RTCDataChannelState) {
    const wasOpen = this.#readyState === 'open'
    this.#readyState = state
    if (wasOpen !== (state === 'open')) this.connection.countOpen(!wasOpen)
  }

  /** Steps 6 to 8 of send(): queues the data, in the order of the calls. */
  send(kind: 'text' | 'binary', sizeBytes: number, data: Uint8Array | Blob): void {
    this.bufferedAmount += sizeBytes
    this.messagesSent++
    this.bytesSent += sizeBytes
    if (data instanceof Uint8Array && this.#outgoing.length === 0) {
      this.#transmit(kind, data)
      return
    }
    const message: OutgoingMessage = { kind, sizeBytes, data: undefined, failed: false }
    this.#outgoing.push(message)
    if (data instanceof Uint8Array) message.data = data
    else this.#read(data, message)
  }

  close(): void {
    // 2. If [[ReadyState]] is "closing" or "closed", abort these steps.
    if (this.readyState === 'closing' || this.readyState === 'closed') return
    // 3. Set [[ReadyState]] to "closing".
    this.readyState = 'closing'
    // 4. If the closing procedure has not started yet, start it: what was sent before it goes first.
    this.#closeWhenSent = true
    this.#closeIfSent()
  }

  /** https://www.w3.org/TR/webrtc/#announcing-a-data-channel-as-open, without its first step. */
  announceOpen(): void {
    // 3. If [[ReadyState]] is "closing" or "closed", abort these steps.
    if (this.readyState === 'closing' || this.readyState === 'closed') return
    // 4. Set [[ReadyState]] to "open".
    this.readyState = 'open'
    this.streams?.opened()
    // 5. Fire an event named open at channel.
    this.channel.dispatchEvent(new Event('open'))
  }

  /** https://www.w3.org/TR/webrtc/#data-transport-closing-procedure, which the peer started. */
  peerCloses(): void {
    // 4. Unless the procedure was initiated by close(), set [[ReadyState]] to "closing" and fire closing.
    if (this.readyState === 'closing' || this.readyState === 'closed') return
    this.readyState = 'closing'
    this.streams?.peerCloses()
    this.channel.dispatchEvent(new Event('closing'))
    // 5. Finish sending all pending messages, then follow RFC 8831 §6.7: in parallel, in the peer.
    this.#closeWhenSent = true
    this.#closeIfSent()
  }

  /** https://www.w3.org/TR/webrtc/#announcing-a-data-channel-as-closed */
  announceClosed(error: ProtocolError | undefined): void {
    // 2. If [[ReadyState]] is "closed", abort these steps.
    if (this.readyState === 'closed') return
    // "Error on creating data channels": a channel that never opened could not be created.
    const errorDetail: RTCErrorDetailType = error?.code.startsWith('datachannel.')
      ? 'data-channel-failure'
      : 'sctp-failure'
    // 3. Set [[ReadyState]] to "closed".
    this.readyState = 'closed'
    this.#outgoing.clear()
    // 4. Remove channel from [[DataChannels]] if it is still there.
    this.connection.forget(this)
    // 5. If the transport was closed with an error, fire an event named error using RTCErrorEvent.
    const rtcError = error && transportError(errorDetail, error)
    this.streams?.closed(rtcError)
    if (rtcError !== undefined) this.channel.dispatchEvent(new RTCErrorEvent('error', { error: rtcError }))
    // 6. Fire an event named close at channel.
    this.fireClose()
  }

  /** Closes abruptly, as the end of the connection does: no event yet. */
  closeAbruptly(): boolean {
    if (this.readyState === 'closed') return false
    this.readyState = 'closed'
    this.#outgoing.clear()
    this.streams?.closed(new DOMException('The connection was closed', 'AbortError'))
    return true
  }

  fireClose(): void {
    this.channel.dispatchEvent(new Event('close'))
    this.#closeFired = true
    for (const listener of this.#closedListeners.splice(0)) listener()
  }

  /** Settles once the close event has been fired. */
  closed(): Promise<void> {
    if (this.#closeFired) return Promise.resolve()
    return new Promise((resolve) => this.#closedListeners.push(resolve))
  }

  /** https://www.w3.org/TR/webrtc/#receiving-messages-on-a-data-channel */
  receive(kind: 'text' | 'binary', rawData: Uint8Array): void {
    // 3. If [[ReadyState]] is not "open", abort these steps and discard rawData.
    if (this.readyState !== 'open') return
    this.messagesReceived++
    const { length } = rawData // not byteLength, which V8 calls a function for
    this.bytesReceived += length
    collectionPace.received(length)
    if (this.streams !== undefined) return this.streams.received(kind, rawData)
    // Where `maxMessageSize` was raised so far: no string holds it, and a reliable channel does not lose it silently.
    if (kind === 'text' && length > MAX_TEXT_BYTES) return this.close()
    // 4. Execute the sub step by switching on type and binaryType.
    const data =
      kind === 'text' ? decodeUtf8(rawData) : this.binaryType === 'blob' ? new Blob([rawData]) : ownBuffer(rawData)
    // 5. Fire an event named message. There is no document, hence no origin to name.
    this.channel.dispatchEvent(new MessageEvent('message', { data }))
  }

  /** So many bytes left the queue of the data transport. */
  sent(bytes: number): void {
    const before = this.bufferedAmount
    this.bufferedAmount = Math.max(0, before - bytes)
    this.streams?.sent()
    const threshold = this.bufferedAmountLowThreshold
    if (before > threshold && this.bufferedAmount <= threshold) {
      this.channel.dispatchEvent(new Event('bufferedamountlow'))
    }
  }

  #read(blob: Blob, message: OutgoingMessage): void {
    blob.arrayBuffer().then(
      (buffer) => {
        message.data = new Uint8Array(buffer)
        this.#sendOutgoing()
      },
      (reason: unknown) => {
        message.failed = true
        this.connection.queueTask(() => this.#readFailed(message, reason))
        this.#sendOutgoing()
      },
    )
  }

  /** A Blob whose file went away, for instance. The message is lost, the channel is not. */
  #readFailed(message: OutgoingMessage, reason: unknown): void {
    this.bufferedAmount -= message.sizeBytes
    this.streams?.sent()
    if (this.readyState === 'closed') return
    const error = blobError(reason)
    this.channel.dispatchEvent(new RTCErrorEvent('error', { error }))
  }

  #sendOutgoing(): void {
    if (this.readyState === 'closed') return // meanwhile: nothing takes it any more
    for (let next = this.#outgoing.peek(); next !== undefined; next = this.#outgoing.peek()) {
      if (next.data === undefined && !next.failed) return
      this.#outgoing.shift()
      if (next.data !== undefined) this.#transmit(next.kind, next.data)
    }
    this.#closeIfSent()
  }

  #transmit(kind: 'text' | 'binary', data: Uint8Array): void {
    if (this.readyState !== 'closed') this.connection.transmit(this.handle, kind, data)
  }

  #closeIfSent(): void {
    if (!this.#closeWhenSent || this.#outgoing.length > 0) return
    this.#closeWhenSent = false
    this.connection.startClosing(this.handle)
  }
}

function blobError(reason: unknown): RTCError {
  const error = new RTCError({ errorDetail: 'data-channel-failure' }, 'A Blob that was to be sent could not be read.')
  Object.defineProperty(error, 'cause', { value: reason, writable: true, configurable: true })
  return error
}

/** The bytes as an ArrayBuffer of exactly their length, copied only where they are a part of a larger one. */
export function ownBuffer(bytes: Uint8Array): ArrayBuffer {
  const { buffer, length } = bytes as Uint8Array<ArrayBuffer>
  return length === buffer.byteLength ? buffer : buffer.slice(bytes.byteOffset, bytes.byteOffset + length)
}
