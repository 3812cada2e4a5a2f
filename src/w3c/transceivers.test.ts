import { describe, expect, test } from 'vitest'
import { once, task } from './connected-pair.test-support.js'
import type { RTCPeerConnection } from './index.js'
import { RTCRtpReceiver, RTCRtpSender, RTCRtpTransceiver } from './index.js'
import { audioTrack, MediaPair, streamOf, videoTrack } from './media-pair.test-support.js'

const named = (name: string) => expect.objectContaining({ name }) as Error
const invalidState = named('InvalidStateError')

async function negotiationNeeded(connection: RTCPeerConnection, steps: () => unknown): Promise<boolean> {
  let fired = false
  connection.onnegotiationneeded = () => (fired = true)
  await steps()
  await task()
  await task()
  return fired
}

describe('addTransceiver', () => {
  test('makes a transceiver with a sender and a receiver, and asks for negotiation', async () => {
    using pair = new MediaPair()
    const track = audioTrack()
    const stream = streamOf(track)
    let transceiver: RTCRtpTransceiver | undefined
    const needed = await negotiationNeeded(pair.a, () => {
      transceiver = pair.a.addTransceiver(track, { streams: [stream, stream], direction: 'sendonly' })
    })
    expect(needed).toBe(true)
    expect(transceiver).toBeInstanceOf(RTCRtpTransceiver)
    expect(transceiver).toMatchObject({ mid: null, direction: 'sendonly', currentDirection: null })
    const { sender, receiver } = transceiver!
    expect(sender).toBeInstanceOf(RTCRtpSender)
    expect(receiver).toBeInstanceOf(RTCRtpReceiver)
    expect(transceiver!.sender).toBe(sender)
    expect(pair.a.getSenders()).toEqual([sender])
    expect(pair.a.getReceivers()).toEqual([receiver])
    expect(pair.a.getTransceivers()).toEqual([transceiver])
    expect(sender).toMatchObject({ track, transport: null })
    expect(receiver.track).toMatchObject({ kind: 'audio', label: 'remote audio', muted: true, readyState: 'live' })
    expect(receiver.track.id).not.toBe(track.id)
  })

  test('refuses what is no kind, and a transceiver that would begin stopped', () => {
    using pair = new MediaPair()
    const { a } = pair
    for (const kind of ['', 'text', undefined, null, {}])
      expect(() => a.addTransceiver(kind as string)).toThrow(TypeError)
    expect(() => a.addTransceiver('audio', { direction: 'stopped' })).toThrow(TypeError)
    expect(() => a.addTransceiver('audio', { direction: 'both' as 'sendrecv' })).toThrow(TypeError)
    expect(() => a.addTransceiver('video', { sendEncodings: [{ rid: 'a' }, {}] })).toThrow(TypeError)
    expect(() => a.addTransceiver('video', { sendEncodings: [{ scaleResolutionDownBy: 0.5 }] })).toThrow(RangeError)
    expect(a.getTransceivers()).toEqual([])
    a.close()
    expect(() => a.addTransceiver('audio')).toThrow(invalidState)
  })
})

