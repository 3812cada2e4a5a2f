import {
  boolean,
  defaulted,
  defineInterface,
  dictionary,
  domString,
  double,
  enforcedUnsignedLong,
  optional,
} from '../webidl/index.js'
import type { MediaTrackSettings } from './media-track-constraints.js'
import { TrackSource } from './track-source.js'

/**
 * All of them but `label` and `muted` are what `getSettings()` of the tracks says, and change nothing else: sources
 * have no way in for frames yet.
 */
export interface VideoTrackSourceInit {
  /** Empty by default. */
  label?: string
  /** Whether the source has nothing to give at first. Default false. */
  muted?: boolean
  /** Whether its background is blurred. Absent by default, as all after it. */
  backgroundBlur?: boolean
  /** Names the source. */
  deviceId?: string
  /** `user`, `environment`, `left` or `right`. */
  facingMode?: string
  /** Frames per second. */
  frameRate?: number
  /** The same for sources of one physical device. */
  groupId?: string
  /** Pixels. */
  height?: number
  /** `none` or `crop-and-scale`. */
  resizeMode?: string
  /** Pixels. */
  width?: number
}

const videoTrackSourceInit = dictionary<VideoTrackSourceInit>('VideoTrackSourceInit', {
  label: defaulted(domString, () => ''),
  muted: defaulted(boolean, () => false),
  backgroundBlur: optional(boolean),
  deviceId: optional(domString),
  facingMode: optional(domString),
  frameRate: optional(double),
  groupId: optional(domString),
  height: optional(enforcedUnsignedLong),
  resizeMode: optional(domString),
  width: optional(enforcedUnsignedLong),
})

/**
 * An extension of ours: a source of video tracks. Their `aspectRatio` follows from width and height.
 * @example const track = new VideoTrackSource({ width: 640, height: 480, frameRate: 30 }).createTrack()
 */
export class VideoTrackSource extends TrackSource {
  /** @throws TypeError when a member does not convert */
  constructor(init: VideoTrackSourceInit = {}) {
    const {
      label = '',
      muted = false,
      ...settings
    } = videoTrackSourceInit(init, "Failed to construct 'VideoTrackSource'")
    super({ kind: 'video', label, muted, settings: { ...settings, ...aspectRatioOf(settings) } })
  }

  static {
    defineInterface(this, 'VideoTrackSource', { lengths: { constructor: 0 } })
  }
}

function aspectRatioOf({ width = 0, height = 0 }: MediaTrackSettings): MediaTrackSettings {
  if (width === 0 || height === 0) return {}
  // https://www.w3.org/TR/mediacapture-streams/#def-constraint-aspect: rounded to the tenth decimal place.
  return { aspectRatio: Number((width / height).toFixed(10)) }
}
