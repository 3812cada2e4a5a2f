import { eventInitMembers, type EventInit } from './event-init.js'
import { isRtcRtpReceiver, type RTCRtpReceiver } from './rtc-rtp-receiver.js'
import { isRtcRtpTransceiver, type RTCRtpTransceiver } from './rtc-rtp-transceiver.js'
import {
  defaulted,
  defineInterface,
  dictionary,
  domString,
  instance,
  requireArguments,
  required,
  sequence,
} from './webidl/index.js'
import { isMediaStream, type MediaStream } from './media/media-stream.js'
import { isMediaStreamTrack, type MediaStreamTrack } from './media/media-stream-track.js'

/** What an RTCTrackEvent is constructed with. @see https://www.w3.org/TR/webrtc/#dom-rtctrackeventinit */
export interface RTCTrackEventInit extends EventInit {
  /** Required. */
  receiver: RTCRtpReceiver
  /** Required. */
  track: MediaStreamTrack
  /** Default none. */
  streams?: MediaStream[]
  /** Required. */
  transceiver: RTCRtpTransceiver
}

const trackEventInit = dictionary<RTCTrackEventInit>(
  'RTCTrackEventInit',
  {
    ...eventInitMembers,
    receiver: required(instance('RTCRtpReceiver', isRtcRtpReceiver)),
    track: required(instance('MediaStreamTrack', isMediaStreamTrack)),
    streams: defaulted(sequence(instance('MediaStream', isMediaStream)), () => []),
    transceiver: required(instance('RTCRtpTransceiver', isRtcRtpTransceiver)),
  },
  eventInitMembers,
)

const CONTEXT = "Failed to construct 'RTCTrackEvent'"

/**
 * Hands a track of the peer to the application.
 * @see https://www.w3.org/TR/webrtc/#rtctrackevent
 */
export class RTCTrackEvent extends Event {
  readonly #receiver: RTCRtpReceiver
  readonly #track: MediaStreamTrack
  readonly #streams: readonly MediaStream[]
  readonly #transceiver: RTCRtpTransceiver

  /** @throws TypeError when a member but `streams` is missing, or is no object of its interface */
  constructor(...args: [type: string, eventInitDict: RTCTrackEventInit]) {
    requireArguments(args, 2, CONTEXT)
    const { receiver, track, streams = [], transceiver, ...init } = trackEventInit(args[1], CONTEXT)
    super(domString(args[0], CONTEXT), init)
    this.#receiver = receiver
    this.#track = track
    this.#streams = Object.freeze(streams)
    this.#transceiver = transceiver
  }

  /** What receives the track. */
  get receiver(): RTCRtpReceiver {
    return this.#receiver
  }

  /** Muted, and stays so as no media flows yet. */
  get track(): MediaStreamTrack {
    return this.#track
  }

  /** The streams that the track belongs to; frozen. */
  get streams(): readonly MediaStream[] {
    return this.#streams
  }

  /** What the receiver belongs to; its sender may send something in return. */
  get transceiver(): RTCRtpTransceiver {
    return this.#transceiver
  }

  static {
    defineInterface(this, 'RTCTrackEvent', { lengths: { constructor: 2 } })
  }
}
