import { describe, expect, test } from 'vitest'
import { mediaSections, remoteRestartsIce } from './index.js'
import { MediaPeer, sectionOf } from './media-peer.test-support.js'
import { attribute, negotiate } from './negotiation.test-support.js'

const M_LINES = /^m=(\w+ \d+)/gm

function mLines(sdp: string): string[] {
  return [...sdp.matchAll(M_LINES)].map((match) => match[1]!)
}

/** A peer that offers audio twice, video twice and data. */
function offerer(bundlePolicy: 'balanced' | 'max-compat' | 'max-bundle'): MediaPeer {
  const peer = new MediaPeer('a', { bundlePolicy, wantsData: true })
  for (const kind of ['audio', 'audio', 'video', 'video'] as const) peer.add(kind)
  return peer
}

describe('first offers (RFC 9429 §5.2.1)', () => {
  test('a section says what it sends, and how', () => {
    const peer = new MediaPeer('a')
    peer.add('video', { streamIds: ['s1', 's2'] })
    const section = sectionOf(peer.offer(), 0)
    expect(section).toMatch(/^m=video 9 UDP\/TLS\/RTP\/SAVPF \d+/)
    expect(attribute(section, 'msid')).toEqual(['s1 a-track-1', 's2 a-track-1'])
    expect(attribute(section, 'ssrc-group')).toEqual(['FID 1010 1011'])
    expect(attribute(section, 'ssrc')).toEqual(['1010 cname:a-cname', '1011 cname:a-cname'])
    expect(attribute(section, 'rtcp')).toEqual(['9 IN IP4 0.0.0.0'])
    for (const line of ['sendrecv', 'rtcp-mux', 'rtcp-mux-only', 'rtcp-rsize', 'extmap-allow-mixed']) {
      expect(section).toContain(`a=${line}\r\n`)
    }
    const formats = /SAVPF (.*)\r/.exec(section)![1]!.split(' ')
    expect(attribute(section, 'rtpmap').map((line) => line.split(' ')[0])).toEqual(formats)
    expect(mediaSections(peer.state, 'local')).toMatchObject([
      { index: 0, mid: '0', kind: 'video', transceiver: 1, streamIds: ['s1', 's2'], trackId: 'a-track-1' },
    ])
  })

  test.each([
    ['balanced', ['audio 9', 'audio 0', 'video 9', 'video 0', 'application 9'], ['0', '2', '4'], ['1', '3']],
    ['max-compat', ['audio 9', 'audio 9', 'video 9', 'video 9', 'application 9'], ['0', '1', '2', '3', '4'], []],
    ['max-bundle', ['audio 9', 'audio 0', 'video 0', 'video 0', 'application 0'], ['0'], ['1', '2', '3', '4']],
  ] as const)('%s: which sections have an address (§4.1.1)', (policy, lines, transports, bundleOnly) => {
    const peer = offerer(policy)
    const sdp = peer.offer()
    expect(mLines(sdp)).toEqual(lines)
    expect(peer.plan.transports.map(({ mid }) => mid)).toEqual(transports)
    expect(attribute(sdp, 'group')).toEqual(['BUNDLE 0 1 2 3 4'])
    const marked = [0, 1, 2, 3, 4].filter((index) => sectionOf(sdp, index).includes('a=bundle-only'))
    expect(marked.map(String)).toEqual(bundleOnly)
    expect(peer.createOffer()).toBe(sdp)
  })

  test('without something to send there is no msid and no ssrc', () => {
    const peer = new MediaPeer('a')
    peer.add('audio', { direction: 'recvonly' })
    peer.add('video', { direction: 'inactive' })
    peer.add('audio', { streamIds: [] })
    const sdp = peer.createOffer()
    expect(attribute(sdp, 'msid')).toEqual(['- a-track-3'])
    expect(attribute(sdp, 'ssrc')).toHaveLength(1)
  })

  test('a simulcast is offered by rids, without ssrc (RFC 8853 §5.3.1)', () => {
    const peer = new MediaPeer('a')
    peer.add('video', {
      sendStreams: ['h', 'm', 'l'].map((rid, index) => ({ rid, ssrc: index + 1, rtxSsrc: index + 4 })),
    })
    const sdp = peer.offer()
    expect(attribute(sdp, 'rid')).toEqual(['h send', 'm send', 'l send'])
    expect(attribute(sdp, 'simulcast')).toEqual(['send h;m;l'])
    expect(sdp).not.toContain('a=ssrc')
    expect(mediaSections(peer.state, 'local')[0]?.sendRids.map(({ rid }) => rid)).toEqual(['h', 'm', 'l'])
  })

  test('what is stopping before it was ever offered is not', () => {
    const peer = new MediaPeer('a')
    peer.add('audio', { isStopping: true })
    peer.add('audio', { isStopping: true, isStopped: true })
    expect(peer.createOffer()).not.toContain('m=')
  })
})

