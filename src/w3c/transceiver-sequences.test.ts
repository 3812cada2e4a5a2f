import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { RTCPeerConnection, RTCRtpTransceiver, RTCRtpTransceiverDirection } from './index.js'
import { audioTrack, MediaPair, streamOf, videoTrack } from './media-pair.test-support.js'
import { PerfectNegotiation } from './perfect-negotiation.test-support.js'

type Kind = 'audio' | 'video'
const KINDS: readonly Kind[] = ['audio', 'video']
const DIRECTIONS = ['sendrecv', 'sendonly', 'recvonly', 'inactive'] as const

type Operation = { readonly side: 'a' | 'b' } & (
  | { readonly type: 'addTransceiver'; readonly kind: Kind; readonly direction: RTCRtpTransceiverDirection }
  | { readonly type: 'addTrack'; readonly kind: Kind; readonly streams: number }
  | { readonly type: 'removeTrack' | 'stop' | 'setStreams'; readonly index: number }
  | { readonly type: 'direct'; readonly index: number; readonly direction: RTCRtpTransceiverDirection }
  | { readonly type: 'channel' | 'restartIce' }
  | { readonly type: 'wait'; readonly turns: number }
)

const side = fc.constantFrom('a' as const, 'b' as const)
const kind = fc.constantFrom(...KINDS)
const direction = fc.constantFrom(...DIRECTIONS)
const index = fc.nat(5)
const operation: fc.Arbitrary<Operation> = fc.oneof(
  fc.record({ side, type: fc.constant('addTransceiver' as const), kind, direction }),
  fc.record({ side, type: fc.constant('addTrack' as const), kind, streams: fc.nat(2) }),
  fc.record({ side, type: fc.constantFrom('removeTrack' as const, 'stop' as const, 'setStreams' as const), index }),
  fc.record({ side, type: fc.constant('direct' as const), index, direction }),
  fc.record({ side, type: fc.constantFrom('channel' as const, 'restartIce' as const) }),
  fc.record({ side, type: fc.constant('wait' as const), turns: fc.integer({ min: 1, max: 12 }) }),
)

const trackOf = (of: Kind) => (of === 'audio' ? audioTrack() : videoTrack())

function perform(connection: RTCPeerConnection, done: Exclude<Operation, { type: 'wait' }>): void {
  const transceivers = connection.getTransceivers()
  const transceiver = 'index' in done ? transceivers[done.index % Math.max(1, transceivers.length)] : undefined
  switch (done.type) {
    case 'addTransceiver':
      connection.addTransceiver(done.kind, { direction: done.direction })
      break
    case 'addTrack':
      connection.addTrack(trackOf(done.kind), ...Array.from({ length: done.streams }, () => streamOf()))
      break
    case 'removeTrack':
      if (transceiver !== undefined) connection.removeTrack(transceiver.sender)
      break
    case 'stop':
      transceiver?.stop()
      break
    case 'setStreams':
      transceiver?.sender.setStreams(streamOf())
      break
    case 'direct':
      if (transceiver !== undefined && transceiver.direction !== 'stopped') transceiver.direction = done.direction
      break
    case 'channel':
      connection.createDataChannel('')
      break
    case 'restartIce':
      connection.restartIce()
  }
}

test('two sides that want to send where the other does not receive do not ask each other for ever', async () => {
  using pair = new MediaPair()
  const { a, b } = pair
  const negotiation = new PerfectNegotiation(a, b)
  b.addTrack(videoTrack())
  b.addTransceiver('audio', { direction: 'inactive' })
  await negotiation.turns(4)
  a.addTrack(audioTrack())
  a.getTransceivers()[0]!.direction = 'sendonly'
  await negotiation.settle()
  expectAgreement(a, b)
  expect(a.getTransceivers().map(({ currentDirection }) => currentDirection)).toEqual(['sendonly', 'inactive'])
})

