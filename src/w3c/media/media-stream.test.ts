import { describe, expect, test } from 'vitest'
import { addTrackToStream, createStream, MediaStream, removeTrackFromStream } from './media-stream.js'
import { MediaStreamTrackEvent } from './media-stream-track-event.js'
import { eventsAt, localTrack } from './media.test-support.js'

describe('construction', () => {
  test('from nothing, a stream or tracks, each once', () => {
    const [audio, video] = [localTrack('audio'), localTrack('video')]
    const stream = new MediaStream([audio, video, audio])
    expect(new MediaStream().getTracks()).toEqual([])
    expect(stream.getTracks()).toEqual([audio, video])
    expect(new MediaStream(stream).getTracks()).toEqual([audio, video])
    expect(new MediaStream(stream).id).not.toBe(stream.id)
    expect([stream.getAudioTracks(), stream.getVideoTracks()]).toEqual([[audio], [video]])
  })

  test('from anything else is a TypeError', () => {
    for (const wrong of [undefined, null, 1, 'ab', {}, [1], localTrack('audio')]) {
      expect(() => Reflect.construct(MediaStream, [wrong])).toThrow(TypeError)
    }
  })

  test('by the user agent takes the id of the peer', () => {
    expect(createStream('theirs').id).toBe('theirs')
    expect(createStream().id).toHaveLength(36)
  })
})

test('the application adds and removes without events', () => {
  const [stream, track] = [new MediaStream(), localTrack('audio')]
  const seen = eventsAt(stream, 'addtrack', 'removetrack')
  stream.addTrack(track)
  stream.addTrack(track)
  expect([stream.getTrackById(track.id), stream.getTrackById('other')]).toEqual([track, null])
  stream.removeTrack(track)
  stream.removeTrack(track)
  expect(stream.getTracks()).toEqual([])
  expect(seen).toEqual([])
  expect(() => Reflect.apply(stream.addTrack, stream, [])).toThrow('1 argument required')
  expect(() => Reflect.apply(stream.removeTrack, stream, [{}])).toThrow(TypeError)
})

test('the user agent tells of what it adds and removes, once', () => {
  const [stream, track] = [createStream('a'), localTrack('audio')]
  const seen: unknown[] = []
  stream.onaddtrack = stream.onremovetrack = (event) => {
    expect(event).toBeInstanceOf(MediaStreamTrackEvent)
    seen.push([event.type, event.track, stream.getTracks().length])
  }
  for (const change of [addTrackToStream, removeTrackFromStream]) {
    change(stream, track)
    change(stream, track)
  }
  expect(seen).toEqual([
    ['addtrack', track, 1],
    ['removetrack', track, 0],
  ])
})

test('a stream is active as long as one of its tracks is live', () => {
  const tracks = [localTrack('audio'), localTrack('video')]
  const stream = new MediaStream(tracks)
  expect([stream.active, new MediaStream().active]).toEqual([true, false])
  for (const track of tracks) track.stop()
  expect(stream.active).toBe(false)
})

test('a clone has clones of the tracks', () => {
  const stream = new MediaStream([localTrack('audio')])
  const clone = stream.clone()
  const [track] = clone.getTracks()
  stream.getTracks()[0]!.stop()
  expect(track!.readyState).toBe('live')
  expect(stream.getTrackById(track!.id)).toBeNull()
})

test('MediaStreamTrackEvent wants a track', () => {
  const track = localTrack('audio')
  expect(new MediaStreamTrackEvent('addtrack', { track, cancelable: true })).toMatchObject({ track, cancelable: true })
  for (const wrong of [[], ['a'], ['a', {}], ['a', { track: {} }]]) {
    expect(() => Reflect.construct(MediaStreamTrackEvent, wrong)).toThrow(TypeError)
  }
})