describe('addTrack and removeTrack', () => {
  test('a track has one sender', () => {
    using pair = new MediaPair()
    const track = audioTrack()
    pair.a.addTrack(track)
    expect(() => pair.a.addTrack(track)).toThrow(named('InvalidAccessError'))
  })

  test('a sender that has sent nothing is used again, of the same kind alone', () => {
    using pair = new MediaPair()
    const { a } = pair
    const video = a.addTransceiver('video')
    const audio = a.addTransceiver('audio', { direction: 'recvonly' })
    const stopped = a.addTransceiver('video', { direction: 'inactive' })
    video.stop()
    const track = videoTrack()
    expect(a.addTrack(track)).toBe(stopped.sender)
    expect(stopped).toMatchObject({ direction: 'sendonly', sender: { track } })
    expect(a.addTrack(audioTrack())).toBe(audio.sender)
    expect(audio.direction).toBe('sendrecv')
    expect(a.getTransceivers()).toHaveLength(3)
    const more = a.addTrack(audioTrack())
    expect(a.getTransceivers().at(-1)).toMatchObject({ sender: more, direction: 'sendrecv' })
  })

  test('removeTrack() takes the track and the direction to send', async () => {
    using pair = new MediaPair()
    const { a, b } = pair
    const sender = a.addTrack(audioTrack())
    a.removeTrack(sender)
    expect(sender.track).toBeNull()
    expect(a.getTransceivers()[0]!.direction).toBe('recvonly')
    a.removeTrack(sender)
    expect(() => b.removeTrack(sender)).toThrow(named('InvalidAccessError'))
    expect(() => Reflect.apply(a.removeTrack, a, [{}])).toThrow(TypeError)
    a.close()
    expect(() => a.removeTrack(sender)).toThrow(invalidState)
    expect(() => a.addTrack(audioTrack())).toThrow(invalidState)
  })
})

describe('a transceiver', () => {
  test('direction: what is no value is ignored, stopped is a TypeError', async () => {
    using pair = new MediaPair()
    const transceiver = pair.a.addTransceiver('audio')
    await task()
    transceiver.direction = 'nowhere' as 'inactive'
    expect(transceiver.direction).toBe('sendrecv')
    expect(() => (transceiver.direction = 'stopped')).toThrow(TypeError)
    transceiver.stop()
    expect(transceiver).toMatchObject({ direction: 'stopped', currentDirection: null })
    expect(() => (transceiver.direction = 'inactive')).toThrow(invalidState)
    expect(() => (transceiver.direction = 'stopped')).toThrow(invalidState)
  })

  test("stop() ends the receiver's track in a task, once", async () => {
    using pair = new MediaPair()
    const transceiver = pair.a.addTransceiver('audio')
    const { track } = transceiver.receiver
    let ended = 0
    track.onended = () => ended++
    transceiver.stop()
    transceiver.stop()
    expect(track.readyState).toBe('live')
    await once(track, 'ended')
    expect(track.readyState).toBe('ended')
    await task()
    expect(ended).toBe(1)
    expect(pair.a.getSenders()).toHaveLength(1)
  })

  test('one that was stopped before any description had it is gone with the next answer', async () => {
    using pair = new MediaPair()
    const { a } = pair
    const transceiver = a.addTransceiver('audio')
    transceiver.stop()
    await pair.negotiate()
    expect(transceiver.currentDirection).toBe('stopped')
    expect(a.getTransceivers()).toEqual([])
    expect(await negotiationNeeded(a, task)).toBe(false)
  })
})

describe('replaceTrack', () => {
  test('replaces in a task, and takes its turn in the chain', async () => {
    using pair = new MediaPair()
    const { sender } = pair.a.addTransceiver('audio')
    const [first, second] = [audioTrack(), audioTrack()]
    const done: string[] = []
    void pair.a.createOffer().then(() => done.push('offer'))
    const replaced = sender.replaceTrack(first).then(() => done.push('first'))
    expect(sender.track).toBeNull()
    await replaced
    expect(sender.track).toBe(first)
    await sender.replaceTrack(second)
    await sender.replaceTrack(null)
    expect(sender.track).toBeNull()
    expect(done).toEqual(['offer', 'first'])
  })

  test('rejects tracks of the other kind, stopped transceivers and closed connections', async () => {
    using pair = new MediaPair()
    const { sender, ...rest } = { transceiver: pair.a.addTransceiver('audio'), sender: pair.a.getSenders()[0]! }
    await expect(sender.replaceTrack(videoTrack())).rejects.toThrow(TypeError)
    await expect(sender.replaceTrack(undefined as unknown as null)).resolves.toBeUndefined()
    rest.transceiver.stop()
    await expect(sender.replaceTrack(null)).rejects.toThrow(invalidState)
    pair.a.close()
    await expect(sender.replaceTrack(null)).rejects.toThrow(invalidState)
  })
})

