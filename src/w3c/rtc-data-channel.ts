import { DataChannelSlots, type RTCDataChannelState } from './data-channel-slots.js'
import type { RTCPriorityType } from './rtc-data-channel-init.js'
import type { RTCErrorEvent } from './rtc-error-event.js'
import { encodedText, snapshotOf } from './snapshot.js'
import {
  defineInterface,
  domString,
  enforcedUnsignedLong,
  isObject,
  requireArguments,
  TypedEventTarget,
  type EventHandler,
} from './webidl/index.js'

export type { RTCDataChannelState } from './data-channel-slots.js'

/** The events of a channel, and what each is fired with. @see https://www.w3.org/TR/webrtc/#event-summary */
export interface RTCDataChannelEventMap {
  /** `bufferedAmount` fell to `bufferedAmountLowThreshold` or below. */
  bufferedamountlow: Event
  /** The channel is closed. The last event, fired exactly once. */
  close: Event
  /** The peer began to close the channel; what was sent before is still delivered. */
  closing: Event
  /** The channel's transport went down with an error; `close` follows. Or a Blob could not be read: only its message is lost. */
  error: RTCErrorEvent
  /** A message arrived: `data` is a string, or what `binaryType` says. */
  message: MessageEvent
  /** The channel may be used. */
  open: Event
}

/**
 * How many bytes of one channel may wait, as in Chromium, and therefore how large a message may be at most, where no larger ones
 * are configured.
 */
export const SEND_BUFFER_BYTES = 16 * 2 ** 20

export let createDataChannel: (slots: DataChannelSlots) => RTCDataChannel
export let channelSlots: (channel: RTCDataChannel) => DataChannelSlots
export let isRtcDataChannel: (value: unknown) => value is RTCDataChannel

/**
 * A bidirectional channel for messages between two peers, made by `RTCPeerConnection.createDataChannel()` or received
 * with its `datachannel` event.
 * @see https://www.w3.org/TR/webrtc/#rtcdatachannel
 */
export class RTCDataChannel extends TypedEventTarget<RTCDataChannelEventMap> {
  /** The channel may be used: `readyState` is `open`. */
  declare onopen: EventHandler
  /** `bufferedAmount` fell to `bufferedAmountLowThreshold` or below. */
  declare onbufferedamountlow: EventHandler
  /** The channel's transport went down with an error; `close` follows. Or a Blob could not be read: only its message is lost. */
  declare onerror: EventHandler<RTCErrorEvent>
  /** The peer began to close the channel; what was sent before is still delivered. */
  declare onclosing: EventHandler
  /** The channel is closed. The last event, fired exactly once. */
  declare onclose: EventHandler
  /** A message arrived: `data` is a string, or what `binaryType` says. */
  declare onmessage: EventHandler<MessageEvent>

  readonly #slots: DataChannelSlots

  private constructor(...[slots]: [DataChannelSlots?]) {
    if (!(slots instanceof DataChannelSlots)) {
      throw new TypeError("Failed to construct 'RTCDataChannel': Illegal constructor")
    }
    super()
    this.#slots = slots
  }

  /** A name given at creation; not unique. */
  get label(): string {
    return this.#slots.parameters.label
  }

  /** Whether messages arrive in the order in which they were sent. */
  get ordered(): boolean {
    return this.#slots.parameters.ordered
  }

  /** Milliseconds during which a message is transmitted; null for no such limit. */
  get maxPacketLifeTime(): number | null {
    return this.#slots.parameters.maxPacketLifeTime ?? null
  }

  /** How often a lost message is sent again; null for no such limit. */
  get maxRetransmits(): number | null {
    return this.#slots.parameters.maxRetransmits ?? null
  }

  /** The name of the application's protocol, given at creation; empty by default. */
  get protocol(): string {
    return this.#slots.parameters.protocol
  }

  /** Whether both sides made the channel themselves, with the same `id`. */
  get negotiated(): boolean {
    return this.#slots.negotiated
  }

  /** The SCTP stream, 0 to 65534; null until it is chosen, when the DTLS role is known. */
  get id(): number | null {
    return this.#slots.id
  }

  /** Messages can be sent while it is `open`. */
  get readyState(): RTCDataChannelState {
    return this.#slots.readyState
  }

  /** Bytes of messages that were passed to `send()` and have not left yet. Not reset when the channel closes. */
  get bufferedAmount(): number {
    return this.#slots.bufferedAmount
  }

  /** Bytes; see the event `bufferedamountlow`. Initially 0. */
  get bufferedAmountLowThreshold(): number {
    return this.#slots.bufferedAmountLowThreshold
  }

  set bufferedAmountLowThreshold(value: number) {
    const slots = this.#slots
    slots.bufferedAmountLowThreshold = enforcedUnsignedLong(
      value,
      "Failed to set the 'bufferedAmountLowThreshold' property on 'RTCDataChannel'",
    )
  }

