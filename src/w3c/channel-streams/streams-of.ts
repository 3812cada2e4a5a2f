import { decodeUtf8 } from '../../core/index.js'
import { ownBuffer } from '../data-channel-slots.js'
import { channelSlots, isRtcDataChannel, SEND_BUFFER_BYTES, type RTCDataChannel } from '../rtc-data-channel.js'
import { defaulted, dictionary, enforcedUnsignedLong, enumeration } from '../webidl/index.js'
import { ReadableHalf } from './readable-half.js'
import { WritableHalf } from './writable-half.js'

/** What {@link streamsOf} may be told. */
export interface ChannelStreamsOptions {
  /**
   * `bytes`: chunks are any bytes, and where a message ended cannot be told. `messages`: each chunk is one message, a string
   * for text. Default `bytes`.
   */
  type?: 'bytes' | 'messages'
  /** When so many bytes wait to be sent writers wait, until half of them have left. 1 to 16 MiB, by default 1 MiB. */
  highWaterMark?: number
}

/** What a byte stream takes. */
export type ChannelBytes = ArrayBuffer | ArrayBufferView

/** A channel as bytes: where its messages end cannot be told. */
export interface ChannelByteStreams {
  /** A byte stream: it can be read into buffers of one's own (`getReader({ mode: 'byob' })`). */
  readonly readable: ReadableStream<Uint8Array>
  /** Sent in messages of 64 KiB at most. Closing it closes the channel. */
  readonly writable: WritableStream<ChannelBytes>
}

/** A channel as messages: each chunk is one. */
export interface ChannelMessageStreams {
  /** Strings for text, bytes for the rest. */
  readonly readable: ReadableStream<string | Uint8Array>
  /** Closing it closes the channel. */
  readonly writable: WritableStream<string | ChannelBytes>
}

/** As long as it keeps a fast path busy between two events. */
const HIGH_WATER_MARK = 2 ** 20
const CONTEXT = "Failed to execute 'streamsOf'"

const channelStreamsOptions = dictionary<Required<ChannelStreamsOptions>>('ChannelStreamsOptions', {
  type: defaulted<'bytes' | 'messages'>(enumeration('ChannelStreamsType', ['bytes', 'messages']), () => 'bytes'),
  highWaterMark: defaulted(enforcedUnsignedLong, () => HIGH_WATER_MARK),
})

/**
 * A data channel as streams with back-pressure both ways: an extension of ours. From this call on the channel fires no `message`
 * events: what comes is read from `readable`, and what is not read is held, and stops the peer when the receive window of the
 * connection is full, which all its channels share. So call it when the channel is made or announced, before the first message.
 *
 * `readable` closes when the channel does, after all that came was read; it fails when the connection is closed, by either side, or a
 * transport fails, before the peer closed the channel. Cancelling it drops what comes. Closing `writable`, or aborting it, closes the channel, both directions of it; `close()`
 * settles when all that was written has arrived. When the peer closes, `writable` fails.
 *
 * @throws TypeError when it is no channel, and for other options; DOMException `InvalidStateError` when the channel is closing
 * or closed, or has streams already
 * @see https://streams.spec.whatwg.org/
 */
export function streamsOf(
  channel: RTCDataChannel,
  options?: ChannelStreamsOptions & { type?: 'bytes' },
): ChannelByteStreams
/** The same with messages as chunks: text as strings, all else as bytes. Back-pressure, endings and errors are those of bytes. */
export function streamsOf(
  channel: RTCDataChannel,
  options: ChannelStreamsOptions & { type: 'messages' },
): ChannelMessageStreams
export function streamsOf(
  channel: RTCDataChannel,
  options: ChannelStreamsOptions = {},
): ChannelByteStreams | ChannelMessageStreams {
  if (!isRtcDataChannel(channel)) throw new TypeError(`${CONTEXT}: parameter 1 is not of type 'RTCDataChannel'.`)
  const { type, highWaterMark } = channelStreamsOptions(options, CONTEXT)
  if (highWaterMark < 1 || highWaterMark > SEND_BUFFER_BYTES) {
    throw new TypeError(`${CONTEXT}: highWaterMark is not between 1 and ${SEND_BUFFER_BYTES}`)
  }
  const slots = channelSlots(channel)
  if (slots.streams !== undefined) throw new DOMException(`${CONTEXT}: it has streams already`, 'InvalidStateError')
  if (slots.readyState === 'closing' || slots.readyState === 'closed') {
    throw new DOMException(`${CONTEXT}: RTCDataChannel.readyState is '${slots.readyState}'`, 'InvalidStateError')
  }
  const keepsMessages = type === 'messages'
  const readable = new ReadableHalf({ keepsMessages, held: (deltaBytes) => slots.connection.hold(deltaBytes) })
  const writable = new WritableHalf({ slots, keepsMessages, highWaterMark })
  slots.streams = {
    opened: () => writable.opened(),
    received: (kind, data) =>
      readable.received(keepsMessages && kind === 'text' ? decodeUtf8(data) : new Uint8Array(ownBuffer(data))),
    sent: () => writable.sent(),
    peerCloses: () => {
      readable.peerCloses()
      writable.end()
    },
    closed: (error) => {
      readable.end(error)
      writable.end(error)
    },
  }
  return { readable: readable.stream as ChannelByteStreams['readable'], writable: writable.stream }
}
