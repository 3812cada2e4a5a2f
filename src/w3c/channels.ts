import { SparseMap } from '../core/index.js'
import type { ChannelEvent, ChannelHandle, OpenChannel } from '../datachannel/types.js'
import type { ConnectionContext } from './connection-context.js'
import { DataChannelSlots, type ChannelConnection } from './data-channel-slots.js'
import type { EventSteps } from './event-tasks.js'
import { createDataChannel, type RTCDataChannel } from './rtc-data-channel.js'
import { RTCDataChannelEvent } from './rtc-data-channel-event.js'
import type { dataChannelInit } from './rtc-data-channel-init.js'
import { releaseSnapshot } from './snapshot.js'

/** RFC 8832 §5.1: label and protocol have 16-bit lengths. */
const MAX_TEXT_BYTES = 65535
/** RFC 8831 §6.2: stream 65535 does not exist. */
const RESERVED_ID = 65535

/** The data channels of one connection: [[DataChannels]], and the way of the peer's events to them. */
export class Channels implements ChannelConnection {
  readonly sendBufferBytes: number
  readonly #connection: ConnectionContext
  readonly #firstCreated: () => void
  readonly #channels = new SparseMap<ChannelHandle, DataChannelSlots>()
  /** How many were ever open, and how many of these are not any more: for the statistics. */
  opened = 0
  closed = 0
  #created = 0
  #heldBytes = 0

  /** @param firstCreated called when the connection gets its first channel of its own */
  constructor(connection: ConnectionContext, sendBufferBytes: number, firstCreated: () => void) {
    this.#connection = connection
    this.sendBufferBytes = sendBufferBytes
    this.#firstCreated = firstCreated
  }

  /** https://www.w3.org/TR/webrtc/#dom-peerconnection-createdatachannel, from its third step. */
  create(label: string, init: ReturnType<typeof dataChannelInit>, context: string): RTCDataChannel {
    // 4. and 10. If label or protocol are longer than 65535 bytes as UTF-8, throw a TypeError.
    if (byteLength(label) > MAX_TEXT_BYTES) throw new TypeError(`${context}: the label is longer than 65535 bytes`)
    const { ordered, maxPacketLifeTime, maxRetransmits, protocol, negotiated, priority } = init
    if (byteLength(protocol) > MAX_TEXT_BYTES) {
      throw new TypeError(`${context}: the protocol is longer than 65535 bytes`)
    }
    // 12. Initialize [[DataChannelId]] to option.id, if it is present and [[Negotiated]] is true, otherwise null.
    const id = negotiated ? init.id : undefined
    // 13. If [[Negotiated]] is true and [[DataChannelId]] is null, throw a TypeError.
    if (negotiated && id === undefined) throw new TypeError(`${context}: a negotiated channel needs an id`)
    // 14. If both [[MaxPacketLifeTime]] and [[MaxRetransmits]] are set, throw a TypeError.
    if (maxPacketLifeTime !== undefined && maxRetransmits !== undefined) {
      throw new TypeError(`${context}: maxPacketLifeTime and maxRetransmits exclude each other`)
    }
    // 16. If [[DataChannelId]] is equal to 65535, throw a TypeError.
    if (id === RESERVED_ID) throw new TypeError(`${context}: the id must be less than 65535`)
    // Field by field: V8 gives each object that is spread a shape of its own, and this one is kept.
    const parameters: { -readonly [Key in keyof OpenChannel]: OpenChannel[Key] } = {
      label,
      protocol,
      ordered,
      priority,
      negotiated,
    }
    if (maxRetransmits !== undefined) parameters.maxRetransmits = maxRetransmits
    if (maxPacketLifeTime !== undefined) parameters.maxPacketLifeTime = maxPacketLifeTime
    if (id !== undefined) parameters.id = id
    const slots = this.#open(parameters, context)
    // 19. If channel is the first RTCDataChannel created on connection, update the negotiation-needed flag.
    this.#created++
    if (this.#created === 1) this.#firstCreated()
    // 20. to 22. Append channel to [[DataChannels]], return it, and create its data transport in parallel.
    this.#connection.driver.wake()
    return createDataChannel(slots)
  }

  #open(parameters: OpenChannel, context: string): DataChannelSlots {
    const { peer, transports } = this.#connection
    // 17. If no available ID could be generated, or it is used by an existing channel, throw an OperationError.
    // 18. If [[DataChannelId]] is not below [[MaxChannels]] of a connected transport, throw an OperationError.
    const maxChannels = transports.sctp?.maxChannels ?? Infinity
    const fits = (parameters.id ?? 0) < maxChannels
    const handle = fits ? peer.openChannel(parameters) : undefined
    if (handle === undefined) {
      const why = parameters.negotiated ? `the id ${parameters.id ?? ''} is in use or too high` : 'no id is left'
      throw new DOMException(`${context}: ${why}`, 'OperationError')
    }
    const id = peer.channelId(handle) ?? null
    const slots = new DataChannelSlots(this, handle, parameters, parameters.negotiated, id)
    this.#channels.set(handle, slots)
    return slots
  }

