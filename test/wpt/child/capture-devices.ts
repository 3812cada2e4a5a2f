import type { Exports, Implementation } from './implementation.js'

type Kind = 'audio' | 'video'
type Settings = Readonly<Record<string, number | string>>
type Constraints = Readonly<Record<string, unknown>>

interface Track extends EventTarget {
  applyConstraints(constraints: object): Promise<void>
  stop(): void
}

/** What our own sources look like: they stand for the devices that a browser has. */
interface Sources {
  readonly MediaStream: new (tracks: readonly Track[]) => unknown
  readonly AudioTrackSource: new (init: object) => { createTrack(): Track }
  readonly VideoTrackSource: new (init: object) => { createTrack(): Track }
}

const AUDIO: Settings = {
  deviceId: 'microphone',
  groupId: 'emulated',
  sampleRate: 48_000,
  sampleSize: 16,
  channelCount: 1,
}
const VIDEO: Settings = { deviceId: 'camera', groupId: 'emulated', width: 640, height: 480, frameRate: 30 }

/** A camera and a microphone of sources of the implementation, which can be set to whatever they are asked for. */
export function captureDevices(exports: Exports): Partial<Implementation> {
  if (!('AudioTrackSource' in exports) || !('VideoTrackSource' in exports)) return {}
  const { AudioTrackSource, VideoTrackSource, MediaStream } = exports as unknown as Sources
  const createTrack = (kind: Kind, settings?: object): Track =>
    kind === 'audio'
      ? new AudioTrackSource({ label: 'Emulated microphone', ...AUDIO, ...settings }).createTrack()
      : new VideoTrackSource({ label: 'Emulated camera', ...VIDEO, ...settings }).createTrack()

  /** https://www.w3.org/TR/mediacapture-streams/#dom-mediadevices-getusermedia, with every permission granted. */
  const getUserMedia = async (constraints: Readonly<Partial<Record<Kind, boolean | Constraints>>> = {}) => {
    const kinds = (['audio', 'video'] as const).filter((kind) => isRequested(constraints[kind]))
    if (kinds.length === 0) throw new TypeError('At least one of audio and video must be requested.')
    const tracks: Track[] = []
    for (const kind of kinds) {
      const wanted = constraints[kind]
      const track = createTrack(kind, typeof wanted === 'object' ? settingsFor(kind, wanted) : {})
      if (typeof wanted === 'object') await track.applyConstraints(wanted)
      tracks.push(track)
    }
    return new MediaStream(tracks)
  }
  return { mediaDevices: Object.assign(new EventTarget(), { getUserMedia }), createTrack }
}

function isRequested(constraint: unknown): boolean {
  return typeof constraint === 'object' ? constraint !== null : Boolean(constraint)
}

/** The defaults, moved to where numeric constraints want them. */
function settingsFor(kind: Kind, constraints: Constraints): Settings {
  const settings: Record<string, number | string> = {}
  for (const [name, value] of Object.entries(kind === 'audio' ? AUDIO : VIDEO)) {
    const constraint = constraints[name]
    settings[name] = typeof value === 'number' && constraint !== undefined ? nearest(value, constraint) : value
  }
  return settings
}

function nearest(value: number, constraint: unknown): number {
  if (typeof constraint === 'number') return constraint
  const { exact, ideal, min = 0, max = Infinity } = constraint as Readonly<Record<string, number | undefined>>
  return exact ?? Math.min(Math.max(ideal ?? value, min), max)
}
