import type { HeaderExtension, MediaKind, TransceiverInput } from '../jsep/media-types.js'
import type { Direction } from '../sdp/types.js'
import { canInsertDtmf } from './can-insert-dtmf.js'
import { createDtmfSender } from './media/rtc-dtmf-sender.js'
import type { MediaStream } from './media/media-stream.js'
import { trackSlotsOf, type MediaStreamTrack } from './media/media-stream-track.js'
import { ReceiverSlots } from './receiver-slots.js'
import { RemoteStreams } from './remote-streams.js'
import {
  initialHeaderExtensions,
  validateSendEncodings,
  type RTCRtpEncodingParameters,
} from './rtp-parameters/index.js'
import { SenderSlots } from './sender-slots.js'
import type { TransceiverContext } from './transceiver-context.js'
import type { StatsSelector } from './stats/index.js'
import { TransceiverSlots } from './transceiver-slots.js'

/** What a transceiver is made with. */
export interface TransceiverParts {
  readonly kind: MediaKind
  readonly direction: Direction
  readonly track?: MediaStreamTrack
  readonly streams?: readonly MediaStream[]
  readonly sendEncodings?: readonly RTCRtpEncodingParameters[]
}

/**
 * The set of transceivers of one connection, in insertion order, and the operations of the connection on it
 * (https://www.w3.org/TR/webrtc/#rtcpeerconnection-interface-extensions).
 */
export class Transceivers {
  readonly remoteStreams = new RemoteStreams()
  readonly #context: TransceiverContext
  #set: readonly TransceiverSlots[] = []
  #lastKey = 0

  constructor(context: TransceiverContext) {
    this.#context = context
  }

  /** CollectTransceivers */
  get all(): readonly TransceiverSlots[] {
    return this.#set
  }

  /** Of CollectSenders and CollectReceivers: those that are not stopped. */
  get active(): readonly TransceiverSlots[] {
    return this.#set.filter((transceiver) => !transceiver.isStopped)
  }

  /** For offers, and to check if negotiation is needed. */
  get inputs(): TransceiverInput[] {
    return this.#set.map((transceiver) => transceiver.input)
  }

  /** One that is stopping, but not stopped, is answered as if it were not (W3C, stop()). */
  get answerInputs(): TransceiverInput[] {
    return this.inputs.map((input) => ({ ...input, isStopping: input.isStopped }))
  }

  withKey(key: number | undefined): TransceiverSlots | undefined {
    return this.#set.find((transceiver) => transceiver.key === key)
  }

  /** The one sender or receiver whose track it is. */
  selectorOf(track: MediaStreamTrack): StatsSelector | undefined {
    const found: StatsSelector[] = []
    for (const transceiver of this.active) {
      if (transceiver.sender.track === track) found.push({ of: 'sender', transceiver })
      if (transceiver.receiver.track === track) found.push({ of: 'receiver', transceiver })
    }
    return found.length === 1 ? found[0] : undefined
  }

  /** The one that is associated with a section. */
  withMid(mid: string): TransceiverSlots | undefined {
    return this.#set.find((transceiver) => transceiver.jsepMid === mid)
  }

  /** "Create an RTCRtpSender, an RTCRtpReceiver and an RTCRtpTransceiver, and add it to the set of transceivers." */
  create({ kind, direction, track, streams = [], sendEncodings = [] }: TransceiverParts): TransceiverSlots {
    const streamIds = streams.map(({ id }) => id)
    const transceiver = new TransceiverSlots(this.#context, ++this.#lastKey, {
      sender: new SenderSlots(kind, track ?? null, streamIds, sendEncodings),
      receiver: new ReceiverSlots(kind, (steps) => this.#context.driver.queueTask(steps)),
      direction,
      headerExtensions: this.#headerExtensions(kind),
    })
    // If kind is "audio" then create an RTCDTMFSender dtmf and set the [[Dtmf]] internal slot to dtmf.
    if (kind === 'audio') {
      const { driver } = this.#context
      transceiver.sender.dtmf = createDtmfSender({ driver, canSend: () => canInsertDtmf(transceiver) })
    }
    this.#set = [...this.#set, transceiver]
    return transceiver
  }