const MIRRORED: Partial<Record<string, RTCRtpTransceiverDirection>> = { sendonly: 'recvonly', recvonly: 'sendonly' }

function agreed(transceivers: readonly RTCRtpTransceiver[], mirrored: boolean): readonly object[] {
  const seen = transceivers.map(({ mid, currentDirection, receiver }) => {
    const shown = mirrored ? (MIRRORED[currentDirection ?? ''] ?? currentDirection) : currentDirection
    return { mid, kind: receiver.track.kind, direction: shown }
  })
  return seen.sort((one, other) => ((one.mid ?? '') < (other.mid ?? '') ? -1 : 1))
}

function expectAgreement(a: RTCPeerConnection, b: RTCPeerConnection): void {
  expect(agreed(a.getTransceivers(), false)).toEqual(agreed(b.getTransceivers(), true))
  for (const connection of [a, b]) {
    const transceivers = connection.getTransceivers()
    expect(transceivers.filter(({ mid, direction: wanted }) => mid === null || wanted === 'stopped')).toEqual([])
    for (const { currentDirection, sender, receiver } of transceivers) {
      expect(DIRECTIONS).toContain(currentDirection)
      expect(receiver.track.readyState).toBe('live')
      expect(sender.transport).not.toBeNull()
      expect(receiver.transport).toBe(sender.transport)
    }
    // All bundled on the one transport that there is.
    expect(new Set(transceivers.map(({ sender }) => sender.transport)).size).toBeLessThanOrEqual(1)
  }
}

test('whatever two applications do, and when, perfect negotiation ends in agreement', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(operation, { maxLength: 14 }), async (operations) => {
      using pair = new MediaPair()
      const negotiation = new PerfectNegotiation(pair.a, pair.b)
      for (const done of operations) {
        if (done.type === 'wait') await negotiation.turns(done.turns)
        else perform(pair[done.side], done)
      }
      await negotiation.settle()
      expectAgreement(pair.a, pair.b)
    }),
    { numRuns: 60 },
  )
}, 120_000)

/** Everything of a transceiver that a description may change. */
type Snapshot = ReturnType<typeof snapshot>[number]

function snapshot(connection: RTCPeerConnection) {
  return connection.getTransceivers().map((transceiver) => {
    const { mid, direction: wanted, currentDirection, sender, receiver } = transceiver
    const { encodings, codecs } = sender.getParameters()
    const received = receiver.getParameters().codecs
    return { transceiver, mid, wanted, currentDirection, transport: sender.transport, encodings, codecs, received }
  })
}

test('a rollback leaves no trace of an offer, local or remote', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(operation, { maxLength: 8 }),
      fc.array(operation, { maxLength: 6 }),
      fc.boolean(),
      async (before, since, isLocal) => {
        using pair = new MediaPair()
        const { a, b } = pair
        const performAll = (operations: readonly Operation[]) => {
          for (const done of operations) if (done.type !== 'wait') perform(pair[done.side], done)
        }
        performAll(before)
        await pair.negotiate()
        await pair.negotiate(b, a)
        performAll(since)
        const [rolledBack, offerer] = isLocal ? [a, a] : [a, b]
        const untouched = snapshot(rolledBack)
        await offerer.setLocalDescription()
        if (!isLocal) await rolledBack.setRemoteDescription(offerer.localDescription!)
        if (isLocal) await rolledBack.setLocalDescription({ type: 'rollback' })
        else await rolledBack.setRemoteDescription({ type: 'rollback' })
        expect(rolledBack.signalingState).toBe('stable')
        // What a remote offer rejects is stopped, for good (W3C, "set a session description", step 4.7.11.2.15).
        const after = snapshot(rolledBack)
        const isLeft = (_: Snapshot, at: number) => isLocal || after[at]?.wanted !== 'stopped'
        expect(after.filter(isLeft)).toEqual(untouched.filter(isLeft))
      },
    ),
    { numRuns: 60 },
  )
}, 120_000)
