import { isMediaStream, type MediaStream } from './media/media-stream.js'
import { isMediaStreamTrack, trackSlotsOf } from './media/media-stream-track.js'
import {
  rtpEncodings,
  transceiverDirection,
  type RTCRtpEncodingParameters,
  type RTCRtpTransceiverDirection,
} from './rtp-parameters/index.js'
import type { TransceiverParts } from './transceivers.js'
import { defaulted, dictionary, domString, instance, sequence } from './webidl/index.js'

/** What `addTransceiver()` may be told. @see https://www.w3.org/TR/webrtc/#dom-rtcrtptransceiverinit */
export interface RTCRtpTransceiverInit {
  /** `stopped` is a TypeError. Default `sendrecv`. */
  direction?: RTCRtpTransceiverDirection
  /** What the other side's `track` event says that the track belongs to. Default none. */
  streams?: MediaStream[]
  /**
   * Several, each with a `rid`, for simulcast: eight of video at most, one of audio; those behind are dropped. Default
   * one.
   */
  sendEncodings?: RTCRtpEncodingParameters[]
}

const rtpTransceiverInit = dictionary<Required<RTCRtpTransceiverInit>>('RTCRtpTransceiverInit', {
  direction: defaulted<RTCRtpTransceiverDirection>(transceiverDirection, () => 'sendrecv'),
  streams: defaulted(sequence(instance('MediaStream', isMediaStream)), () => []),
  sendEncodings: defaulted(rtpEncodings, () => []),
})

/** The arguments of addTransceiver(), and the steps that look at nothing else. */
export function transceiverParts(trackOrKind: unknown, init: unknown, context: string): TransceiverParts {
  const track = isMediaStreamTrack(trackOrKind) ? trackOrKind : undefined
  const kind = track === undefined ? domString(trackOrKind, context) : trackSlotsOf(track).kind
  const { direction, streams, sendEncodings } = rtpTransceiverInit(init, context)
  // 5.1. If kind is neither "audio" nor "video", throw a TypeError.
  if (kind !== 'audio' && kind !== 'video') throw new TypeError(`${context}: '${kind}' is not a kind of media.`)
  // Deviation: the specification has no step for a transceiver that is born stopped, which no other step could handle.
  if (direction === 'stopped') throw new TypeError(`${context}: A transceiver cannot begin as 'stopped'.`)
  return { kind, direction, streams, sendEncodings, ...(track && { track }) }
}
