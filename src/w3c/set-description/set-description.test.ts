import { describe, expect, test } from 'vitest'
import { once, task } from '../connected-pair.test-support.js'
import type { RTCPeerConnection, RTCTrackEvent } from '../index.js'
import { audioTrack, MediaPair, shown, streamOf, videoTrack } from '../media-pair.test-support.js'

/** The names of what is told, in order, with the promise of the description among them. */
async function order(connection: RTCPeerConnection, steps: () => Promise<unknown>): Promise<string[]> {
  const told: string[] = []
  connection.addEventListener('signalingstatechange', () => told.push(`signaling ${connection.signalingState}`))
  connection.addEventListener('track', ({ track, streams }) => {
    told.push(`track ${track.kind}`)
    for (const stream of streams) {
      stream.onaddtrack = () => told.push('addtrack')
      stream.onremovetrack = () => told.push('removetrack')
    }
  })
  await steps().then(() => told.push('resolved'))
  return told
}

describe('a remote offer', () => {
  test('makes transceivers that receive, and tells of tracks after the state and before the promise', async () => {
    using pair = new MediaPair()
    const { a, b } = pair
    const [sound, picture] = [audioTrack(), videoTrack()]
    const stream = streamOf(sound, picture)
    a.addTrack(sound, stream)
    a.addTrack(picture, stream)
    const events: RTCTrackEvent[] = []
    b.ontrack = (event) => events.push(event)
    await a.setLocalDescription()
    expect(await order(b, () => b.setRemoteDescription(a.localDescription!))).toEqual([
      'signaling have-remote-offer',
      'track audio',
      'track video',
      'resolved',
    ])
    const [first, second] = events
    expect(first!.streams).toEqual(second!.streams)
    expect(first!.streams[0]).toMatchObject({ id: stream.id })
    // Both tracks were in the stream when the first event was fired.
    expect(first!.streams[0]!.getTracks()).toEqual([first!.track, second!.track])
    expect(first!.transceiver).toBe(b.getTransceivers()[0])
    expect(first!.receiver).toBe(b.getReceivers()[0])
    expect(first!.track).toBe(b.getReceivers()[0]!.track)
    expect(shown(b)).toEqual([
      { mid: '0', direction: 'recvonly', currentDirection: null },
      { mid: '1', direction: 'recvonly', currentDirection: null },
    ])
  })

  test('is matched to what addTrack() made, not to what addTransceiver() made', async () => {
    using pair = new MediaPair()
    const { a, b } = pair
    a.addTransceiver('audio')
    b.addTransceiver('audio')
    const added = b.addTrack(audioTrack())
    expect(b.getTransceivers()).toHaveLength(1) // addTrack() took the one that there was
    const other = b.addTransceiver('audio')
    await pair.offer()
    expect(b.getTransceivers().map(({ mid }) => mid)).toEqual(['0', null])
    expect(b.getTransceivers()[0]!.sender).toBe(added)
    expect(other.mid).toBeNull()
    await pair.answer()
    expect(a.getTransceivers()[0]).toMatchObject({ currentDirection: 'sendrecv' })
  })

  test('shows transceivers only when it was applied', async () => {
    using pair = new MediaPair()
    pair.a.addTransceiver('audio')
    await pair.a.setLocalDescription()
    const applied = pair.b.setRemoteDescription(pair.a.localDescription!)
    expect(pair.b.getTransceivers()).toEqual([])
    await applied
    expect(pair.b.getTransceivers()).toHaveLength(1)
  })
})

describe('streams', () => {
  test('are the same objects for the same ids, and follow setStreams()', async () => {
    using pair = new MediaPair()
    const { a, b } = pair
    const [one, other] = [streamOf(), streamOf()]
    const sender = a.addTrack(audioTrack(), one)
    const [event] = await Promise.all([once<RTCTrackEvent>(b, 'track'), pair.negotiate()])
    const [first] = event.streams
    sender.setStreams(one, other)
    const [again] = await Promise.all([once<RTCTrackEvent>(b, 'track'), pair.negotiate()])
    expect(again.streams.map(({ id }) => id)).toEqual([one.id, other.id])
    expect(again.streams[0]).toBe(first)
    sender.setStreams(other)
    const removed = once(first!, 'removetrack')
    await pair.negotiate()
    await removed
    expect(first!.getTracks()).toEqual([])
    expect(again.streams[1]!.getTracks()).toEqual([event.track])
  })

  test('a track leaves them when its peer stops sending, and comes back with an event', async () => {
    using pair = new MediaPair()
    const { a, b } = pair
    const stream = streamOf()
    a.addTrack(audioTrack(), stream)
    const [event] = await Promise.all([once<RTCTrackEvent>(b, 'track'), pair.negotiate()])
    const [transceiver] = a.getTransceivers()
    transceiver!.direction = 'inactive'
    await pair.negotiate()
    expect(event.streams[0]!.getTracks()).toEqual([])
    expect(event.track).toMatchObject({ readyState: 'live', muted: true })
    transceiver!.direction = 'sendrecv'
    const [again] = await Promise.all([once<RTCTrackEvent>(b, 'track'), pair.negotiate()])
    expect(again.track).toBe(event.track)
    expect(event.streams[0]!.getTracks()).toEqual([event.track])
  })
})