  /** WebRTC Extensions: as the first of its kind that is not stopping has them, for consistency. */
  #headerExtensions(kind: MediaKind): readonly HeaderExtension[] {
    const first = this.#set.find((transceiver) => transceiver.kind === kind && !transceiver.isStopping)
    return initialHeaderExtensions(kind, first?.headerExtensions)
  }

  /** A transceiver that left the set is associated with nothing. */
  remove(transceiver: TransceiverSlots): void {
    transceiver.jsepMid = null
    transceiver.mid = null
    this.#set = this.#set.filter((other) => other !== transceiver)
  }

  /** https://www.w3.org/TR/webrtc/#dom-rtcpeerconnection-addtrack, from its sixth step */
  addTrack(track: MediaStreamTrack, streams: readonly MediaStream[], context: string): TransceiverSlots {
    // 6. If an RTCRtpSender for track already exists in senders, throw an InvalidAccessError.
    if (this.active.some(({ sender }) => sender.track === track)) {
      throw new DOMException(`${context}: A sender already exists for the track.`, 'InvalidAccessError')
    }
    const { kind } = trackSlotsOf(track)
    // 7. A sender of that kind without a track that has never been used to send is used again.
    const unused = this.active.find(
      ({ sender, isStopping, hasSent }) => sender.track === null && sender.kind === kind && !isStopping && !hasSent,
    )
    if (unused === undefined) {
      // 9. If sender is null, create sender, receiver and transceiver, and add it to the set of transceivers.
      const created = this.create({ kind, direction: 'sendrecv', track, streams })
      created.hasAddedTrack = true
      // 11. Update the negotiation-needed flag for connection.
      this.#context.modified()
      return created
    }
    // 8.1. Set sender.[[SenderTrack]] to track. 8.2. and 8.3. Associate its streams.
    unused.sender.track = track
    unused.sender.associate(streams.map(({ id }) => id))
    // 8.5. and 8.6. Let its direction send.
    if (unused.direction === 'recvonly') unused.direction = 'sendrecv'
    if (unused.direction === 'inactive') unused.direction = 'sendonly'
    unused.hasAddedTrack = true
    this.#context.modified()
    return unused
  }

  /** https://www.w3.org/TR/webrtc/#dom-rtcpeerconnection-removetrack, from its sixth step */
  removeTrack(transceiver: TransceiverSlots): void {
    // 6. to 9. If it is stopping, not in the set any more, or without a track, abort these steps.
    if (transceiver.isStopping || !this.active.includes(transceiver) || transceiver.sender.track === null) return
    // 10. Set sender.[[SenderTrack]] to null.
    transceiver.sender.track = null
    // 11. and 12. Let its direction not send.
    if (transceiver.direction === 'sendrecv') transceiver.direction = 'recvonly'
    if (transceiver.direction === 'sendonly') transceiver.direction = 'inactive'
    // 13. Update the negotiation-needed flag for connection.
    this.#context.modified()
  }

  /** https://www.w3.org/TR/webrtc/#dom-rtcpeerconnection-addtransceiver, from its eighth step */
  addTransceiver(parts: TransceiverParts): TransceiverSlots {
    // 8. Validate sendEncodings.
    const sendEncodings = validateSendEncodings(parts.kind, parts.sendEncodings ?? [])
    // 9. to 12. Create sender, receiver and transceiver, and add it to the set of transceivers.
    const transceiver = this.create({ ...parts, sendEncodings })
    // 13. Update the negotiation-needed flag for connection.
    this.#context.modified()
    return transceiver
  }

  /** Step 4 to close the connection: every transceiver that is not stopped is. */
  stop(): void {
    for (const transceiver of this.active) transceiver.stop()
  }
}
