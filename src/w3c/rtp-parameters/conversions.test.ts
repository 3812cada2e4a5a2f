import { describe, expect, test } from 'vitest'
import { headerExtensionCapabilities, rtpCapabilities, rtpCodecs, rtpEncodings, rtpSendParameters } from './index.js'

const CONTEXT = "Failed to execute 'x' on 'Y'"

/** The names of members in the order in which a conversion reads them. */
function readOrder(convert: (value: unknown, context: string) => unknown, value: object): string[] {
  const read: string[] = []
  const source = new Proxy(value, {
    get: (target, key) => {
      if (typeof key === 'string') read.push(key)
      return Reflect.get(target, key) as unknown
    },
  })
  convert(source, CONTEXT)
  return read
}

describe('encodings', () => {
  test('have defaults, and nothing that was not given', () => {
    expect(rtpEncodings([{}], CONTEXT)).toEqual([{ active: true, adaptivePtime: false, priority: 'low' }])
    expect(
      rtpEncodings([{ rid: 7, maxBitrate: '8', codec: { mimeType: 'video/VP8', clockRate: 90000 } }], CONTEXT),
    ).toEqual([
      {
        rid: '7',
        active: true,
        adaptivePtime: false,
        priority: 'low',
        maxBitrate: 8,
        codec: { mimeType: 'video/VP8', clockRate: 90000 },
      },
    ])
  })

  test('refuse what their types refuse', () => {
    for (const encoding of [
      { codec: {} },
      { codec: { mimeType: 'a' } },
      { priority: 'urgent' },
      { maxFramerate: NaN },
      { scaleResolutionDownBy: Infinity },
      { scaleResolutionDownTo: 7 },
    ]) {
      expect(() => rtpEncodings([encoding], CONTEXT)).toThrow(TypeError)
    }
    expect(() => rtpEncodings({}, CONTEXT)).toThrow(TypeError)
  })

  test('read the inherited rid first, then the others in lexicographical order', () => {
    const read = readOrder((value, context) => rtpEncodings([value], context), {})
    expect(read[0]).toBe('rid')
    expect(read.slice(1)).toEqual(read.slice(1).toSorted())
    expect(read).toHaveLength(12)
  })
})

describe('the parameters of setParameters', () => {
  const given = { transactionId: 't', encodings: [], headerExtensions: [], rtcp: {}, codecs: [] }

  test('read those of RTCRtpParameters first', () => {
    expect(readOrder(rtpSendParameters, given)).toEqual([
      'codecs',
      'headerExtensions',
      'rtcp',
      'degradationPreference',
      'encodings',
      'transactionId',
    ])
  })

  test('are required', () => {
    for (const name of Object.keys(given)) {
      expect(() => rtpSendParameters({ ...given, [name]: undefined }, CONTEXT)).toThrow(`Required member '${name}'`)
    }
    expect(() => rtpSendParameters({ ...given, degradationPreference: 'none' }, CONTEXT)).toThrow(TypeError)
  })

  test('wrap a payload type to an octet, and fill in encrypted', () => {
    const codecs = [{ payloadType: 257, mimeType: 'audio/opus', clockRate: 48000, channels: 2 }]
    const headerExtensions = [{ uri: 'u', id: 65537 }]
    expect(rtpSendParameters({ ...given, codecs, headerExtensions }, CONTEXT)).toEqual({
      ...given,
      codecs: [{ ...codecs[0], payloadType: 1 }],
      headerExtensions: [{ uri: 'u', id: 1, encrypted: false }],
    })
  })
})

test('header extensions need a direction that there is', () => {
  expect(headerExtensionCapabilities([{ uri: 'u', direction: 'stopped' }], CONTEXT)).toEqual([
    { uri: 'u', direction: 'stopped' },
  ])
  expect(() => headerExtensionCapabilities([{ uri: 'u', direction: '' }], CONTEXT)).toThrow(TypeError)
  expect(() => headerExtensionCapabilities([{ uri: 'u' }], CONTEXT)).toThrow(TypeError)
})

describe('capabilities', () => {
  test('are there for audio and video, and for nothing else', () => {
    expect(rtpCapabilities('dummy', 'send')).toBeNull()
    expect(rtpCapabilities('Audio', 'send')).toBeNull()
    for (const kind of ['audio', 'video']) {
      for (const use of ['send', 'receive'] as const) {
        const { codecs, headerExtensions } = rtpCapabilities(kind, use)!
        expect(rtpCodecs(codecs, CONTEXT)).toEqual(codecs)
        expect(headerExtensionCapabilities(headerExtensions, CONTEXT)).toEqual(headerExtensions)
      }
    }
  })

  test('name retransmissions once, without a target', () => {
    const rtx = rtpCapabilities('video', 'receive')!.codecs.filter(({ mimeType }) => mimeType === 'video/rtx')
    expect(rtx).toEqual([{ mimeType: 'video/rtx', clockRate: 90000 }])
  })

  test('belong to the caller', () => {
    rtpCapabilities('audio', 'send')!.codecs[0]!.mimeType = 'changed'
    expect(rtpCapabilities('audio', 'send')!.codecs[0]!.mimeType).toBe('audio/opus')
  })
})
