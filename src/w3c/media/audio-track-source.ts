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
import { TrackSource } from './track-source.js'

/**
 * All of them but `label` and `muted` are what `getSettings()` of the tracks says, and change nothing else: sources
 * have no way in for samples yet.
 */
export interface AudioTrackSourceInit {
  /** Empty by default. */
  label?: string
  /** Whether the source has nothing to give at first. Default false. */
  muted?: boolean
  /** Whether its loudness is levelled. Absent by default, as all after it. */
  autoGainControl?: boolean
  /** 1 is mono, 2 is stereo. */
  channelCount?: number
  /** Names the source. */
  deviceId?: string
  /** Whether what is played is taken out of it. */
  echoCancellation?: boolean
  /** The same for sources of one physical device. */
  groupId?: string
  /** Seconds from a sound to its samples. */
  latency?: number
  /** Whether noise is taken out of it. */
  noiseSuppression?: boolean
  /** Hertz. */
  sampleRate?: number
  /** Bits of a linear sample. */
  sampleSize?: number
}

const audioTrackSourceInit = dictionary<AudioTrackSourceInit>('AudioTrackSourceInit', {
  label: defaulted(domString, () => ''),
  muted: defaulted(boolean, () => false),
  autoGainControl: optional(boolean),
  channelCount: optional(enforcedUnsignedLong),
  deviceId: optional(domString),
  echoCancellation: optional(boolean),
  groupId: optional(domString),
  latency: optional(double),
  noiseSuppression: optional(boolean),
  sampleRate: optional(enforcedUnsignedLong),
  sampleSize: optional(enforcedUnsignedLong),
})

/**
 * An extension of ours: a source of audio tracks.
 * @example const track = new AudioTrackSource({ label: 'Announcements', sampleRate: 48_000 }).createTrack()
 */
export class AudioTrackSource extends TrackSource {
  /** @throws TypeError when a member does not convert */
  constructor(init: AudioTrackSourceInit = {}) {
    const {
      label = '',
      muted = false,
      ...settings
    } = audioTrackSourceInit(init, "Failed to construct 'AudioTrackSource'")
    super({ kind: 'audio', label, muted, settings })
  }

  static {
    defineInterface(this, 'AudioTrackSource', { lengths: { constructor: 0 } })
  }
}
