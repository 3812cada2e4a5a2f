import { describe, expect, test } from 'vitest'
import type { MediaKind } from '../../jsep/media-types.js'
import {
  encodingsAfterAnswer,
  encodingsWithCodecs,
  initialSendEncodings,
  proposedSendEncodings,
  rtpCapabilities,
  rtpEncodings,
  takesProposal,
  validateSendEncodings,
} from './index.js'

const DEFAULTS = { active: true, adaptivePtime: false, priority: 'low' }
const stream = (rid: string) => ({ rid, paused: false })
const validate = (kind: MediaKind, encodings: object[]) => validateSendEncodings(kind, rtpEncodings(encodings, ''))
const errorOf = (kind: MediaKind, ...encodings: object[]): string => {
  try {
    validate(kind, encodings)
    return 'none'
  } catch (error) {
    return (error as Error).name
  }
}

describe('addTransceiver', () => {
  test('refuses rids that are malformed, missing, double', () => {
    for (const rid of ['', '!?', 'foo-bar', 'foo_bar', 'ä', 'a'.repeat(256)])
      expect(errorOf('video', { rid })).toBe('TypeError')
    expect(errorOf('video', { rid: 'foo' }, {})).toBe('TypeError')
    expect(errorOf('video', { rid: 'foo' }, { rid: 'foo' })).toBe('TypeError')
    expect(errorOf('video', { rid: 'a'.repeat(255) })).toBe('none')
    expect(errorOf('video', {}, {})).toBe('none')
  })

  test('refuses codecs and modes that we do not have', () => {
    expect(errorOf('audio', { codec: { mimeType: 'audio/newCodec', clockRate: 90000 } })).toBe('OperationError')
    expect(errorOf('video', { codec: { mimeType: 'audio/opus', clockRate: 48000, channels: 2 } })).toBe(
      'OperationError',
    )
    expect(errorOf('video', { codec: rtpCapabilities('video', 'send')!.codecs[0]! })).toBe('none')
    expect(errorOf('video', { scalabilityMode: 'TotalNonsense' })).toBe('OperationError')
    expect(errorOf('video', { scalabilityMode: 'l1t1' })).toBe('OperationError')
    expect(errorOf('video', { scalabilityMode: 'L3T3' })).toBe('none')
    const vp8 = { mimeType: 'video/VP8', clockRate: 90000 }
    expect(errorOf('video', { scalabilityMode: 'L3T3', codec: vp8 })).toBe('OperationError')
    expect(errorOf('video', { rid: 'a', scalabilityMode: 'S2T1' }, { rid: 'b' })).toBe('OperationError')
    expect(errorOf('video', { rid: 'a', scalabilityMode: 'S2T1' }, { rid: 'b', active: false })).toBe('none')
  })

  test('refuses what is out of range, for video alone', () => {
    for (const encoding of [{ scaleResolutionDownBy: 0.5 }, { scaleResolutionDownBy: -1 }, { maxFramerate: -10 }]) {
      expect(errorOf('video', encoding)).toBe('RangeError')
      expect(validate('audio', [encoding])).toEqual([DEFAULTS])
    }
    expect(errorOf('video', { maxFramerate: 0 })).toBe('none')
  })

  test('refuses sizes of nothing, or of some active encodings', () => {
    const size = { maxWidth: 120, maxHeight: 60 }
    expect(errorOf('video', { scaleResolutionDownTo: { maxWidth: 0, maxHeight: 0 } })).toBe('OperationError')
    expect(errorOf('video', { scaleResolutionDownTo: {} })).toBe('OperationError')
    expect(errorOf('video', {}, { scaleResolutionDownTo: size })).toBe('OperationError')
    expect(errorOf('video', { active: false }, { scaleResolutionDownTo: size })).toBe('none')
  })

  test('refuses a packet time that is fixed and adaptive', () => {
    expect(errorOf('audio', { ptime: 20, adaptivePtime: true })).toBe('InvalidModificationError')
    expect(errorOf('audio', { ptime: 20 })).toBe('none')
  })

  test('scales by powers of two, or by one where some have a scale', () => {
    const scales = (...encodings: object[]) =>
      validate('video', encodings).map(({ scaleResolutionDownBy }) => scaleResolutionDownBy)
    expect(scales({ rid: 'q' }, { rid: 'h' }, { rid: 'f' })).toEqual([4, 2, 1])
    expect(scales({ rid: 'foo' }, { rid: 'bar', scaleResolutionDownBy: 3 })).toEqual([1, 3])
    expect(scales({})).toEqual([1])
  })

  test('cuts long lists, and forgets the rid of one encoding', () => {
    const many = Array.from({ length: 1000 }, (_, rid) => ({ rid }))
    expect(validate('video', many)).toHaveLength(8)
    expect(validate('audio', many)).toEqual([DEFAULTS])
    expect(validate('video', [{ rid: 'foo', maxBitrate: 8 }])).toEqual([
      { ...DEFAULTS, maxBitrate: 8, scaleResolutionDownBy: 1 },
    ])
  })

  test('gives a sender without encodings one', () => {
    expect(initialSendEncodings('audio')).toEqual([DEFAULTS])
    expect(initialSendEncodings('video', [])).toEqual([{ ...DEFAULTS, scaleResolutionDownBy: 1 }])
  })
})

