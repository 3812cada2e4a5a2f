import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseFormatParameters, withFormatParameter } from './format-parameters.js'
import { lowerLevel, parseProfileLevelId } from './h264-profile.js'
import { isSameCodec, matchesCodec } from './index.js'

const video = (name: string, sdpFmtpLine?: string) => {
  return { mimeType: `video/${name}`, clockRate: 90000, ...(sdpFmtpLine !== undefined && { sdpFmtpLine }) }
}
const h264 = (profileLevelId: string, mode?: number) =>
  video('H264', `profile-level-id=${profileLevelId}${mode === undefined ? '' : `;packetization-mode=${mode}`}`)

describe('profile-level-id', () => {
  // RFC 6184 §8.1, table 5.
  test.each([
    ['42e01f', 'Constrained Baseline'],
    ['42C01E', 'Constrained Baseline'],
    ['42400a', 'Constrained Baseline'],
    ['4d801f', 'Constrained Baseline'],
    ['58c01f', 'Constrained Baseline'],
    ['42001f', 'Baseline'],
    ['42a01f', 'Baseline'],
    ['58801f', 'Baseline'],
    ['4d001f', 'Main'],
    ['4d401f', 'Main'],
    ['58001f', 'Extended'],
    ['64001f', 'High'],
    ['640c1f', 'Constrained High'],
    ['6e001f', 'High 10'],
    ['6e101f', 'High 10 Intra'],
    ['f4001f', 'High 4:4:4'],
    ['2c101f', 'CAVLC 4:4:4 Intra'],
  ])('%s is %s', (text, profile) => {
    expect(parseProfileLevelId(text)?.profile).toBe(profile)
  })

  test('is undefined for anything else', () => {
    for (const text of ['', '42e01', '42e01f0', '42e0zz', '00001f', '64201f', ' 42e01f']) {
      expect(parseProfileLevelId(text)).toBeUndefined()
    }
    fc.assert(fc.property(fc.string({ maxLength: 5 }), (text) => parseProfileLevelId(text) === undefined))
  })

  test('knows level 1b between 1 and 1.1, in both spellings', () => {
    const ranks = ['42e00a', '42f00b', '42e00b'].map((text) => parseProfileLevelId(text)!.rank)
    expect(ranks).toEqual([20, 21, 22])
    expect(parseProfileLevelId('640009')!.rank).toBe(21)
    expect(parseProfileLevelId('64000b')!.rank).toBe(22)
  })

  test('only goes down', () => {
    expect(lowerLevel('42e01f', '42c00d')).toBe('42e00d')
    expect(lowerLevel('42e01f', '42e034')).toBe('42e01f')
    expect(lowerLevel('42e01f', '42f00b')).toBe('42f00b')
    expect(lowerLevel('64001f', '640009')).toBe('640009')
    expect(lowerLevel('42e01f', 'broken')).toBe('42e01f')
  })
})

describe('the same codec for negotiation', () => {
  test('compares names without case, clock rates and channels', () => {
    const opus = { mimeType: 'audio/opus', clockRate: 48000, channels: 2 }
    expect(matchesCodec(opus, { ...opus, mimeType: 'AUDIO/OPUS', sdpFmtpLine: 'stereo=1' })).toBe(true)
    expect(matchesCodec(opus, { ...opus, clockRate: 16000 })).toBe(false)
    expect(matchesCodec(opus, { mimeType: 'audio/opus', clockRate: 48000 })).toBe(false)
    const pcmu = { mimeType: 'audio/PCMU', clockRate: 8000 }
    expect(matchesCodec(pcmu, { ...pcmu, channels: 1 })).toBe(true)
  })

  test('H.264: profile and packetization mode, whatever the level', () => {
    expect(matchesCodec(h264('42e01f', 1), h264('42C034', 1))).toBe(true)
    expect(matchesCodec(h264('42e01f', 1), h264('4d801f', 1))).toBe(true)
    expect(matchesCodec(h264('42e01f', 1), h264('42001f', 1))).toBe(false)
    expect(matchesCodec(h264('42e01f', 1), h264('42e01f', 0))).toBe(false)
    expect(matchesCodec(h264('42e01f', 0), h264('42e01f'))).toBe(true)
    expect(matchesCodec(h264('64001f', 1), h264('640c1f', 1))).toBe(false)
    // RFC 6184 §8.1: Baseline is inferred.
    expect(matchesCodec(video('H264'), h264('42001f', 0))).toBe(true)
  })

  test('VP9, AV1 and H.265', () => {
    expect(matchesCodec(video('VP9'), video('VP9', 'profile-id=0'))).toBe(true)
    expect(matchesCodec(video('VP9', 'profile-id=2'), video('VP9', 'profile-id=0'))).toBe(false)
    expect(matchesCodec(video('AV1', 'profile=1;tier=1'), video('AV1', 'profile=0;level-idx=5'))).toBe(true)
    expect(matchesCodec(video('H265', 'level-id=30;tx-mode=srst'), video('H265', 'level-id=180;profile-id=1'))).toBe(
      true,
    )
    expect(matchesCodec(video('H265', 'profile-id=2'), video('H265', 'profile-id=1'))).toBe(false)
    expect(matchesCodec(video('H265', 'tier-flag=1'), video('H265'))).toBe(false)
  })
})

