import { isMediaStream, type MediaStream } from './media/media-stream.js'
import { isMediaStreamTrack, type MediaStreamTrack } from './media/media-stream-track.js'
import type { RTCDTMFSender } from './media/rtc-dtmf-sender.js'
import { replaceTrack } from './replace-track.js'
import type { RTCDtlsTransport } from './rtc-dtls-transport.js'
import type { RTCStatsReport } from './stats/index.js'
import {
  rtpCapabilities,
  rtpSendParameters,
  setParameterOptions,
  type RTCRtpCapabilities,
  type RTCRtpSendParameters,
  type RTCSetParameterOptions,
} from './rtp-parameters/index.js'
import { sendParametersOf, setSendParameters } from './sender-parameters.js'
import { TransceiverSlots } from './transceiver-slots.js'
import {
  defineInterface,
  domString,
  instance,
  isObject,
  nullable,
  promiseOf,
  requireArguments,
} from './webidl/index.js'
import { noTransform } from './no-transform.js'

/** The one sender of a transceiver. */
export let senderOf: (slots: TransceiverSlots) => RTCRtpSender
/** `undefined` for what is no sender. */
export let transceiverOfSender: (value: unknown) => TransceiverSlots | undefined

/**
 * Sends one track to the peer, once media flows: negotiation and parameters are there, packets are not yet.
 * @see https://www.w3.org/TR/webrtc/#rtcrtpsender-interface
 */
export class RTCRtpSender {
  static readonly #objects = new WeakMap<TransceiverSlots, RTCRtpSender>()
  readonly #slots: TransceiverSlots

  private constructor(...[slots]: [TransceiverSlots?]) {
    if (!(slots instanceof TransceiverSlots)) {
      throw new TypeError("Failed to construct 'RTCRtpSender': Illegal constructor")
    }
    this.#slots = slots
  }

  /** Which codecs and header extensions could be sent; null for what is no kind of media. */
  static getCapabilities(kind: string): RTCRtpCapabilities | null
  static getCapabilities(...args: unknown[]): RTCRtpCapabilities | null {
    const context = failure('getCapabilities')
    requireArguments(args, 1, context)
    return rtpCapabilities(domString(args[0], context), 'send')
  }

  /** What is sent; null where there is none, which {@link replaceTrack} and `addTrack()` change. */
  get track(): MediaStreamTrack | null {
    return this.#slots.sender.track
  }

  /** What the media is sent over; null before it is known. */
  get transport(): RTCDtlsTransport | null {
    return this.#slots.sender.transport?.object ?? null
  }

  /** Telephone tones in the place of audio; null for video. */
  get dtmf(): RTCDTMFSender | null {
    return this.#slots.sender.dtmf
  }

  /**
   * How the track is encoded and sent, to be changed and handed to {@link setParameters} in the same task.
   * @see https://www.w3.org/TR/webrtc/#dom-rtcrtpsender-getparameters
   */
  getParameters(): RTCRtpSendParameters {
    return sendParametersOf(this.#slots)
  }

  /**
   * Changes how the track is encoded, within what was negotiated. Rejects with `InvalidStateError` when the transceiver
   * is stopped or without a call of {@link getParameters} in the same task, `InvalidModificationError` where something
   * else than the encodings differs, RangeError for a scale below 1 or a negative frame rate.
   * @see https://www.w3.org/TR/webrtc/#dom-rtcrtpsender-setparameters
   */
  setParameters(parameters: RTCRtpSendParameters, options?: RTCSetParameterOptions): Promise<void>
  setParameters(...args: unknown[]): Promise<undefined> {
    const context = failure('setParameters')
    return promiseOf(() => {
      const slots = this.#slots
      requireArguments(args, 1, context)
      const parameters = rtpSendParameters(args[0], context)
      const { encodingOptions } = setParameterOptions(args[1], context)
      return setSendParameters(slots, parameters, encodingOptions)
    })
  }

  /**
   * Sends another track, or none, without negotiation. Rejects with `InvalidStateError` when the transceiver is stopped
   * or the connection closed, TypeError for a track of the other kind.
   * @see https://www.w3.org/TR/webrtc/#dom-rtcrtpsender-replacetrack
   */
  replaceTrack(withTrack: MediaStreamTrack | null): Promise<void>
  replaceTrack(...args: unknown[]): Promise<undefined> {
    const context = failure('replaceTrack')
    return promiseOf(() => {
      const slots = this.#slots
      requireArguments(args, 1, context)
      const withTrack = nullable(instance('MediaStreamTrack', isMediaStreamTrack))(args[0], context)
      return replaceTrack(slots, withTrack, context)
    })
  }

  /**
   * Says which streams the track belongs to at the other side, none where none are given; makes negotiation needed.
   * @throws TypeError for what is no MediaStream
   * @throws DOMException `InvalidStateError` when the connection is closed
   */
  setStreams(...streams: MediaStream[]): void {
    const { context: connection, sender } = this.#slots
    const context = failure('setStreams')
    const mediaStream = instance('MediaStream', isMediaStream)
    const ids = streams.map((stream) => mediaStream(stream, context).id)
    // 3. If connection.[[IsClosed]] is true, throw an InvalidStateError.
    if (connection.isClosed) throw new DOMException(`${context}: The connection is closed.`, 'InvalidStateError')
    // 5. and 6. Set [[AssociatedMediaStreamIds]] to the ids of streams, each once.
    sender.associate(ids)
    // 7. Update the negotiation-needed flag for connection.
    connection.modified()
  }

  /**
   * What is known of the streams that were negotiated to be sent, and of everything that they refer to; empty before an
   * answer.
   */
  getStats(): Promise<RTCStatsReport> {
    return promiseOf(() => this.#slots.context.stats.report({ of: 'sender', transceiver: this.#slots }))
  }

  /**
   * Where encoded frames pass through (https://www.w3.org/TR/webrtc-encoded-transform/): always null, for we have no kind
   * of transform.
   */
  get transform(): null {
    return this.#slots.sender.transform
  }

  set transform(value: null) {
    this.#slots.sender.transform = noTransform(value, "Failed to set the 'transform' property on 'RTCRtpSender'")
  }

  static {
    senderOf = (slots) => {
      const object = RTCRtpSender.#objects.get(slots) ?? new RTCRtpSender(slots)
      RTCRtpSender.#objects.set(slots, object)
      return object
    }
    transceiverOfSender = (value) => (isObject(value) && #slots in value ? value.#slots : undefined)
    defineInterface(this, 'RTCRtpSender', { lengths: { getCapabilities: 1, setParameters: 1, replaceTrack: 1 } })
  }
}

function failure(operation: string): string {
  return `Failed to execute '${operation}' on 'RTCRtpSender'`
}
