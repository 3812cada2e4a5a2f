import { afterAll, expect, test } from 'vitest'
import { RTCPeerConnection } from './rtc-peer-connection.js'
import { MediaStream } from './media/media-stream.js'
import { RTCTrackEvent } from './rtc-track-event.js'

const connection = new RTCPeerConnection()
const transceiver = connection.addTransceiver('audio')
const { receiver } = transceiver
const { track } = receiver
afterAll(() => connection.close())

test('a track event has what it was given, and a frozen list of streams', () => {
  const streams = [new MediaStream()]
  const event = new RTCTrackEvent('track', { receiver, track, streams, transceiver })
  expect(event).toMatchObject({ type: 'track', receiver, track, transceiver, bubbles: false })
  expect(event.streams).toEqual(streams)
  expect(event.streams).toBe(event.streams)
  expect(Object.isFrozen(event.streams)).toBe(true)
  expect(new RTCTrackEvent('track', { receiver, track, transceiver }).streams).toEqual([])
})

test('what is missing or of another interface is a TypeError', () => {
  const good = { receiver, track, transceiver }
  const wrong = [{}, { ...good, receiver: {} }, { ...good, track: {} }, { ...good, transceiver: receiver }]
  for (const init of [...wrong, { ...good, streams: [{}] }, { ...good, streams: 1 }, undefined]) {
    expect(() => Reflect.construct(RTCTrackEvent, ['track', init])).toThrow(TypeError)
  }
  expect(() => Reflect.construct(RTCTrackEvent, ['track'])).toThrow('2 arguments required')
})