describe('negotiation', () => {
  const proposed = proposedSendEncodings('video', [stream('foo'), stream('bar'), stream('foo')])

  test('an offer to receive simulcast proposes encodings, of video alone', () => {
    expect(proposed).toEqual([
      { ...DEFAULTS, rid: 'foo', scaleResolutionDownBy: 2 },
      { ...DEFAULTS, rid: 'bar', scaleResolutionDownBy: 1 },
    ])
    expect(proposedSendEncodings('audio', [stream('foo')])).toEqual([])
    const many = Array.from({ length: 100 }, (_, rid) => stream(`${rid}`))
    expect(proposedSendEncodings('video', many)).toHaveLength(8)
  })

  test('and replaces one encoding without a rid', () => {
    expect(takesProposal(initialSendEncodings('video'), proposed)).toBe(true)
    expect(takesProposal(initialSendEncodings('video'), [])).toBe(false)
    expect(takesProposal(proposed, proposed)).toBe(false)
  })

  test('an answer keeps what it takes, in our order; the first where it takes nothing', () => {
    const rids = (accepted: string[]) => encodingsAfterAnswer(proposed, accepted.map(stream)).map(({ rid }) => rid)
    expect(encodingsAfterAnswer(proposed, [stream('bar'), stream('foo')])).toBe(proposed)
    expect(rids(['bar'])).toEqual(['bar'])
    expect(rids([])).toEqual(['foo'])
    expect(rids(['other'])).toEqual(['foo'])
    const single = initialSendEncodings('video')
    expect(encodingsAfterAnswer(single, [])).toBe(single)
  })

  test('codecs that are not negotiated are forgotten, modes become what the codec can', () => {
    const vp8 = { mimeType: 'video/VP8', clockRate: 90000, payloadType: 96 }
    const vp9 = { mimeType: 'video/VP9', clockRate: 90000, sdpFmtpLine: 'profile-id=0' }
    const encodings = rtpEncodings([{ codec: vp9, scalabilityMode: 'L3T2_KEY' }, { scalabilityMode: 'L1T3' }], '')
    expect(encodingsWithCodecs(encodings, [vp8])).toEqual([
      { ...DEFAULTS, scalabilityMode: 'L1T2' },
      { ...DEFAULTS, scalabilityMode: 'L1T3' },
    ])
    expect(encodingsWithCodecs(encodings, [])).toBe(encodings)
    expect(encodingsWithCodecs(encodings, [vp9, vp8])).toBe(encodings)
  })
})