describe('later offers (RFC 9429 §5.2.2)', () => {
  test('sections keep places, mids, numbers and transport; new ones join the bundle without gathering', () => {
    const [a, b] = [offerer('balanced'), new MediaPeer('b')]
    const { offer } = negotiate(a, b)
    expect(a.plan.transports.map(({ mid }) => mid)).toEqual(['0'])
    a.add('video')
    const again = a.offer()
    expect(mLines(again)).toEqual([...mLines(offer).map((line) => line.replace(' 0', ' 9')), 'video 9'])
    expect(attribute(again, 'group')).toEqual(['BUNDLE 0 1 2 3 4 5'])
    expect(new Set(attribute(again, 'ice-ufrag'))).toEqual(new Set(['a1/0frag']))
    expect(again).not.toContain('bundle-only')
    const standing = again.slice(0, again.lastIndexOf('m=video'))
    expect(standing).not.toMatch(/rtcp-mux-only|a=rtcp:/)
    expect(a.plan.transports.map(({ mid }) => mid)).toEqual(['0'])
    for (const name of ['rtpmap', 'extmap', 'fmtp', 'ssrc']) {
      for (const index of [0, 1, 2, 3]) {
        expect(attribute(sectionOf(again, index), name)).toEqual(attribute(sectionOf(offer, index), name))
      }
    }
  })

  test.each([
    ['whoever offered first', true],
    ['the other side', false],
  ])('a stopped section that spoke for its bundle, by %s: no ICE restart', (_, byFirst) => {
    const [a, b] = [new MediaPeer('a', { wantsData: true }), new MediaPeer('b', { wantsData: true })]
    a.add('audio')
    const { offer } = negotiate(a, b)
    // In case it would not be bundled, data was offered with credentials of its own.
    expect(attribute(offer, 'ice-ufrag')).toEqual(['a1/0frag', 'a1/1frag'])
    const [stopping, other] = byFirst ? [a, b] : [b, a]
    stopping.transceivers[0]!.isStopping = true
    const credentials = (peer: MediaPeer, local: string, remote: string) =>
      expect(peer.plan.transports).toMatchObject([
        { mid: '0', local: { usernameFragment: local }, remote: { usernameFragment: remote } },
      ])
    const check = () => {
      credentials(a, 'a1/0frag', 'b1/0frag')
      credentials(b, 'b1/0frag', 'a1/0frag')
    }
    check()
    other.remote('offer', stopping.offer())
    check()
    expect(remoteRestartsIce(other.state, '0')).toBe(false)
    const answer = other.answer()
    expect(attribute(answer, 'group')).toEqual(['BUNDLE 1'])
    stopping.remote('answer', answer)
    check()
  })

  test('a stopped section has port 0, and its place is used again once that was answered, by any kind', () => {
    const [a, b] = [new MediaPeer('a'), new MediaPeer('b')]
    a.add('video')
    const second = a.add('audio')
    negotiate(a, b)
    second.isStopping = true
    expect(a.needsNegotiation).toBe(true)
    a.add('video')
    const stopping = a.offer()
    expect(mLines(stopping)).toEqual(['video 9', 'audio 0', 'video 9'])
    expect(attribute(stopping, 'group')).toEqual(['BUNDLE 0 2'])
    expect(mediaSections(a.state, 'local')[1]).toMatchObject({ isRejected: true, transceiver: second.key })
    b.remote('offer', stopping)
    a.remote('answer', b.answer())
    expect(a.transceivers.map(({ mid }) => mid)).toEqual(['0', '2'])
    a.add('video')
    a.add('audio')
    const recycling = a.offer()
    expect(mLines(recycling)).toEqual(['video 9', 'video 9', 'video 9', 'audio 9'])
    expect(attribute(recycling, 'mid')).toEqual(['0', '3', '2', '4'])
    expect(attribute(recycling, 'group')).toEqual(['BUNDLE 0 2 3 4'])
    b.remote('offer', recycling)
    a.remote('answer', b.answer())
    expect(a.plan.transports.map(({ mid }) => mid)).toEqual(b.plan.transports.map(({ mid }) => mid))
    expect(a.needsNegotiation || b.needsNegotiation).toBe(false)
  })

  test('a place before the section that speaks for the bundle is left empty; without a bundle any is taken', () => {
    const [a, b] = [new MediaPeer('a'), new MediaPeer('b')]
    const [first, second] = [a.add('audio'), a.add('video')]
    negotiate(a, b)
    first.isStopping = true
    negotiate(a, b)
    a.add('audio')
    expect(mLines(negotiate(a, b).offer)).toEqual(['audio 0', 'video 9', 'audio 9'])
    for (const transceiver of a.transceivers) transceiver.isStopping = true
    expect(second.mid).toBe('1')
    negotiate(a, b)
    expect(a.plan.transports).toEqual([])
    a.add('video')
    expect(mLines(negotiate(a, b).offer)).toEqual(['video 9', 'video 0', 'audio 0'])
    expect(a.plan.transports).toHaveLength(1)
  })

  test('an answer does not reject who speaks for a bundle that stands: it waits, inactive (RFC 9143 §7.3.2)', () => {
    const [a, b] = [new MediaPeer('a'), new MediaPeer('b')]
    a.add('audio')
    a.add('video')
    negotiate(a, b)
    b.transceivers[0]!.isStopping = true
    const { answer } = negotiate(a, b)
    expect(mLines(answer)).toEqual(['audio 9', 'video 9'])
    expect(mediaSections(b.state, 'local').map(({ direction }) => direction)).toEqual(['inactive', 'recvonly'])
    expect(b.needsNegotiation).toBe(true)
    expect(mLines(negotiate(b, a).offer)).toEqual(['audio 0', 'video 9'])
    expect(a.plan.transports.map(({ mid }) => mid)).toEqual(['0'])
  })

  test('after a rollback the same transceivers are offered anew', () => {
    const a = new MediaPeer('a')
    a.add('audio')
    const offer = a.offer()
    a.local('rollback')
    expect(a.transceivers[0]?.mid).toBeNull()
    expect(a.offer()).toBe(offer)
  })
})
