import type { Codec, HeaderExtension, MediaKind, TransceiverInput } from '../jsep/media-types.js'
import type { Direction } from '../sdp/types.js'
import { trackSlotsOf } from './media/media-stream-track.js'
import type { ReceiverSlots } from './receiver-slots.js'
import { answeredExtensions } from './rtp-parameters/index.js'
import type { SenderSlots } from './sender-slots.js'
import type { TransceiverContext } from './transceiver-context.js'

/**
 * The internal slots of an RTCRtpTransceiver, of which sender and receiver are two, and the algorithms that end it
 * (https://www.w3.org/TR/webrtc/#dfn-create-an-rtcrtptransceiver).
 *
 *   in use ──stop()──▶ stopping ──its section is rejected──▶ stopped
 *      └──────── section rejected, rollback, close() ───────────▲
 */
export class TransceiverSlots {
  readonly context: TransceiverContext
  /** Names it in offers and answers. */
  readonly key: number
  readonly kind: MediaKind
  /** [[Sender]] */
  readonly sender: SenderSlots
  /** [[Receiver]] */
  readonly receiver: ReceiverSlots
  /** [[Stopping]] */
  isStopping = false
  /** [[Stopped]] */
  isStopped = false
  /** [[Direction]] */
  direction: Direction
  /** [[Receptive]] */
  isReceptive = false
  /** [[FiredDirection]] */
  firedDirection: Direction | null = null
  /** [[PreferredCodecs]] */
  preferredCodecs: readonly Codec[] = []
  /** [[JsepMid]]: the section it is associated with in descriptions that are being applied */
  jsepMid: string | null = null
  /** [[Mid]] */
  mid: string | null = null
  /** [[HeaderExtensionsToNegotiate]] of WebRTC Extensions: `stopped` is not offered */
  headerExtensions: readonly HeaderExtension[]
  /** [[NegotiatedHeaderExtensions]]: all of them, `stopped` before there is an answer, as browsers have it */
  negotiatedHeaderExtensions: readonly HeaderExtension[]

  /** addTrack() attached a track: remote offers may be matched to it (RFC 9429 §5.10), a rollback keeps it. */
  hasAddedTrack = false
  /** [[JsepMid]] in the last stable state: what a rollback goes back to. */
  lastStableMid: string | null = null
  /** The pending remote description made it; a rollback takes it away. */
  wasCreatedByPendingOffer = false
  /** [[CurrentDirection]] once was `sendrecv` or `sendonly`. */
  hasSent = false
  #currentDirection: Direction | null = null

  constructor(
    context: TransceiverContext,
    key: number,
    parts: {
      readonly sender: SenderSlots
      readonly receiver: ReceiverSlots
      readonly direction: Direction
      readonly headerExtensions: readonly HeaderExtension[]
    },
  ) {
    this.context = context
    this.key = key
    this.kind = parts.receiver.kind
    this.sender = parts.sender
    this.receiver = parts.receiver
    this.direction = parts.direction
    this.headerExtensions = parts.headerExtensions
    this.negotiatedHeaderExtensions = answeredExtensions(parts.headerExtensions, undefined)
  }

  /** [[CurrentDirection]] */
  get currentDirection(): Direction | null {
    return this.#currentDirection
  }

  set currentDirection(direction: Direction | null) {
    this.#currentDirection = direction
    if (direction !== null && sends(direction)) this.hasSent = true
  }

  get input(): TransceiverInput {
    const { key, kind, isStopping, isStopped, direction, preferredCodecs, headerExtensions, sender } = this
    const { streamIds, trackId, sendStreams } = sender
    const slots = { key, kind, mid: this.jsepMid, isStopping, isStopped, direction, preferredCodecs }
    return { ...slots, headerExtensions, streamIds, trackId, sendStreams }
  }

  /** https://www.w3.org/TR/webrtc/#dfn-stop-sending-and-receiving */
  stopSendingAndReceiving(): void {
    // 5. Execute the steps for receiver.[[ReceiverTrack]] to be ended: in a queued task, as Media Capture and Streams
    //    has it for every end that is not a call of stop().
    trackSlotsOf(this.receiver.track).end()
    // 6. Set transceiver.[[Direction]] to "inactive".
    this.direction = 'inactive'
    // 7. Set transceiver.[[Stopping]] to true.
    this.isStopping = true
  }

  /** https://www.w3.org/TR/webrtc/#dfn-stop-the-rtcrtptransceiver */
  stop(): void {
    // 2. If transceiver.[[Stopping]] is false, stop sending and receiving with transceiver.
    if (!this.isStopping) this.stopSendingAndReceiving()
    // 3. Set transceiver.[[Stopped]] to true. 4. Set transceiver.[[Receptive]] to false.
    this.isStopped = true
    this.isReceptive = false
    // 5. Set transceiver.[[CurrentDirection]] to null.
    this.currentDirection = null
    // 6. and 7. Set receiver's associated remote streams, also those of the last stable state, to an empty list.
    this.receiver.streams = []
    this.receiver.lastStableStreams = []
  }
}

/** Whether a direction has the side that it is told of send. */
export function sends(direction: Direction): boolean {
  return direction === 'sendrecv' || direction === 'sendonly'
}

export function receives(direction: Direction): boolean {
  return direction === 'sendrecv' || direction === 'recvonly'
}

/** The same direction as the other side sees it. */
export function reversed(direction: Direction): Direction {
  if (direction === 'sendonly') return 'recvonly'
  return direction === 'recvonly' ? 'sendonly' : direction
}