describe('stopping', () => {
  test('goes from stopping to stopped at who asked, and to stopped at once at the other side', async () => {
    using pair = new MediaPair()
    const { a, b } = pair
    const ours = a.addTransceiver('audio')
    a.addTransceiver('video')
    await pair.negotiate()
    const [theirs] = b.getTransceivers()
    ours.stop()
    expect(ours).toMatchObject({ mid: '0', direction: 'stopped', currentDirection: 'sendonly' })
    await pair.offer()
    expect(theirs).toMatchObject({ mid: '0', direction: 'stopped', currentDirection: 'stopped' })
    expect(b.getTransceivers()).toHaveLength(2)
    await pair.answer()
    for (const transceiver of [ours, theirs]) {
      expect(transceiver).toMatchObject({ mid: null, direction: 'stopped', currentDirection: 'stopped' })
    }
    expect(shown(a)).toHaveLength(1)
    expect(shown(b)).toHaveLength(1)
  })

  test('a section that is free is used again, for another transceiver of either side', async () => {
    using pair = new MediaPair()
    const { a, b } = pair
    a.addTransceiver('audio')
    const second = a.addTransceiver('audio')
    await pair.negotiate()
    second.stop()
    await pair.negotiate()
    b.addTransceiver('video')
    await pair.negotiate(b, a)
    expect(a.localDescription!.sdp.match(/^m=\w+/gm)).toEqual(['m=audio', 'm=video'])
    expect(shown(a)).toHaveLength(2)
    expect(new Set(a.getTransceivers().map(({ mid }) => mid)).size).toBe(2)
  })

  test('between offer and answer, it does not reject the section: the next offer does', async () => {
    using pair = new MediaPair()
    const { a, b } = pair
    a.addTransceiver('audio')
    await pair.offer()
    const [transceiver] = b.getTransceivers()
    transceiver!.stop()
    const needed = once(b, 'negotiationneeded')
    await pair.answer()
    expect(a.getTransceivers()[0]).toMatchObject({ direction: 'sendrecv', currentDirection: 'inactive' })
    await needed
    await pair.negotiate(b, a)
    expect(a.getTransceivers()).toEqual([])
  })
})

describe('transports', () => {
  test('of unbundled sections become one with the answer; a rollback restores them', async () => {
    using pair = new MediaPair({ bundlePolicy: 'max-compat' })
    const { a } = pair
    const [audio, video] = [a.addTransceiver('audio'), a.addTransceiver('video')]
    expect(audio.sender.transport).toBeNull()
    await pair.offer()
    const before = video.sender.transport!
    expect(before).not.toBe(audio.sender.transport)
    expect(video.receiver.transport).toBe(before)
    await pair.answer()
    await task()
    expect(video.sender.transport).toBe(audio.sender.transport)
    expect(before.state).toBe('closed')
    const agreed = audio.sender.transport
    const more = a.addTransceiver('video')
    await a.setLocalDescription()
    await a.setLocalDescription({ type: 'rollback' })
    expect([audio, video, more].map(({ sender }) => sender.transport)).toEqual([agreed, agreed, null])
  })

  test('an answerer has them, too', async () => {
    using pair = new MediaPair()
    pair.a.addTransceiver('audio')
    await pair.negotiate()
    const [{ sender, receiver }] = pair.b.getTransceivers() as [ReturnType<RTCPeerConnection['addTransceiver']>]
    expect(sender.transport).not.toBeNull()
    expect(receiver.transport).toBe(sender.transport)
  })
})

describe('provisional answers', () => {
  test('set the current direction; the answer may change it', async () => {
    using pair = new MediaPair()
    const { a, b } = pair
    const ours = a.addTransceiver('audio')
    await pair.offer()
    const [theirs] = b.getTransceivers()
    theirs!.direction = 'inactive'
    const { sdp } = await b.createAnswer()
    await b.setLocalDescription({ type: 'pranswer', sdp })
    await a.setRemoteDescription({ type: 'pranswer', sdp })
    expect([ours.currentDirection, theirs!.currentDirection]).toEqual(['inactive', 'inactive'])
    theirs!.direction = 'sendrecv'
    await pair.answer()
    expect([ours.currentDirection, theirs!.currentDirection]).toEqual(['sendrecv', 'sendrecv'])
  })
})

describe('a rollback', () => {
  test('takes away what a remote offer made, and stops it', async () => {
    using pair = new MediaPair()
    const { a, b } = pair
    a.addTransceiver('audio')
    a.addTransceiver('video')
    await pair.offer()
    const [audio, video] = b.getTransceivers()
    b.addTrack(audioTrack())
    await b.setRemoteDescription({ type: 'rollback' })
    // addTrack() has attached a track to the first: it stays, without a section.
    expect(b.getTransceivers()).toEqual([audio])
    expect(audio).toMatchObject({ mid: null, direction: 'sendrecv', currentDirection: null })
    expect(video).toMatchObject({ mid: null, direction: 'stopped', currentDirection: 'stopped' })
    await once(video!.receiver.track, 'ended')
    expect(audio!.receiver.track.readyState).toBe('live')
  })

  test('of glare is implicit: the local offer gives way', async () => {
    using pair = new MediaPair()
    const { a, b } = pair
    const track = audioTrack()
    a.addTrack(audioTrack())
    b.addTrack(track)
    await b.setLocalDescription()
    await a.setLocalDescription()
    const states: string[] = []
    b.onsignalingstatechange = () => states.push(b.signalingState)
    await b.setRemoteDescription(a.localDescription!)
    expect(states).toEqual(['stable', 'have-remote-offer'])
    await pair.answer()
    expect(b.getTransceivers()).toMatchObject([{ mid: '0', currentDirection: 'sendrecv', sender: { track } }])
    expect(a.getTransceivers()).toMatchObject([{ mid: '0', currentDirection: 'sendrecv' }])
  })
})