describe('parameters', () => {
  test('are the same within a task, and set once', async () => {
    using pair = new MediaPair()
    const { sender } = pair.a.addTransceiver('video')
    const parameters = sender.getParameters()
    expect(sender.getParameters()).toEqual(parameters)
    expect(sender.getParameters()).not.toBe(parameters)
    parameters.encodings[0]!.maxBitrate = 1000
    await sender.setParameters(parameters)
    expect(sender.getParameters().encodings[0]).toMatchObject({ maxBitrate: 1000, scaleResolutionDownBy: 1 })
    await task()
    await expect(sender.setParameters(parameters)).rejects.toThrow(invalidState)
    const stale = sender.getParameters()
    await expect(sender.setParameters({ ...stale, transactionId: 'x' })).rejects.toThrow(
      named('InvalidModificationError'),
    )
  })

  test('a description waits for parameters that are being set', async () => {
    using pair = new MediaPair()
    const { sender } = pair.a.addTransceiver('audio')
    await pair.offer()
    const done: string[] = []
    const set = sender.setParameters(sender.getParameters()).then(() => done.push('parameters'))
    const description = pair.a.setLocalDescription({ type: 'rollback' }).then(() => done.push('description'))
    await Promise.all([set, description])
    expect(done).toEqual(['parameters', 'description'])
  })
})

describe('receivers', () => {
  test('jitterBufferTarget is within 0 and 4000', () => {
    using pair = new MediaPair()
    const { receiver } = pair.a.addTransceiver('audio')
    expect(receiver.jitterBufferTarget).toBeNull()
    receiver.jitterBufferTarget = 4000
    for (const wrong of [-1, 4001]) expect(() => (receiver.jitterBufferTarget = wrong)).toThrow(RangeError)
    expect(() => (receiver.jitterBufferTarget = NaN)).toThrow(TypeError)
    expect(receiver.jitterBufferTarget).toBe(4000)
    receiver.jitterBufferTarget = null
    expect(receiver.jitterBufferTarget).toBeNull()
    expect(receiver.getContributingSources()).toEqual([])
    expect(receiver.getSynchronizationSources()).toEqual([])
  })
})

describe('statistics of a track', () => {
  test('are those of the one sender or receiver that has it', async () => {
    using pair = new MediaPair()
    const track = audioTrack()
    const { sender, receiver } = pair.a.addTransceiver(track)
    for (const report of [pair.a.getStats(track), pair.a.getStats(receiver.track), sender.getStats()]) {
      expect((await report).size).toBe(0)
    }
    await expect(pair.b.getStats(track)).rejects.toThrow(named('InvalidAccessError'))
    pair.a.addTransceiver(track)
    await expect(pair.a.getStats(track)).rejects.toThrow(named('InvalidAccessError'))
    await expect(Reflect.apply(pair.a.getStats, pair.a, [{}])).rejects.toThrow(TypeError)
  })
})

describe('offerToReceiveAudio and offerToReceiveVideo', () => {
  test('true makes a transceiver that receives, unless there is one, and no negotiationneeded', async () => {
    using pair = new MediaPair()
    const needed = await negotiationNeeded(pair.a, async () => {
      await pair.a.createOffer({ offerToReceiveAudio: true })
      await pair.a.createOffer({ offerToReceiveAudio: true })
    })
    expect(needed).toBe(false)
    expect(pair.a.getTransceivers()).toMatchObject([{ direction: 'recvonly' }])
  })

  test('false lets no transceiver of the kind receive', async () => {
    using pair = new MediaPair()
    const [audio, other, video] = ['audio', 'audio', 'video'].map((kind) => pair.a.addTransceiver(kind))
    other!.direction = 'recvonly'
    await pair.a.createOffer({ offerToReceiveAudio: false })
    expect([audio, other, video].map((one) => one!.direction)).toEqual(['sendonly', 'inactive', 'sendrecv'])
  })
})