  /** After an answer the ids of channels that waited for the DTLS role are known. */
  updateIds(): void {
    for (const slots of this.#channels.values()) slots.id ??= this.#connection.peer.channelId(slots.handle) ?? null
  }

  setId(handle: ChannelHandle, id: number): void {
    const slots = this.#channels.get(handle)
    if (slots !== undefined) slots.id = id
  }

  values(): Iterable<DataChannelSlots> {
    return this.#channels.values()
  }

  /** Runs the one step of what comes with every message, without an object for it; false for all else. */
  takesAtOnce(event: ChannelEvent): boolean {
    if (event.type !== 'message' && event.type !== 'sent') return false
    const slots = this.#connection.isClosed ? undefined : this.#channels.get(event.handle)
    if (event.type === 'message') slots?.receive(event.kind, event.data)
    else slots?.sent(event.bytes)
    return true
  }

  /** What is to happen in which tasks, in order. */
  stepsFor(event: ChannelEvent): EventSteps {
    if (event.type === 'channel') return this.#announce(event)
    const slots = this.#channels.get(event.handle)
    if (slots === undefined) return []
    switch (event.type) {
      case 'open':
        slots.id = event.id
        return [() => slots.announceOpen()]
      case 'message':
        return [() => slots.receive(event.kind, event.data)]
      case 'sent':
        return [() => slots.sent(event.bytes)]
      case 'closing':
        return [() => slots.peerCloses()]
      case 'closed':
        return [() => slots.announceClosed(event.error)]
    }
  }

  /** https://www.w3.org/TR/webrtc/#announcing-a-data-channel-instance */
  #announce({ handle, id, parameters }: ChannelEvent & { type: 'channel' }): EventSteps {
    const slots = new DataChannelSlots(this, handle, parameters, false, id)
    const channel = createDataChannel(slots)
    // 7. Append channel to [[DataChannels]].
    this.#channels.set(handle, slots)
    return [
      () => {
        // 8. Set [[ReadyState]] to "open" (but do not fire the open event, yet).
        slots.readyState = 'open'
        // 9. Fire an event named datachannel using RTCDataChannelEvent at connection.
        this.#connection.fire(new RTCDataChannelEvent('datachannel', { channel }))
      },
      // 10. Announce the data channel as open: a task of its own, before those of its first messages.
      () => slots.announceOpen(),
    ]
  }

  /** The end of the connection: channels are closed at once; each then gets its close event, in a task. */
  closeAbruptly(): void {
    for (const slots of this.#channels.values()) {
      // Deviation: the specification fires nothing here; browsers fire close, and applications wait for it.
      if (slots.closeAbruptly()) this.queueTask(() => slots.fireClose())
    }
    this.#channels.clear()
  }

  // -- ChannelConnection ----------------------------------------------------------------------------------------------

  get maxMessageSizeBytes(): number {
    return this.#connection.transports.sctp?.maxMessageSizeBytes ?? 0
  }

  transmit(handle: ChannelHandle, kind: 'text' | 'binary', data: Uint8Array): void {
    const { peer, driver } = this.#connection
    peer.sendMessage(driver.now(), handle, kind, data, releaseSnapshot)
    driver.wake()
  }

  startClosing(handle: ChannelHandle): void {
    const { peer, driver } = this.#connection
    peer.closeChannel(driver.now(), handle)
    driver.wake()
  }

  queueTask(steps: () => void): void {
    this.#connection.driver.queueTask(steps)
  }

  forget(slots: DataChannelSlots): void {
    this.#channels.delete(slots.handle)
  }

  hold(deltaBytes: number): void {
    this.#heldBytes += deltaBytes
    const { peer, driver } = this.#connection
    if (peer.setUnreadBytes(this.#heldBytes)) driver.wake()
  }

  countOpen(isOpen: boolean): void {
    if (isOpen) this.opened++
    else this.closed++
  }
}

const encoder = new TextEncoder()

function byteLength(text: string): number {
  return text.length > MAX_TEXT_BYTES ? text.length : encoder.encode(text).length
}
