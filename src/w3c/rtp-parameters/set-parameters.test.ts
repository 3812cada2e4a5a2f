import { describe, expect, test } from 'vitest'
import type { MediaKind, PayloadCodec } from '../../jsep/media-types.js'
import {
  answeredExtensions,
  copyOf,
  initialHeaderExtensions,
  receiveParameters,
  rtpCapabilities,
  rtpEncodings,
  rtpSendParameters,
  sendParameters,
  validateCodecPreferences,
  validateHeaderExtensions,
  validateSendEncodings,
  validateSetParameters,
  type RTCRtpSendParameters,
} from './index.js'

const VP8: PayloadCodec = { payloadType: 96, mimeType: 'video/VP8', clockRate: 90000 }
const AV1: PayloadCodec = { payloadType: 45, mimeType: 'video/AV1', clockRate: 90000, sdpFmtpLine: 'profile=0' }
const MID = 'urn:ietf:params:rtp-hdrext:sdes:mid'

type Change = (parameters: RTCRtpSendParameters) => void

function attempt(change: Change, options: { kind?: MediaKind; encodings?: object[]; codecs?: PayloadCodec[] } = {}) {
  const { kind = 'video', encodings = [{ rid: 'a' }, { rid: 'b' }], codecs = [VP8, AV1] } = options
  const sendEncodings = validateSendEncodings(kind, rtpEncodings(encodings, ''))
  const negotiated = {
    headerExtensions: [{ id: 4, uri: MID, direction: 'sendrecv' as const, encrypted: false }],
    reducedSizeRtcp: true,
  }
  const lastReturned = sendParameters({ transactionId: 't', sendEncodings, sendCodecs: codecs, cname: 'c', negotiated })
  const given = copyOf(lastReturned)
  change(given)
  const parameters = rtpSendParameters(given, '')
  return validateSetParameters({ kind, sendEncodings, lastReturned, parameters, encodingOptions: [] })
}

function errorOf(change: Change, options?: Parameters<typeof attempt>[1]): string {
  try {
    attempt(change, options)
    return 'none'
  } catch (error) {
    return (error as Error).name
  }
}

describe('setParameters', () => {
  test('takes what getParameters gave, and changes of what may change', () => {
    expect(attempt(() => undefined).encodings.map(({ rid }) => rid)).toEqual(['a', 'b'])
    const { encodings } = attempt(({ encodings: [, second] }) => {
      second!.active = false
      second!.maxBitrate = 1000
      second!.codec = VP8
      delete second!.scaleResolutionDownBy
    })
    expect(encodings[1]).toMatchObject({ rid: 'b', active: false, maxBitrate: 1000, scaleResolutionDownBy: 1 })
    expect(encodings[1]!.codec).toEqual({ mimeType: 'video/VP8', clockRate: 90000 })
  })

  test.each<[string, Change]>([
    ['another transaction', (p) => (p.transactionId = 'other')],
    ['an encoding more', (p) => p.encodings.push({ rid: 'c' })],
    ['an encoding less', (p) => p.encodings.pop()],
    ['none', (p) => (p.encodings = [])],
    ['another order', (p) => p.encodings.reverse()],
    ['another rid', (p) => (p.encodings[0]!.rid = 'z')],
    ['no rid', (p) => delete p.encodings[0]!.rid],
    ['another cname', (p) => (p.rtcp.cname = 'other')],
    ['no cname', (p) => delete p.rtcp.cname],
    ['another size of RTCP', (p) => (p.rtcp.reducedSize = false)],
    ['another extension', (p) => (p.headerExtensions = [{ uri: 'x', id: 404, encrypted: false }])],
    ['another id', (p) => (p.headerExtensions[0]!.id = 5)],
    ['a codec more', (p) => p.codecs.push({ payloadType: 2, mimeType: 'video/x', clockRate: 1 })],
    ['a codec less', (p) => p.codecs.pop()],
    ['codecs in another order', (p) => p.codecs.reverse()],
    ['another payload type', (p) => (p.codecs[0]!.payloadType = 97)],
    ['a line of parameters', (p) => (p.codecs[0]!.sdpFmtpLine = 'a=b')],
    ['a codec that was not negotiated', (p) => (p.encodings[0]!.codec = { mimeType: 'video/H264', clockRate: 90000 })],
    ['a mode that the codec cannot', (p) => (p.encodings[0]!.scalabilityMode = 'L3T3')],
    ['a size of nothing', (p) => (p.encodings[0]!.scaleResolutionDownTo = { maxWidth: 0, maxHeight: 0 })],
    ['a size of one encoding', (p) => (p.encodings[0]!.scaleResolutionDownTo = { maxWidth: 1, maxHeight: 1 })],
  ])('refuses %s', (_, change) => {
    expect(errorOf(change)).toBe('InvalidModificationError')
  })

  test('refuses what is out of range, for video alone', () => {
    const scale: Change = (p) => (p.encodings[0]!.scaleResolutionDownBy = 0.5)
    const rate: Change = (p) => (p.encodings[0]!.maxFramerate = -1)
    for (const change of [scale, rate]) {
      expect(errorOf(change)).toBe('RangeError')
      const { encodings } = attempt(change, { kind: 'audio', encodings: [{}], codecs: [] })
      expect(Object.keys(encodings[0]!).sort()).toEqual(['active', 'adaptivePtime', 'priority'])
    }
  })

  test('takes codecs whose asymmetrical parameters differ, and any of ours before there are negotiated ones', () => {
    const other = { mimeType: 'video/AV1', clockRate: 90000, sdpFmtpLine: 'level-idx=5;profile=1;tier=0' }
    expect(errorOf((p) => (p.encodings[0]!.codec = other))).toBe('none')
    const ours = rtpCapabilities('video', 'send')!.codecs.find(({ mimeType }) => mimeType === 'video/H264')!
    expect(errorOf((p) => (p.encodings[0]!.codec = ours), { codecs: [] })).toBe('none')
    expect(errorOf((p) => (p.encodings[0]!.scalabilityMode = 'L3T3'), { codecs: [] })).toBe('none')
    const unknown = { mimeType: 'video/new', clockRate: 90000 }
    expect(errorOf((p) => (p.encodings[0]!.codec = unknown), { codecs: [] })).toBe('InvalidModificationError')
  })

  test('asks for key frames, one option for each encoding of video', () => {
    const sendEncodings = validateSendEncodings('video', rtpEncodings([{ rid: 'a' }, { rid: 'b' }], ''))
    const parameters = sendParameters({
      transactionId: 't',
      sendEncodings,
      sendCodecs: [],
      cname: '',
      negotiated: undefined,
    })
    const inputs = { kind: 'video' as const, sendEncodings, lastReturned: parameters, parameters }
    expect(validateSetParameters({ ...inputs, encodingOptions: [{}, { keyFrame: true }] }).keyFrames).toEqual([
      false,
      true,
    ])
    expect(validateSetParameters({ ...inputs, encodingOptions: [] }).keyFrames).toEqual([false, false])
    expect(() => validateSetParameters({ ...inputs, encodingOptions: [{}] })).toThrow('another length')
  })
})

