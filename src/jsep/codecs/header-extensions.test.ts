import { describe, expect, test } from 'vitest'
import type { Extmap } from '../../sdp/index.js'
import type { HeaderExtension } from '../media-types.js'
import {
  answeredHeaderExtensions,
  capabilitiesOf,
  INITIAL_NUMBERING,
  MID_URI,
  negotiatedHeaderExtensions,
  offeredHeaderExtensions,
  renumberedExtension,
  type Numbering,
} from './index.js'

const LEVEL = 'urn:ietf:params:rtp-hdrext:ssrc-audio-level'
const video = capabilitiesOf('video', 'receive').headerExtensions

describe('offers', () => {
  test('have all that is not stopped, each with its own id of one byte', () => {
    const offered = offeredHeaderExtensions(video, INITIAL_NUMBERING)
    expect(offered.map(({ uri }) => uri)).toEqual(
      video.flatMap(({ uri, direction }) => (direction === 'stopped' ? [] : uri)),
    )
    const both = [
      ...offered,
      ...offeredHeaderExtensions(capabilitiesOf('audio', 'send').headerExtensions, INITIAL_NUMBERING),
    ]
    const uriOf = new Map(both.map(({ id, uri }) => [id, uri]))
    for (const { id, uri } of both) expect([uriOf.get(id), id >= 1 && id <= 14]).toEqual([uri, true])
    expect(offered.find(({ uri }) => uri === MID_URI)).toEqual({ id: 4, uri: MID_URI })
  })

  test('say a direction that is not sendrecv', () => {
    const extensions: HeaderExtension[] = [{ uri: MID_URI, direction: 'sendonly' }]
    expect(offeredHeaderExtensions(extensions, INITIAL_NUMBERING)).toEqual([
      { id: 4, uri: MID_URI, direction: 'sendonly' },
    ])
  })

  test('leave ids alone that the peer uses, and go above 14 only where that is allowed', () => {
    const foreign = new Map(Array.from({ length: 13 }, (_, index) => [index + 1, `urn:x:${index}`]))
    const numbering: Numbering = { ...INITIAL_NUMBERING, peerExtensionIds: foreign }
    expect(offeredHeaderExtensions(video, numbering)).toEqual([{ id: 14, uri: MID_URI }])
    const mixed = offeredHeaderExtensions(video, { ...numbering, peerAllowsMixed: true })
    expect(mixed.length).toBe(video.filter(({ direction }) => direction !== 'stopped').length)
    expect(mixed.every(({ id }) => id === 14 || (id >= 16 && id <= 255))).toBe(true)
  })
})

describe('answers', () => {
  const ours: HeaderExtension[] = [
    { uri: MID_URI, direction: 'sendrecv' },
    { uri: LEVEL, direction: 'recvonly' },
    { uri: 'urn:stopped', direction: 'stopped' },
  ]

  test('take the ids of the offer, and what is not stopped', () => {
    const offered: Extmap[] = [
      { id: 16, uri: MID_URI },
      { id: 17, uri: LEVEL },
      { id: 3, uri: 'urn:unknown' },
      { id: 2, uri: 'urn:stopped' },
      { id: 5, uri: MID_URI },
    ]
    expect(answeredHeaderExtensions(ours, offered)).toEqual([
      { id: 16, uri: MID_URI },
      { id: 17, uri: LEVEL, direction: 'recvonly' },
    ])
  })

  test('do not exceed the direction of the offer', () => {
    const answer = (direction: Extmap['direction']) =>
      answeredHeaderExtensions(ours, [{ id: 1, uri: LEVEL, ...(direction && { direction }) }])[0]!.direction
    expect([answer(undefined), answer('sendonly'), answer('recvonly'), answer('inactive')]).toEqual([
      'recvonly',
      'recvonly',
      'inactive',
      'inactive',
    ])
  })

  test('give a placeholder an id that is free, and leave out ids that packets cannot carry', () => {
    const offered = [
      { id: 1, uri: 'urn:unknown' },
      { id: 4100, uri: MID_URI },
      { id: 300, uri: LEVEL },
    ]
    expect(answeredHeaderExtensions(ours, offered)).toEqual([{ id: 2, uri: MID_URI }])
  })
})

describe('what both say', () => {
  test('has the directions of our side', () => {
    const local: Extmap[] = [
      { id: 4, uri: MID_URI },
      { id: 1, uri: LEVEL, direction: 'sendonly' },
    ]
    const remote: Extmap[] = [
      { id: 4, uri: MID_URI, direction: 'sendonly' },
      { id: 1, uri: LEVEL },
    ]
    expect(negotiatedHeaderExtensions(local, remote)).toEqual([
      { id: 4, uri: MID_URI, direction: 'recvonly', encrypted: false },
      { id: 1, uri: LEVEL, direction: 'sendonly', encrypted: false },
    ])
  })

  test('needs one id, and takes the one that replaced a placeholder', () => {
    expect(negotiatedHeaderExtensions([{ id: 4, uri: MID_URI }], [{ id: 5, uri: MID_URI }])).toEqual([])
    expect(negotiatedHeaderExtensions([{ id: 2, uri: MID_URI }], [{ id: 4100, uri: MID_URI }])[0]!.id).toBe(2)
    expect(negotiatedHeaderExtensions([{ id: 4100, uri: MID_URI }], [{ id: 2, uri: MID_URI }])[0]!.id).toBe(2)
  })

  test('an id that changes its meaning is told', () => {
    const before = [
      { id: 1, uri: LEVEL },
      { id: 4, uri: MID_URI },
    ]
    expect(
      renumberedExtension(before, [
        { id: 1, uri: LEVEL },
        { id: 2, uri: 'urn:new' },
      ]),
    ).toBeUndefined()
    expect(renumberedExtension(before, [{ id: 1, uri: MID_URI }])).toContain('id 1')
  })
})
