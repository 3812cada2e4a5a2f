import { receiverOf, type RTCRtpReceiver } from './rtc-rtp-receiver.js'
import { senderOf, type RTCRtpSender } from './rtc-rtp-sender.js'
import {
  copyOf,
  headerExtensionCapabilities,
  rtpCodecs,
  validateCodecPreferences,
  validateHeaderExtensions,
  type RTCRtpCodec,
  type RTCRtpHeaderExtensionCapability,
  type RTCRtpTransceiverDirection,
} from './rtp-parameters/index.js'
import { TransceiverSlots } from './transceiver-slots.js'
import { defineInterface, domString, isObject, requireArguments } from './webidl/index.js'

const DIRECTIONS: readonly string[] = ['sendrecv', 'sendonly', 'recvonly', 'inactive', 'stopped']

/** The one object of these slots. */
export let transceiverOf: (slots: TransceiverSlots) => RTCRtpTransceiver
export let isRtcRtpTransceiver: (value: unknown) => value is RTCRtpTransceiver

/**
 * A sender and a receiver that share one section of the descriptions.
 * @see https://www.w3.org/TR/webrtc/#rtcrtptransceiver-interface
 */
export class RTCRtpTransceiver {
  static readonly #objects = new WeakMap<TransceiverSlots, RTCRtpTransceiver>()
  readonly #slots: TransceiverSlots

  private constructor(...[slots]: [TransceiverSlots?]) {
    if (!(slots instanceof TransceiverSlots)) {
      throw new TypeError("Failed to construct 'RTCRtpTransceiver': Illegal constructor")
    }
    this.#slots = slots
  }

  /** The section that it is associated with; null before there is one, and after it has left its connection. */
  get mid(): string | null {
    return this.#slots.mid
  }

  /** The same object all its life. */
  get sender(): RTCRtpSender {
    return senderOf(this.#slots)
  }

  /** The same object all its life. */
  get receiver(): RTCRtpReceiver {
    return receiverOf(this.#slots)
  }

  /**
   * What the next offer or answer asks for; `stopped` from {@link stop} on. Setting it makes negotiation needed.
   * @throws DOMException `InvalidStateError` when it is stopping
   * @throws TypeError when `stopped` is assigned: that is what {@link stop} is for
   */
  get direction(): RTCRtpTransceiverDirection {
    // 2. If transceiver.[[Stopping]] is true, return "stopped".
    return this.#slots.isStopping ? 'stopped' : this.#slots.direction
  }

  set direction(value: RTCRtpTransceiverDirection) {
    const slots = this.#slots
    const context = "Failed to set the 'direction' property on 'RTCRtpTransceiver'"
    const newDirection = domString(value, context)
    // WebIDL: what is no value of the enumeration is ignored.
    if (!isDirection(newDirection)) return
    // 3. If transceiver.[[Stopping]] is true, throw an InvalidStateError.
    if (slots.isStopping) throw new DOMException(`${context}: The transceiver is stopped.`, 'InvalidStateError')
    // 5. If newDirection is equal to transceiver.[[Direction]], abort these steps.
    if (newDirection === slots.direction) return
    // 6. If newDirection is equal to "stopped", throw a TypeError.
    if (newDirection === 'stopped') throw new TypeError(`${context}: Only stop() stops it.`)
    // 7. Set transceiver.[[Direction]] to newDirection. 8. Update the negotiation-needed flag for connection.
    slots.direction = newDirection
    slots.context.modified()
  }

  /** What was last negotiated; null before, `stopped` once the section is gone for good. */
  get currentDirection(): RTCRtpTransceiverDirection | null {
    return this.#slots.isStopped ? 'stopped' : this.#slots.currentDirection
  }

  /** Legacy, as browsers still have it: whether `currentDirection` is `stopped`. */
  get stopped(): boolean {
    return this.#slots.isStopped
  }

  /**
   * Stops sending and receiving, for good: the receiver's track ends, and the next offer gives the section up.
   * @throws DOMException `InvalidStateError` when the connection is closed
   */
  stop(): void {
    const slots = this.#slots
    // 3. If connection.[[IsClosed]] is true, throw an InvalidStateError.
    if (slots.context.isClosed) {
      const message = "Failed to execute 'stop' on 'RTCRtpTransceiver': The connection is closed."
      throw new DOMException(message, 'InvalidStateError')
    }
    // 4. If transceiver.[[Stopping]] is true, abort these steps.
    if (slots.isStopping) return
    // 5. Stop sending and receiving with transceiver. 6. Update the negotiation-needed flag for connection.
    slots.stopSendingAndReceiving()
    slots.context.modified()
  }

  /**
   * Which codecs offers and answers name, in which order; an empty list is the default.
   * @throws DOMException `InvalidModificationError` for a codec that getCapabilities() does not name, and for a list
   *   without any that media could be sent with
   */
  setCodecPreferences(codecs: RTCRtpCodec[]): void
  setCodecPreferences(...args: unknown[]): void {
    const slots = this.#slots
    const context = "Failed to execute 'setCodecPreferences' on 'RTCRtpTransceiver'"
    requireArguments(args, 1, context)
    slots.preferredCodecs = validateCodecPreferences(slots.kind, rtpCodecs(args[0], context))
    slots.context.staled()
  }

  /** The header extensions that may be negotiated; `stopped` for those that are not offered. */
  getHeaderExtensionsToNegotiate(): RTCRtpHeaderExtensionCapability[] {
    return copyOf(this.#slots.headerExtensions)
  }

  /**
   * Says which header extensions offers and answers name: the list of {@link getHeaderExtensionsToNegotiate} with other
   * directions.
   * @throws DOMException `InvalidModificationError` for another list, and where a mandatory extension is restricted
   * @throws TypeError for an empty URI
   * @see https://w3c.github.io/webrtc-extensions/#rtcrtptransceiver-interface
   */
  setHeaderExtensionsToNegotiate(extensions: RTCRtpHeaderExtensionCapability[]): void
  setHeaderExtensionsToNegotiate(...args: unknown[]): void {
    const slots = this.#slots
    const context = "Failed to execute 'setHeaderExtensionsToNegotiate' on 'RTCRtpTransceiver'"
    requireArguments(args, 1, context)
    const extensions = headerExtensionCapabilities(args[0], context)
    slots.headerExtensions = validateHeaderExtensions(slots.kind, slots.headerExtensions, extensions)
    slots.context.staled()
  }

  /** What became of them in the last answer. */
  getNegotiatedHeaderExtensions(): RTCRtpHeaderExtensionCapability[] {
    return copyOf(this.#slots.negotiatedHeaderExtensions)
  }

  static {
    transceiverOf = (slots) => {
      const object = RTCRtpTransceiver.#objects.get(slots) ?? new RTCRtpTransceiver(slots)
      RTCRtpTransceiver.#objects.set(slots, object)
      return object
    }
    isRtcRtpTransceiver = (value): value is RTCRtpTransceiver => isObject(value) && #slots in value
    defineInterface(this, 'RTCRtpTransceiver', {
      lengths: { setCodecPreferences: 1, setHeaderExtensionsToNegotiate: 1 },
    })
  }
}

function isDirection(value: string): value is RTCRtpTransceiverDirection {
  return DIRECTIONS.includes(value)
}
