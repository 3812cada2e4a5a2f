import { describe, expect, test } from 'vitest'
import { VirtualNetwork } from '../../../test/support/virtual-network.js'
import { withIo } from '../../node/index.js'
import { AudioTrackSource } from './audio-track-source.js'
import { eventsAt } from './media.test-support.js'
import { VideoTrackSource } from './video-track-source.js'

const nextTask = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('a source', () => {
  test('gives its tracks label and settings', () => {
    const audio = new AudioTrackSource({ label: 'Announcements', sampleRate: 48_000, channelCount: 2, deviceId: 'a' })
    const track = audio.createTrack()
    expect([track.kind, track.label, track.muted]).toEqual(['audio', 'Announcements', false])
    expect(track.getSettings()).toEqual({ sampleRate: 48_000, channelCount: 2, deviceId: 'a' })
    expect(audio.getSettings()).toEqual(track.getSettings())
    expect([audio.kind, audio.label, audio.readyState]).toEqual(['audio', 'Announcements', 'live'])
    expect(audio.createTrack().id).not.toBe(track.id)
    expect(new AudioTrackSource().createTrack().getSettings()).toEqual({})
  })

  test('of video knows the aspect ratio', () => {
    const source = new VideoTrackSource({ width: 640, height: 480, frameRate: 30 })
    expect(source.createTrack().getSettings()).toEqual({
      width: 640,
      height: 480,
      frameRate: 30,
      aspectRatio: 1.3333333333,
    })
    expect(new VideoTrackSource({ width: 640 }).getSettings()).toEqual({ width: 640 })
  })

  test('refuses what does not convert', () => {
    for (const wrong of [1, { width: -1 }, { width: NaN }, { frameRate: Infinity }, { label: Symbol('s') }]) {
      expect(() => Reflect.construct(VideoTrackSource, [wrong])).toThrow(TypeError)
    }
  })

  test('is active while a track of its is live', () => {
    const source = new AudioTrackSource()
    const track = source.createTrack()
    const clone = track.clone()
    track.stop()
    expect(source.active).toBe(true)
    clone.stop()
    expect([source.active, source.readyState]).toEqual([false, 'live'])
    expect(source.createTrack().readyState).toBe('live')
    expect(source.active).toBe(true)
  })

  test('mutes its tracks in a task', async () => {
    const source = new AudioTrackSource({ muted: true })
    const track = source.createTrack()
    const seen = eventsAt(track, 'mute', 'unmute')
    source.muted = false
    expect([source.muted, track.muted, source.createTrack().muted]).toEqual([false, true, false])
    await nextTask()
    expect([track.muted, seen]).toEqual([false, ['unmute']])
    source.muted = false
    source.muted = true
    await nextTask()
    expect(seen).toEqual(['unmute', 'mute'])
  })

  test('ends for good, and its tracks with it', async () => {
    const source = new VideoTrackSource()
    const tracks = [source.createTrack(), source.createTrack()]
    const seen = tracks.map((track) => eventsAt(track, 'ended'))
    source.end()
    source.end()
    expect([source.readyState, tracks[0]!.readyState]).toEqual(['ended', 'live'])
    expect(source.createTrack().readyState).toBe('ended')
    await nextTask()
    expect(tracks.map(({ readyState }) => readyState)).toEqual(['ended', 'ended'])
    expect([seen, source.active]).toEqual([[['ended'], ['ended']], false])
  })
})

test('a source made on a simulated network runs its tasks there', async () => {
  const network = new VirtualNetwork({ seed: 1 })
  const source = withIo(network.host({ addresses: ['192.0.2.1'] }), () => new AudioTrackSource())
  const track = source.createTrack()
  const seen = eventsAt(track, 'ended')
  source.end()
  await network.run({ until: () => seen.length > 0 })
  expect(track.readyState).toBe('ended')
})
