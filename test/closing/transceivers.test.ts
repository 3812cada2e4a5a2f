import { describe, expect, test } from 'vitest'
import {
  AudioTrackSource,
  MediaStream,
  VideoTrackSource,
  type RTCPeerConnection,
  type RTCRtpTransceiver,
} from '../../src/index.js'
import { SIGNALLING, VirtualPair, type SignallingMoment } from './support/virtual-pair.js'

const LINK = { latencyMillis: 10 }

/** Audio that is sent, video that is received, and one that was stopped before. */
function addMedia(connection: RTCPeerConnection): readonly RTCRtpTransceiver[] {
  const track = new AudioTrackSource().createTrack()
  connection.addTrack(track, new MediaStream([track]))
  connection.addTransceiver('video', { direction: 'recvonly' })
  connection.addTransceiver(new VideoTrackSource().createTrack()).stop()
  return connection.getTransceivers()
}

/** What close() has to have done when it returns; yields what is told later. */
function closeAndLook(connection: RTCPeerConnection): { readonly told: string[] } {
  const transceivers = connection.getTransceivers()
  const told: string[] = []
  for (const { receiver, sender } of transceivers) {
    for (const type of ['ended', 'mute', 'unmute']) {
      receiver.track.addEventListener(type, () => told.push(`receiver ${type}`))
      sender.track?.addEventListener(type, () => told.push(`sender ${type}`))
    }
    sender.transport?.addEventListener('statechange', () => told.push('transport'))
  }
  for (const type of ['track', 'negotiationneeded', 'signalingstatechange']) {
    connection.addEventListener(type, () => told.push(type))
  }
  const live = transceivers.map(({ receiver }) => receiver.track.readyState)
  connection.close()
  // The tracks of receivers end in a task of their own, those of senders are the application's.
  expect(transceivers.map(({ receiver }) => receiver.track.readyState)).toEqual(live)
  for (const transceiver of transceivers) {
    expect(transceiver).toMatchObject({ direction: 'stopped', currentDirection: 'stopped' })
    expect([null, 'closed']).toContain(transceiver.sender.transport?.state ?? null)
    if (transceiver.sender.track !== null) expect(transceiver.sender.track.readyState).toBe('live')
  }
  expect(connection.getSenders()).toEqual([])
  expect(connection.getReceivers()).toEqual([])
  expect(connection.getTransceivers()).toEqual(transceivers)
  expect(told).toEqual([])
  return { told }
}

describe('P3: connection.close() stops every transceiver', () => {
  test.each(SIGNALLING)("in the signalling moment '%s'", async (moment: SignallingMoment) => {
    const pair = new VirtualPair({ link: LINK })
    pair.create(pair.a)
    addMedia(pair.a.connection)
    await pair.negotiate(moment)
    for (const { connection } of [pair.a, pair.b]) {
      const transceivers = connection.getTransceivers()
      const live = transceivers.filter(({ receiver }) => receiver.track.readyState === 'live').length
      const { told } = closeAndLook(connection)
      await pair.network.runFor(100)
      expect(transceivers.map(({ receiver }) => receiver.track.readyState)).toEqual(transceivers.map(() => 'ended'))
      // Once for each track that was live, and nothing else: no event of the connection or its transports.
      expect(told).toEqual(Array.from({ length: live }, () => 'receiver ended'))
    }
    await pair.end()
  })

  test('what is asked of them afterwards is refused, or has no effect', async () => {
    const pair = new VirtualPair({ link: LINK })
    const { connection } = pair.a
    const [transceiver] = addMedia(connection)
    const { sender, receiver } = transceiver!
    const parameters = sender.getParameters()
    connection.close()
    const invalidState = expect.objectContaining({ name: 'InvalidStateError' }) as Error
    expect(() => transceiver!.stop()).toThrow(invalidState)
    expect(() => (transceiver!.direction = 'inactive')).toThrow(invalidState)
    expect(() => sender.setStreams()).toThrow(invalidState)
    expect(() => connection.addTransceiver('audio')).toThrow(invalidState)
    expect(() => connection.removeTrack(sender)).toThrow(invalidState)
    await expect(sender.replaceTrack(null)).rejects.toThrow(invalidState)
    await expect(sender.setParameters(parameters)).rejects.toThrow(invalidState)
    expect(sender.dtmf!.canInsertDTMF).toBe(false)
    expect(receiver.getSynchronizationSources()).toEqual([])
    expect([...(await sender.getStats()).values()]).toEqual([])
    await pair.end()
  })

  test('a track that the application stopped before tells of no end', async () => {
    const pair = new VirtualPair({ link: LINK })
    const { receiver } = pair.a.connection.addTransceiver('audio')
    const clone = receiver.track.clone()
    const told: string[] = []
    receiver.track.onended = () => told.push('track')
    clone.onended = () => told.push('clone')
    receiver.track.stop()
    pair.a.connection.close()
    await pair.network.runFor(10)
    expect(told).toEqual(['clone'])
    await pair.end()
  })
})
