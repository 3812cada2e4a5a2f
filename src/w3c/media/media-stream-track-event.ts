import { eventInitMembers, type EventInit } from '../event-init.js'
import { defineInterface, dictionary, domString, instance, requireArguments, required } from '../webidl/index.js'
import { isMediaStreamTrack, type MediaStreamTrack } from './media-stream-track.js'

/**
 * What a MediaStreamTrackEvent is constructed with.
 * @see https://www.w3.org/TR/mediacapture-streams/#dom-mediastreamtrackeventinit
 */
export interface MediaStreamTrackEventInit extends EventInit {
  /** Required: what was added or removed. */
  track: MediaStreamTrack
}

const trackEventInit = dictionary<MediaStreamTrackEventInit>(
  'MediaStreamTrackEventInit',
  {
    ...eventInitMembers,
    track: required(instance('MediaStreamTrack', isMediaStreamTrack)),
  },
  eventInitMembers,
)

const CONTEXT = "Failed to construct 'MediaStreamTrackEvent'"

/**
 * Tells a stream that the peer connection added a track to it or removed one.
 * @see https://www.w3.org/TR/mediacapture-streams/#mediastreamtrackevent
 */
export class MediaStreamTrackEvent extends Event {
  readonly #track: MediaStreamTrack

  /** @throws TypeError when `track` is missing or no MediaStreamTrack */
  constructor(...args: [type: string, eventInitDict: MediaStreamTrackEventInit]) {
    requireArguments(args, 2, CONTEXT)
    const { track, ...init } = trackEventInit(args[1], CONTEXT)
    super(domString(args[0], CONTEXT), init)
    this.#track = track
  }

  /** What was added or removed. */
  get track(): MediaStreamTrack {
    return this.#track
  }

  static {
    defineInterface(this, 'MediaStreamTrackEvent', { lengths: { constructor: 2 } })
  }
}
