import { describe, expect, test } from 'vitest'
import { CHROMIUM_OFFER, CHROMIUM_SIMULCAST_OFFER } from './chromium-offers.test-support.js'
import { FIREFOX_OFFER, FIREFOX_SIMULCAST_OFFER } from './firefox-offers.test-support.js'
import { mediaSections } from './index.js'
import { MediaPeer, sectionOf } from './media-peer.test-support.js'
import { attribute } from './negotiation.test-support.js'

function answered(offer: string): { peer: MediaPeer; answer: string } {
  const peer = new MediaPeer('b')
  peer.add('audio')
  peer.add('video')
  peer.remote('offer', offer)
  return { peer, answer: peer.answer() }
}

describe.each([
  ['Chromium', CHROMIUM_OFFER, [111, 96], ['sendrecv', 'sendrecv', 'inactive']],
  ['Firefox', FIREFOX_OFFER, [109, 120], ['sendrecv', 'sendrecv', 'inactive']],
] as const)('%s', (_name, offer, first, directions) => {
  test('all its sections are seen as it means them', () => {
    const { peer } = answered(offer)
    const views = mediaSections(peer.state, 'remote')
    expect(views.map(({ kind, isRejected }) => [kind, isRejected])).toEqual([
      ['audio', false],
      ['video', false],
      ['video', false],
      ['application', false],
    ])
    expect(views.map(({ direction }) => direction).slice(0, 3)).toEqual(['sendrecv', 'sendrecv', 'recvonly'])
    expect(views[0]!.streamIds).toHaveLength(1)
    expect(views[0]!.streamIds).toEqual(views[1]!.streamIds)
    expect(views[0]!.trackId).toBe(attribute(offer, 'msid')[0]!.split(' ')[1])
    expect(views[0]!.cname).toBe(views[1]!.cname)
  })

  test('it is answered with its numbers, on one transport', () => {
    const { peer, answer } = answered(offer)
    expect(answer.match(/^m=\w+ \d+/gm)).toEqual(['m=audio 9', 'm=video 9', 'm=video 9', 'm=application 9'])
    expect(attribute(answer, 'group')).toEqual(attribute(offer, 'group'))
    expect([0, 1].map((index) => peer.media(`${index}`)?.sendCodecs[0]?.payloadType)).toEqual(first)
    expect(
      mediaSections(peer.state, 'local')
        .map(({ direction }) => direction)
        .slice(0, 3),
    ).toEqual(directions)
    const offered = new Set([0, 1, 2].flatMap((index) => attribute(sectionOf(offer, index), 'rtcp-fb')))
    expect(attribute(answer, 'rtcp-fb').filter((line) => !offered.has(line))).toEqual([])
    expect(peer.plan.transports).toHaveLength(1)
    expect(peer.plan.sctp).toMatchObject({ transportMid: '0' })
    expect(peer.media('1')?.headerExtensions.map(({ uri }) => uri)).toContain('urn:ietf:params:rtp-hdrext:sdes:mid')
  })

  test('our next offer keeps its sections and numbers', () => {
    const { peer, answer } = answered(offer)
    peer.add('video')
    const again = peer.offer()
    expect(attribute(again, 'mid')).toEqual(['0', '1', '2', '3', '4'])
    for (const index of [0, 1, 2]) {
      const said = attribute(sectionOf(again, index), 'rtpmap')
      for (const line of attribute(sectionOf(answer, index), 'rtpmap')) expect(said).toContain(line)
      const numbers = (sdp: string) =>
        attribute(sectionOf(sdp, index), 'extmap').map((line) => line.replace(/^(\d+)\/\w+/, '$1'))
      for (const line of numbers(answer)) expect(numbers(again)).toContain(line)
    }
  })
})

test.each([
  ['Chromium', CHROMIUM_SIMULCAST_OFFER],
  ['Firefox', FIREFOX_SIMULCAST_OFFER],
])('the simulcast of %s is seen, and answered for one stream', (_name, offer) => {
  const { peer, answer } = answered(offer)
  expect(mediaSections(peer.state, 'remote')[0]).toMatchObject({
    direction: 'sendonly',
    sendRids: ['h', 'm', 'l'].map((rid) => ({ rid, paused: false })),
    receiveRids: [],
  })
  expect(answer).toContain('a=recvonly\r\n')
  expect(answer).not.toMatch(/simulcast|a=rid/)
})
