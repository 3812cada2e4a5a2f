import { createRequire } from 'node:module'
import type { Exports, Implementation } from './implementation.js'

/** How to load an implementation to compare with, and what of it is not where browsers have it. */
export interface OtherImplementation {
  readonly specifier: string
  prepare?(): void
  complete?(exports: Exports): Partial<Implementation>
}

export const OTHER_IMPLEMENTATIONS: Readonly<Record<string, OtherImplementation>> = {
  'node-datachannel': { specifier: 'node-datachannel/polyfill' },
  werift: { specifier: 'werift', complete: completeWerift },
  '@roamhq/wrtc': { specifier: '@roamhq/wrtc', prepare: useRuntimeDomException, complete: completeWrtc },
}

const require = createRequire(import.meta.url)

interface Werift {
  readonly MediaStreamTrack: new (init: { kind: string }) => unknown
}

/** werift's own stand-in for capture devices: tracks that send dummy RTP. */
function completeWerift(exports: Exports): Partial<Implementation> {
  const { MediaStreamTrack } = exports as unknown as Werift
  const { Navigator } = require('werift/nonstandard') as {
    Navigator: new (options: object) => { mediaDevices: unknown }
  }
  const { mediaDevices } = new Navigator({ dummyMedia: { enabled: true } })
  return { mediaDevices, createTrack: (kind) => new MediaStreamTrack({ kind }) }
}

/** wrtc throws the class of the npm package "domexception" when it finds one: let that be the runtime's own. */
function useRuntimeDomException(): void {
  const fromWrtc = createRequire(require.resolve('@roamhq/wrtc'))
  let id: string
  try {
    id = fromWrtc.resolve('domexception')
  } catch {
    return // not installed: wrtc uses its built-in errors
  }
  const cache = fromWrtc.cache as Record<string, unknown>
  cache[id] = { id, filename: id, loaded: true, exports: DOMException, children: [], paths: [] }
}

interface Track {
  readonly readyState: string
}
interface Wrtc {
  readonly MediaStream: new (tracks: readonly Track[]) => unknown
  readonly mediaDevices: object
  readonly nonstandard: {
    readonly RTCAudioSource: new () => { createTrack(): Track; onData(data: object): void }
    readonly RTCVideoSource: new () => { createTrack(): Track; onFrame(frame: object): void }
  }
}

/** wrtc's getUserMedia() gives live tracks that send nothing, so they are made of its own sources. */
function completeWrtc(exports: Exports): Partial<Implementation> {
  const { MediaStream, mediaDevices, nonstandard } = exports as unknown as Wrtc
  const createTrack = (kind: 'audio' | 'video', size?: object): Track =>
    kind === 'audio' ? noise(nonstandard) : picture(nonstandard, size)
  const getUserMedia = async ({ audio, video }: { audio?: unknown; video?: object | boolean }): Promise<unknown> => {
    const size = typeof video === 'object' ? video : undefined
    return new MediaStream([...(audio ? [createTrack('audio')] : []), ...(video ? [createTrack('video', size)] : [])])
  }
  return { mediaDevices: Object.assign(Object.create(mediaDevices) as object, { getUserMedia }), createTrack }
}

const SAMPLE_RATE_HZ = 48_000

function noise({ RTCAudioSource }: Wrtc['nonstandard']): Track {
  const source = new RTCAudioSource()
  const samples = new Int16Array(SAMPLE_RATE_HZ / 100) // 10 ms
  const format = { sampleRate: SAMPLE_RATE_HZ, bitsPerSample: 16, channelCount: 1, numberOfFrames: samples.length }
  return feed(source.createTrack(), 10, () => {
    for (let i = 0; i < samples.length; i++) samples[i] = (Math.random() - 0.5) * 16_000
    source.onData({ samples, ...format })
  })
}

function picture({ RTCVideoSource }: Wrtc['nonstandard'], size: { width?: number; height?: number } = {}): Track {
  const source = new RTCVideoSource()
  const { width = 640, height = 480 } = size
  const data = new Uint8ClampedArray(width * height * 1.5)
  let frames = 0
  return feed(source.createTrack(), 50, () => source.onFrame({ width, height, data: data.fill(frames++ % 255) }))
}

function feed(track: Track, millis: number, push: () => void): Track {
  const timer = setInterval(() => {
    if (track.readyState === 'ended') clearInterval(timer)
    else push()
  }, millis)
  timer.unref()
  return track
}
