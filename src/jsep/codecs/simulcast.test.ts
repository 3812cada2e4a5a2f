import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { sectionOf } from './codecs.test-support.js'
import {
  acceptedSimulcast,
  answeredSimulcast,
  offeredSimulcast,
  parseRidRestrictions,
  scalabilityModesOf,
  simulcastOf,
  type RidRestrictions,
} from './index.js'

const LINE = 'video 9 UDP/TLS/RTP/SAVPF 96'
const stream = (rid: string, paused = false) => ({ rid, paused })

describe('simulcast', () => {
  const asking = sectionOf(LINE, 'rid:1 recv', 'rid:2 recv', 'rid:3 recv', 'rid:x send', 'simulcast:recv ~1,2;3;1;x;no')

  test('is read as first alternatives, once each, that a=rid defines', () => {
    expect(simulcastOf(asking)).toEqual({ send: [], receive: [stream('1', true), stream('3')] })
    expect(simulcastOf(sectionOf(LINE, 'rid:a-b send', 'rid:c send', 'simulcast:send a-b;c')).send).toEqual([
      stream('c'),
    ])
    const restricted = sectionOf(LINE, 'rid:a send pt=96;max-fps=30', 'rid:b send new=1', 'simulcast:send a;b')
    expect(simulcastOf(restricted).send).toEqual([stream('a')])
    expect(simulcastOf(sectionOf(LINE, 'rid:a send'))).toEqual({ send: [], receive: [] })
  })

  test('is offered for more than one stream', () => {
    expect(offeredSimulcast(['a'])).toEqual({})
    expect(offeredSimulcast(['a', 'b'])).toEqual({
      rids: [
        { id: 'a', direction: 'send' },
        { id: 'b', direction: 'send' },
      ],
      simulcast: { send: [[{ id: 'a', paused: false }], [{ id: 'b', paused: false }]] },
    })
  })

  test('is answered with what we have of what was asked for, in that order', () => {
    const answer = answeredSimulcast(asking, { sendRids: ['3', '9', '1'], receives: true })
    expect(answer.simulcast).toEqual({ send: [[{ id: '1', paused: false }], [{ id: '3', paused: false }]] })
    expect(answeredSimulcast(asking, { sendRids: [], receives: true })).toEqual({})
  })

  test('that is offered to us is taken where we receive', () => {
    const offering = sectionOf(LINE, 'rid:a send', 'rid:b send', 'simulcast:send a;~b')
    expect(answeredSimulcast(offering, { sendRids: ['a'], receives: false })).toEqual({})
    expect(answeredSimulcast(offering, { sendRids: [], receives: true })).toEqual({
      rids: [
        { id: 'a', direction: 'recv' },
        { id: 'b', direction: 'recv' },
      ],
      simulcast: { recv: [[{ id: 'a', paused: false }], [{ id: 'b', paused: true }]] },
    })
  })

  test('remains of what we send as far as the peer takes it', () => {
    const ours = sectionOf(LINE, 'rid:1 send', 'rid:2 send', 'rid:3 send', 'simulcast:send 3;2;1')
    expect(acceptedSimulcast(ours, asking)).toEqual([stream('3'), stream('1', true)])
  })
})

/** As a peer writes them. */
function written({ payloadTypes, depend, ...limits }: RidRestrictions): string {
  const names = {
    maxWidth: 'max-width',
    maxHeight: 'max-height',
    maxFramesPerSecond: 'max-fps',
    maxFrameSize: 'max-fs',
    maxBitrate: 'max-br',
    maxPixelsPerSecond: 'max-pps',
    maxBitsPerPixel: 'max-bpp',
  }
  const parts = Object.entries(limits).map(([key, value]) => `${names[key as keyof typeof limits]}=${value}`)
  if (payloadTypes !== undefined) parts.unshift(`pt=${payloadTypes.join(',')}`)
  if (depend !== undefined) parts.push(`depend=${depend.join(',')}`)
  return parts.join(';')
}

describe('restrictions of a rid', () => {
  test('are read', () => {
    const text = 'pt=96,97;max-width=1280;max-height=720;max-fps=30;max-br=1500000;depend=1,2'
    expect(parseRidRestrictions(text)).toEqual({
      payloadTypes: [96, 97],
      maxWidth: 1280,
      maxHeight: 720,
      maxFramesPerSecond: 30,
      maxBitrate: 1500000,
      depend: ['1', '2'],
    })
    expect(parseRidRestrictions('max-bpp=0.5')).toEqual({ maxBitsPerPixel: 0.5 })
  })

  test('that are unknown, malformed or double make the stream unusable', () => {
    for (const text of [
      '',
      'max-depth=8',
      'max-width',
      'max-width=x',
      'max-fps=1;max-fps=1',
      'max-fps=1;pt=96',
      'pt=128',
      'pt=',
    ]) {
      expect(parseRidRestrictions(text)).toBeUndefined()
    }
  })

  test('of any kind are read, in any order', () => {
    const natural = fc.nat()
    const restrictions = fc.record<RidRestrictions>(
      {
        payloadTypes: fc.array(fc.nat(127), { minLength: 1, maxLength: 5 }),
        maxWidth: natural,
        maxHeight: natural,
        maxFramesPerSecond: natural,
        maxFrameSize: natural,
        maxBitrate: natural,
        maxPixelsPerSecond: natural,
        depend: fc.array(fc.constantFrom('a', 'b1'), { minLength: 1, maxLength: 3 }),
      },
      { requiredKeys: [] },
    )
    fc.assert(
      fc.property(restrictions, (value) => {
        const text = written(value)
        expect(parseRidRestrictions(text)).toEqual(text === '' ? undefined : value)
      }),
    )
    const unnamed = fc.string().filter((text) => !text.includes('='))
    fc.assert(fc.property(unnamed, (text) => parseRidRestrictions(text) === undefined))
  })
})

describe('scalability modes', () => {
  test('are those of the registry', () => {
    for (const mode of ['L1T1', 'L1T3', 'L2T1h', 'L2T1_KEY', 'L3T3_KEY', 'L2T2_KEY_SHIFT', 'S2T1', 'S3T3h']) {
      expect(scalabilityModesOf({ mimeType: 'video/AV1' })).toContain(mode)
    }
    for (const mode of ['', 'l1t1', 'L1T4', 'L4T1', 'L1T2_KEY', 'S1T1', 'L2T1_KEY_SHIFT', 'TotalNonsense']) {
      expect(scalabilityModesOf({ mimeType: 'video/AV1' })).not.toContain(mode)
    }
  })

  test('are temporal alone for VP8, H.264 and H.265, all for VP9 and AV1, none for others', () => {
    const temporal = ['L1T1', 'L1T2', 'L1T3']
    for (const name of ['VP8', 'h264', 'H265'])
      expect(scalabilityModesOf({ mimeType: `video/${name}` })).toEqual(temporal)
    for (const name of ['VP9', 'AV1']) expect(scalabilityModesOf({ mimeType: `video/${name}` })).toContain('L3T3_KEY')
    for (const mimeType of ['audio/opus', 'video/rtx', 'constructor'])
      expect(scalabilityModesOf({ mimeType })).toEqual([])
  })
})
