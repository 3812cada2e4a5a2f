import { describe, expect, test } from 'vitest'
import { createTrack, isMediaStreamTrack, MediaStreamTrack, trackSlotsOf } from './media-stream-track.js'
import type { MediaTrackConstraints } from './media-track-constraints.js'
import { eventsAt, localTrack, ManualTasks } from './media.test-support.js'
import { OverconstrainedError } from './overconstrained-error.js'

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

describe('a new track', () => {
  test('is live and enabled, with a UUID', () => {
    const track = createTrack({ kind: 'audio', label: 'remote audio', muted: true })
    const { kind, label, enabled, muted, readyState, contentHint } = track
    expect({ kind, label, enabled, muted, readyState, contentHint }).toEqual({
      kind: 'audio',
      label: 'remote audio',
      enabled: true,
      muted: true,
      readyState: 'live',
      contentHint: '',
    })
    expect(track.id).toMatch(UUID)
    expect(createTrack({ kind: 'video', id: 'named' }).id).toBe('named')
  })

  test('is nothing that scripts can construct', () => {
    expect(() => Reflect.construct(MediaStreamTrack, [])).toThrow('Illegal constructor')
    expect(() => trackSlotsOf(Object.create(MediaStreamTrack.prototype) as MediaStreamTrack)).toThrow(TypeError)
    expect(isMediaStreamTrack({})).toBe(false)
  })
})

test('mute and unmute fire when the state changes, at all tracks of the source', () => {
  const track = createTrack({ kind: 'video', muted: true })
  const clone = track.clone()
  const [seen, seenAtClone] = [track, clone].map((one) => eventsAt(one, 'mute', 'unmute'))
  const slots = trackSlotsOf(track)
  slots.setMuted(true)
  expect(seen).toEqual([])
  slots.setMuted(false)
  expect([track.muted, clone.muted]).toEqual([false, false])
  slots.setMuted(true)
  expect([seen, seenAtClone]).toEqual([
    ['unmute', 'mute'],
    ['unmute', 'mute'],
  ])
})

describe('the end', () => {
  test('stop() ends at once, without an event, and the clone lives on', () => {
    const track = localTrack('audio')
    const clone = track.clone()
    const seen = eventsAt(track, 'ended')
    track.stop()
    track.stop()
    expect([track.readyState, clone.readyState]).toEqual(['ended', 'live'])
    expect(trackSlotsOf(clone).source.active).toBe(true)
    clone.stop()
    expect(trackSlotsOf(clone).source.active).toBe(false)
    expect(seen).toEqual([])
  })

  test('by the source it comes in a task, with an event, to every track that is live by then', () => {
    const tasks = new ManualTasks()
    const track = createTrack({ kind: 'audio', queueTask: tasks.queueTask })
    const [clone, stopped] = [track.clone(), track.clone()]
    const seen = [track, clone, stopped].map((one) => eventsAt(one, 'ended'))
    trackSlotsOf(track).end()
    trackSlotsOf(track).end()
    expect(track.readyState).toBe('live')
    stopped.stop()
    tasks.run()
    expect([track, clone, stopped].map(({ readyState }) => readyState)).toEqual(['ended', 'ended', 'ended'])
    expect(seen).toEqual([['ended'], ['ended'], []])
    expect(tasks.length).toBe(0)
  })

  test('an ended track is not muted any more, and its clone has ended', () => {
    const track = createTrack({ kind: 'audio', muted: true })
    const seen = eventsAt(track, 'unmute')
    track.stop()
    trackSlotsOf(track).setMuted(false)
    expect(seen).toEqual([])
    expect(track.clone().readyState).toBe('ended')
  })
})

test('a clone takes enabled, contentHint and constraints along, and goes its own way', async () => {
  const track = localTrack('video', { settings: { width: 640 } })
  await track.applyConstraints({ width: { max: 800 } })
  track.enabled = false
  track.contentHint = 'text'
  const clone = track.clone()
  expect(clone.id).not.toBe(track.id)
  expect([clone.enabled, clone.contentHint, clone.getConstraints()]).toEqual([false, 'text', { width: { max: 800 } }])
  await clone.applyConstraints()
  expect(track.getConstraints()).toEqual({ width: { max: 800 } })
})

