import { describe, expect, test } from 'vitest'
import { RTCRtpReceiver, RTCRtpSender } from './index.js'
import { MediaPair, videoTrack } from './media-pair.test-support.js'

const ORIENTATION = 'urn:3gpp:video-orientation'
const invalidModification = expect.objectContaining({ name: 'InvalidModificationError' }) as Error
const codecNamed = (mimeType: string) =>
  RTCRtpSender.getCapabilities('video')!.codecs.find((codec) => codec.mimeType === mimeType)!

describe('codecs', () => {
  test('are known to senders and receivers of both sides after an answer, whichever way media goes', async () => {
    using pair = new MediaPair()
    const { sender, receiver } = pair.a.addTransceiver('video')
    expect([sender, receiver].map((one) => one.getParameters().codecs)).toEqual([[], []])
    await pair.negotiate()
    const [answering] = pair.b.getTransceivers()
    expect(answering!.currentDirection).toBe('recvonly')
    for (const one of [sender, receiver, answering!.sender, answering!.receiver]) {
      expect(one.getParameters().codecs.map(({ mimeType }) => mimeType)).toEqual(
        expect.arrayContaining(['video/VP8', 'video/rtx', 'video/H264', 'video/AV1']),
      )
    }
  })

  test('that the peer takes no longer are forgotten by encodings', async () => {
    using pair = new MediaPair()
    const vp8 = codecNamed('video/VP8')
    const { sender } = pair.a.addTransceiver('video', { sendEncodings: [{ codec: vp8, scalabilityMode: 'L1T3' }] })
    await pair.negotiate()
    expect(sender.getParameters().encodings[0]!.codec).toEqual(vp8)
    pair.b.getTransceivers()[0]!.setCodecPreferences([codecNamed('video/H264')])
    await pair.negotiate()
    const parameters = sender.getParameters()
    expect(parameters.encodings[0]).not.toHaveProperty('codec')
    expect(parameters.codecs.map(({ mimeType }) => mimeType)).toEqual(['video/H264'])
    parameters.encodings[0]!.codec = vp8
    await expect(sender.setParameters(parameters)).rejects.toEqual(invalidModification)
  })

  test('an application may change what capabilities returned, and nothing happens', () => {
    RTCRtpReceiver.getCapabilities('video')!.codecs.length = 0
    expect(RTCRtpReceiver.getCapabilities('video')!.codecs.length).toBeGreaterThan(10)
  })
})

describe('header extensions', () => {
  test('are all stopped before an answer; what the application asked for stays afterwards', async () => {
    using pair = new MediaPair()
    const transceiver = pair.a.addTransceiver('video')
    expect(transceiver.getNegotiatedHeaderExtensions().map(({ uri }) => uri)).toEqual(
      transceiver.getHeaderExtensionsToNegotiate().map(({ uri }) => uri),
    )
    expect(transceiver.getNegotiatedHeaderExtensions().every(({ direction }) => direction === 'stopped')).toBe(true)
    const direct = async (direction: 'stopped' | 'sendrecv') => {
      const extensions = transceiver.getHeaderExtensionsToNegotiate()
      extensions.find(({ uri }) => uri === ORIENTATION)!.direction = direction
      transceiver.setHeaderExtensionsToNegotiate(extensions)
      await pair.negotiate()
      const [answering] = pair.b.getTransceivers()
      return [transceiver, answering!].map(
        (one) => one.getNegotiatedHeaderExtensions().find(({ uri }) => uri === ORIENTATION)?.direction,
      )
    }
    expect(await direct('stopped')).toEqual(['stopped', 'stopped'])
    expect(await direct('sendrecv')).toEqual(['sendrecv', 'sendrecv'])
  })
})

describe('simulcast', () => {
  const ridsOf = (sender: RTCRtpSender) => sender.getParameters().encodings.map(({ rid }) => rid)
  /** The answer of an endpoint that takes every layer. */
  const taking = (sdp: string) => `${sdp}a=rid:q recv\r\na=rid:f recv\r\na=simulcast:recv q;f\r\n`
  const asking = (sdp: string) => taking(sdp).replace('a=rid:q recv\r\n', 'a=rid:q recv\r\na=rid:q recv\r\n')

  test('is not given up while nothing is sent', async () => {
    using pair = new MediaPair()
    const transceiver = pair.a.addTransceiver('video', { sendEncodings: [{ rid: 'q' }, { rid: 'f' }] })
    for (const direction of ['sendrecv', 'inactive', 'recvonly', 'sendrecv'] as const) {
      transceiver.direction = direction
      await pair.offer()
      await pair.b.setLocalDescription()
      const { sdp } = pair.b.localDescription!
      await pair.a.setRemoteDescription({ type: 'answer', sdp: direction === 'sendrecv' ? taking(sdp) : sdp })
      expect(ridsOf(transceiver.sender)).toEqual(['q', 'f'])
    }
    await pair.negotiate()
    expect(ridsOf(transceiver.sender)).toEqual(['q'])
  })

  test('that an offer proposed is gone after a rollback, also where addTrack() kept the transceiver', async () => {
    using pair = new MediaPair()
    pair.b.addTransceiver('video')
    await pair.b.setLocalDescription()
    const track = videoTrack()
    await pair.a.setRemoteDescription({ type: 'offer', sdp: asking(pair.b.localDescription!.sdp) })
    const sender = pair.a.addTrack(track)
    expect(ridsOf(sender)).toEqual(['q', 'f'])
    await pair.a.setRemoteDescription({ type: 'rollback', sdp: '' })
    expect(pair.a.getSenders()).toEqual([sender])
    expect(ridsOf(sender)).toEqual([undefined])
  })
})