  /** How binary messages are handed out. Initially `arraybuffer`; other values than the two are ignored. */
  get binaryType(): 'arraybuffer' | 'blob' {
    return this.#slots.binaryType
  }

  set binaryType(value: 'arraybuffer' | 'blob') {
    const slots = this.#slots
    // WebIDL: assigning a value that is none of the enumeration's does nothing.
    const text: string = domString(value, "Failed to set the 'binaryType' property on 'RTCDataChannel'")
    if (text === 'arraybuffer' || text === 'blob') slots.binaryType = text
  }

  /** Against the other channels of the connection. @see https://www.w3.org/TR/webrtc-priority/#new-rtcdatachannel-attribute */
  get priority(): RTCPriorityType {
    return this.#slots.parameters.priority
  }

  /**
   * Sends a message: text, or the bytes of a Blob, an ArrayBuffer or a view as they are at this moment.
   * @throws DOMException `InvalidStateError` when `readyState` is not `open`
   * @throws TypeError when the message is larger than the transport's `maxMessageSize`; the channel stays open
   * @throws DOMException `OperationError` when more than 16 MiB would wait to be sent, or `configuration.tincan.maxMessageSize` where
   *   that is more
   * @see https://www.w3.org/TR/webrtc/#dom-rtcdatachannel-send
   */
  send(data: string | Blob | ArrayBuffer | ArrayBufferView): void
  send(...args: unknown[]): void {
    const context = "Failed to execute 'send' on 'RTCDataChannel'"
    // 1. Let channel be the RTCDataChannel object on which data is to be sent.
    const slots = this.#slots
    requireArguments(args, 1, context)
    const text = isBinary(args[0]) ? undefined : domString(args[0], context)
    // 3. If channel.[[ReadyState]] is not "open", throw an InvalidStateError.
    if (slots.readyState !== 'open') {
      throw new DOMException(`${context}: RTCDataChannel.readyState is not 'open'`, 'InvalidStateError')
    }
    // 4. Execute the sub step that corresponds to the type of the method's argument.
    const binary = args[0] as BinaryData
    const data = text !== undefined ? encodedText(text) : binary instanceof Blob ? binary : snapshotOf(binary)
    const sizeBytes = data instanceof Uint8Array ? data.byteLength : data.size
    // 5. If the byte size of data exceeds maxMessageSize on channel's associated RTCSctpTransport, throw a TypeError.
    const max = slots.connection.maxMessageSizeBytes
    if (sizeBytes > max) {
      throw new TypeError(`${context}: a message of ${sizeBytes} bytes exceeds the maximum message size of ${max}`)
    }
    // 6. If [[BufferedAmount]] increased by the byte size of data is above [[MaxBufferSize]], throw an OperationError.
    // Deviation: [[MaxBufferSize]] would grow with what the peer says that it takes, without a bound.
    if (slots.bufferedAmount + sizeBytes > slots.connection.sendBufferBytes) {
      throw new DOMException(`${context}: RTCDataChannel send queue is full`, 'OperationError')
    }
    // 7. In parallel, transmit data on channel's underlying data transport.
    // 8. Increase the value of the [[BufferedAmount]] slot by the byte size of data.
    slots.send(text === undefined ? 'binary' : 'text', sizeBytes, data)
  }

  /**
   * Closes the channel. Messages sent before are still delivered; `close` fires when both sides are done.
   * @see https://www.w3.org/TR/webrtc/#dom-rtcdatachannel-close
   */
  close(): void {
    this.#slots.close()
  }

  /** An extension of ours, for `using`: the same as {@link close}. */
  [Symbol.dispose](): void {
    this.#slots.close()
  }

  /** An extension of ours, for `await using`: closes, and settles after the event `close`. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#slots.close()
    return this.#slots.closed()
  }

  static {
    createDataChannel = (slots) => {
      const channel = new RTCDataChannel(slots)
      slots.channel = channel
      return channel
    }
    channelSlots = (channel) => channel.#slots
    isRtcDataChannel = (value): value is RTCDataChannel => isObject(value) && #slots in value
    defineInterface(this, 'RTCDataChannel', {
      handlers: ['open', 'bufferedamountlow', 'error', 'closing', 'close', 'message'],
      isInstance: isRtcDataChannel,
      lengths: { send: 1 },
    })
  }
}

type BinaryData = Blob | ArrayBuffer | ArrayBufferView

const byteLengthOf = Object.getOwnPropertyDescriptor(ArrayBuffer.prototype, 'byteLength')!.get!

/** WebIDL overload resolution: what is neither Blob nor buffer is converted to a string, as in browsers. */
function isBinary(value: unknown): value is BinaryData {
  return ArrayBuffer.isView(value) || isArrayBuffer(value) || value instanceof Blob
}

/** Also true for a buffer of another realm. */
function isArrayBuffer(value: unknown): value is ArrayBuffer {
  if (!isObject(value)) return false
  try {
    byteLengthOf.call(value)
    return true
  } catch {
    return false // the accessor's brand check: its only way to say that this is no ArrayBuffer
  }
}
