/**
 * media: tracks and streams of "Media Capture and Streams" (https://www.w3.org/TR/mediacapture-streams/) with their
 * constraints, the sources of ours that tracks come from, and DTMF (https://www.w3.org/TR/webrtc/#peer-to-peer-dtmf). Deliberately
 * absent: capture devices; sources have no way in for frames.
 */
export { AudioTrackSource, type AudioTrackSourceInit } from './audio-track-source.js'
export { MediaStream, type MediaStreamEventMap } from './media-stream.js'
export { MediaStreamTrack, type MediaStreamTrackEventMap, type MediaStreamTrackState } from './media-stream-track.js'
export { MediaStreamTrackEvent, type MediaStreamTrackEventInit } from './media-stream-track-event.js'
export type {
  ConstrainBoolean,
  ConstrainBooleanOrDOMString,
  ConstrainBooleanOrDOMStringParameters,
  ConstrainBooleanParameters,
  ConstrainDOMString,
  ConstrainDOMStringParameters,
  ConstrainDouble,
  ConstrainDoubleRange,
  ConstrainULong,
  ConstrainULongRange,
  DoubleRange,
  MediaTrackCapabilities,
  MediaTrackConstraintSet,
  MediaTrackConstraints,
  MediaTrackSettings,
  ULongRange,
} from './media-track-constraints.js'
export { OverconstrainedError } from './overconstrained-error.js'
export { RTCDTMFSender, type RTCDTMFSenderEventMap } from './rtc-dtmf-sender.js'
export { RTCDTMFToneChangeEvent, type RTCDTMFToneChangeEventInit } from './rtc-dtmf-tone-change-event.js'
export type { TrackSource, TrackSourceState } from './track-source.js'
export { VideoTrackSource, type VideoTrackSourceInit } from './video-track-source.js'