test('receivers say nothing of a cname, and each side the extensions of its direction', () => {
  const extension = (uri: string, direction: 'sendonly' | 'recvonly' | 'inactive') => ({
    id: 1,
    uri,
    direction,
    encrypted: false,
  })
  const headerExtensions = [extension('s', 'sendonly'), extension('r', 'recvonly'), extension('i', 'inactive')]
  const parameters = receiveParameters([VP8], { headerExtensions, reducedSizeRtcp: true })
  expect(parameters).toEqual({
    headerExtensions: [{ uri: 'r', id: 1, encrypted: false }],
    codecs: [VP8],
    rtcp: { reducedSize: true },
  })
})

describe('setCodecPreferences', () => {
  const { codecs } = rtpCapabilities('video', 'receive')!
  const byName = (name: string) => codecs.find(({ mimeType }) => mimeType === `video/${name}`)!

  test('takes capabilities in any order and case, once each', () => {
    expect(validateCodecPreferences('video', codecs.toReversed())).toEqual(codecs.toReversed())
    expect(validateCodecPreferences('video', [])).toEqual([])
    const shouted = { ...byName('VP8'), mimeType: 'VIDEO/VP8' }
    expect(validateCodecPreferences('video', [shouted, byName('rtx'), byName('VP8')])).toEqual([
      byName('VP8'),
      byName('rtx'),
    ])
  })

  test('refuses changed ones, those of the other kind, and nothing but repair', () => {
    const refused = (...list: typeof codecs) =>
      expect(() => validateCodecPreferences('video', list)).toThrow(DOMException)
    refused({ ...byName('VP8'), clockRate: 45000 })
    refused({ ...byName('VP8'), channels: 2 })
    refused({ ...byName('VP8'), sdpFmtpLine: 'modifiedparameter=1' })
    refused({ ...byName('H264'), sdpFmtpLine: `${byName('H264').sdpFmtpLine ?? ''};foo=1` })
    refused(byName('VP8'), { mimeType: 'data', clockRate: 2000 })
    refused(rtpCapabilities('audio', 'send')!.codecs[0]!)
    refused(byName('rtx'), byName('red'), byName('ulpfec'), byName('flexfec-03'))
  })
})

describe('header extensions', () => {
  const all = initialHeaderExtensions('video', undefined)
  const changed = (index: number, change: object) => all.map((one, at) => (at === index ? { ...one, ...change } : one))
  const mid = all.findIndex(({ uri }) => uri === MID)

  test('may be stopped and started, in their places', () => {
    expect(all[mid]!.direction).toBe('sendrecv')
    expect(validateHeaderExtensions('video', all, changed(0, { direction: 'stopped' }))[0]!.direction).toBe('stopped')
  })

  test('refuse other lists and other directions of mid', () => {
    const name = (extensions: typeof all) => {
      try {
        validateHeaderExtensions('video', all, extensions)
        return 'none'
      } catch (error) {
        return (error as Error).name
      }
    }
    expect(name(changed(0, { uri: '' }))).toBe('TypeError')
    expect(name(changed(0, { uri: '4711' }))).toBe('InvalidModificationError')
    expect(name(all.slice(1))).toBe('InvalidModificationError')
    expect(name(all.toReversed())).toBe('InvalidModificationError')
    for (const direction of ['sendonly', 'recvonly', 'inactive', 'stopped']) {
      expect(name(changed(mid, { direction }))).toBe('InvalidModificationError')
    }
  })

  test('are copied from the first transceiver of the kind', () => {
    const first = changed(0, { direction: 'stopped' })
    expect(initialHeaderExtensions('video', first)).toEqual(first)
    expect(initialHeaderExtensions('video', first)[0]).not.toBe(first[0])
  })

  test('are stopped where the answer does not name them', () => {
    expect(answeredExtensions(all, undefined).every(({ direction }) => direction === 'stopped')).toBe(true)
    const answered = answeredExtensions(all, [{ id: 4, uri: MID, direction: 'recvonly', encrypted: false }])
    expect(answered.filter(({ direction }) => direction !== 'stopped')).toEqual([{ uri: MID, direction: 'recvonly' }])
    expect(answered).toHaveLength(all.length)
  })
})