test('contentHint takes what its kind knows', () => {
  const [audio, video] = [localTrack('audio'), localTrack('video')]
  for (const hint of ['music', 'motion', 'nonsense']) audio.contentHint = video.contentHint = hint
  expect([audio.contentHint, video.contentHint]).toEqual(['music', 'motion'])
  audio.contentHint = ''
  expect(audio.contentHint).toBe('')
})

describe('settings and constraints', () => {
  const settings = { width: 640, height: 480, frameRate: 30, facingMode: 'user', deviceId: 'd' }
  const camera = () => localTrack('video', { settings })

  test('what the source is set to is all that it is capable of', () => {
    const track = camera()
    expect(track.getSettings()).toEqual(settings)
    expect(track.getCapabilities()).toEqual({
      width: { max: 640, min: 640 },
      height: { max: 480, min: 480 },
      frameRate: { max: 30, min: 30 },
      facingMode: ['user'],
      deviceId: 'd',
    })
    track.stop()
    expect(track.getSettings()).toEqual({ facingMode: 'user', deviceId: 'd' })
  })

  test.each<[MediaTrackConstraints, string | undefined]>([
    [{}, undefined],
    [{ width: 1 }, undefined],
    [{ width: { ideal: 1 } }, undefined],
    [{ width: { min: 640, max: 640 } }, undefined],
    [{ width: { exact: 641 } }, 'width'],
    [{ frameRate: { min: 30.5 } }, 'frameRate'],
    [{ frameRate: { max: 29 } }, 'frameRate'],
    [{ facingMode: { exact: ['left', 'user'] } }, undefined],
    [{ facingMode: { exact: [] } }, undefined],
    [{ facingMode: { exact: 'left' } }, 'facingMode'],
    [{ facingMode: ['left'] }, undefined],
    [{ echoCancellation: { exact: true } }, 'echoCancellation'],
    [{ advanced: [{ width: 1 }, { height: { exact: 1 } }] }, undefined],
  ])('%j fails at %s', async (constraints, failed) => {
    const track = camera()
    const result = await track.applyConstraints(constraints).catch((error: unknown) => error)
    if (failed === undefined) {
      expect(result).toBeUndefined()
      expect(track.getConstraints()).toEqual(constraints)
    } else {
      expect(result).toBeInstanceOf(OverconstrainedError)
      expect(result).toMatchObject({ name: 'OverconstrainedError', constraint: failed, code: 0 })
      expect(track.getConstraints()).toEqual({})
    }
  })

  test('a remote track meets nothing that is required, and an ended one everything', async () => {
    const track = createTrack({ kind: 'video' })
    expect([track.getCapabilities(), track.getSettings()]).toEqual([{}, {}])
    await expect(track.applyConstraints({ width: { min: 1 } })).rejects.toBeInstanceOf(OverconstrainedError)
    track.stop()
    await expect(track.applyConstraints({ width: { min: 1 } })).resolves.toBeUndefined()
  })

  test('constraints that do not convert reject with a TypeError', async () => {
    for (const wrong of [1, { width: NaN, frameRate: NaN }, { advanced: 1 }, { deviceId: Symbol('s') }]) {
      await expect(Reflect.apply(camera().applyConstraints, camera(), [wrong])).rejects.toBeInstanceOf(TypeError)
    }
  })

  test('what is read cannot change what is set', async () => {
    const track = camera()
    await track.applyConstraints({ width: { ideal: 1 } })
    track.getSettings().width = 7
    Object.assign(track.getConstraints().width!, { ideal: 2 })
    expect(track.getSettings().width).toBe(640)
    expect(track.getConstraints()).toEqual({ width: { ideal: 1 } })
  })
})