describe('the same codec for the API', () => {
  test('compares all parameters, unless the asymmetrical ones are to be ignored', () => {
    expect(isSameCodec(h264('42e01f', 1), h264('42e034', 1))).toBe(false)
    expect(isSameCodec(h264('42e01f', 1), h264('42e034', 1), true)).toBe(true)
    expect(isSameCodec(h264('42e01f', 1), h264('64001f', 1), true)).toBe(false)
    expect(isSameCodec(video('VP9', 'profile-id=0'), video('VP9', 'x=1'), true)).toBe(true)
  })

  test('knows order, spaces, case and inferred values', () => {
    expect(isSameCodec(video('X', 'a=1;b=2'), video('x', 'B=2; a=1;'))).toBe(true)
    expect(isSameCodec(video('X', 'a=1'), video('X', 'a=1;b=2'))).toBe(false)
    expect(isSameCodec(video('AV1', 'profile=0'), video('AV1', 'level-idx=5'))).toBe(true)
  })

  test('compares as text what is not key-value', () => {
    expect(isSameCodec(video('X', '0-15'), video('X', '0-15'))).toBe(true)
    expect(isSameCodec(video('X', '0-15'), video('X', '0-16'), true)).toBe(false)
  })

  test('lets neither channels nor parameters be missing in one of them', () => {
    const opus = { mimeType: 'audio/opus', clockRate: 48000, channels: 2, sdpFmtpLine: 'minptime=10' }
    const { mimeType, clockRate, channels, sdpFmtpLine } = opus
    expect(isSameCodec(opus, { ...opus })).toBe(true)
    expect(isSameCodec(opus, { mimeType, clockRate, sdpFmtpLine }, true)).toBe(false)
    expect(isSameCodec(opus, { mimeType, clockRate, channels }, true)).toBe(false)
  })

  test('is symmetrical', () => {
    const line = fc.option(
      fc.constantFrom('', 'a=1', 'A=1', 'b=2;a=1', '0-15', 'profile-id=2', 'packetization-mode=0'),
      {
        nil: undefined,
      },
    )
    const codec = fc.tuple(fc.constantFrom('VP9', 'H264', 'x'), line).map(([name, text]) => video(name, text))
    fc.assert(
      fc.property(codec, codec, fc.boolean(), (a, b, ignore) => {
        expect(isSameCodec(a, b, ignore)).toBe(isSameCodec(b, a, ignore))
        expect(isSameCodec(a, a, ignore)).toBe(true)
        if (isSameCodec(a, b)) expect(isSameCodec(a, b, true)).toBe(true)
        expect(matchesCodec(a, b)).toBe(matchesCodec(b, a))
      }),
    )
  })
})

test('format parameters: the first of a key counts, and one value can be exchanged', () => {
  expect([...parseFormatParameters(' A = 1 ;b=2;a=3;;')!]).toEqual([
    ['a', '1'],
    ['b', '2'],
  ])
  expect(parseFormatParameters('111/111')).toBeUndefined()
  expect(parseFormatParameters('=1')).toBeUndefined()
  expect(withFormatParameter('a=1; Level-Id=2;c=3', 'level-id', '9')).toBe('a=1;Level-Id=9;c=3')
})
