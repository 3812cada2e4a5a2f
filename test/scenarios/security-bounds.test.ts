import { describe, expect, test } from 'vitest'
import { connectedPair, createPair, negotiate, openChannel, refused, unwrap } from './support/connected-pair.js'

const isStun = (data: Uint8Array): boolean => data[0]! <= 3

function candidate(index: number, address = `10.${1 + (index >> 16)}.${(index >> 8) & 0xff}.${index & 0xff}`): string {
  return `candidate:${index} 1 udp ${1000 + index} ${address} 5000 typ host`
}

describe('SECURITY 9: what a peer can make us keep is bounded', () => {
  test('candidates, by thousands, and names that nobody resolves: it connects all the same', () => {
    const pair = createPair()
    const { alice, bob, link } = pair
    alice.open()
    negotiate(pair, alice, bob)
    for (let i = 0; i < 1000; i++) {
      alice.peer.addIceCandidate(link.now, { candidate: candidate(i), sdpMid: '0' })
      alice.peer.addIceCandidate(link.now, { candidate: candidate(i, `name${i}.local`), sdpMid: '0' })
    }
    link.runUntil(() => bob.incoming.length === 1)
    expect(alice.transport.remoteCandidates.length).toBeLessThanOrEqual(100)
    // Of those that are remembered, 256 at most, as many as may be asked for at once: nobody answers.
    expect(alice.events.filter(({ type }) => type === 'resolve')).toHaveLength(32)
    const { counters } = alice.peer
    expect(counters['transport.candidatesRefused']).toBeGreaterThan(2000 - 256)
    expect(counters['transport.candidateNamesDropped']).toBeLessThanOrEqual(256 - 32)
    expect(alice.peer.remoteDescriptions.current!.sdp.match(/^a=candidate/gm)!.length).toBeLessThanOrEqual(256)
  })

  test('candidates by thousands in the description itself', () => {
    const pair = createPair()
    const { alice, bob, link } = pair
    alice.open()
    const flood = Array.from({ length: 10_000 }, (_, index) => `a=${candidate(index)}\r\n`).join('')
    negotiate(pair, alice, bob, { munge: (sdp) => sdp + flood })
    for (const end of [alice, bob]) {
      expect(end.transport.remoteCandidates.length).toBeLessThanOrEqual(100)
      expect(end.peer.counters['transport.candidatesRefused']).toBeGreaterThan(9000)
    }
    // Whoever floods its own connection has none: it fails, and ends as cleanly as any.
    link.runUntil(() => [alice, bob].every((end) => end.transport.iceState === 'failed'))
    for (const end of [alice, bob]) end.close()
    expect([alice.nextTimeout(), bob.nextTimeout()]).toEqual([Infinity, Infinity])
  })

  test('channels by thousands: the one that was there goes on, and ids are free again when they are closed', () => {
    const pair = connectedPair()
    const { alice, bob, link } = pair
    const [ours, theirs] = openChannel(pair, alice, bob)
    const more = Array.from({ length: 2000 }, () => alice.open())
    link.runUntil(() => bob.incoming.length === 2001)
    expect(more.every(({ readyState }) => readyState === 'open')).toBe(true)
    ours.send('alive')
    link.runUntil(() => theirs.messages.includes('alive'))
    for (const channel of more) channel.close()
    link.runUntil(() => bob.incoming.slice(1).every(({ readyState }) => readyState === 'closed'))
    expect(openChannel(pair, alice, bob)[0].id).toBe(ours.id! + 2)
  })
})

describe('SECURITY 10: who gets our packets wanted them', () => {
  test('a victim whose address is signalled gets a few checks and never data', () => {
    const pair = createPair()
    const { alice, bob, link } = pair
    const victim = '203.0.113.77'
    const got: Uint8Array[] = []
    link.tap = ({ to, data }) => {
      if (to.address === victim) got.push(data)
    }
    alice.open()
    negotiate(pair, alice, bob)
    // Better than every real one, so that it is tried first.
    for (const end of [alice, bob])
      refused(
        end.peer.addIceCandidate(link.now, {
          candidate: `candidate:9 1 udp 2130706431 ${victim} 9 typ host`,
          sdpMid: '0',
        }),
      )
    link.runUntil(() => bob.incoming.length === 1)
    bob.incoming[0]!.send('x'.repeat(50_000))
    link.runFor(60_000)
    expect(got.every(isStun)).toBe(true)
    // Seven transmissions for each side at most (RFC 8489 §6.2.1).
    expect(got.length).toBeLessThanOrEqual(14)
  })

  test('when consent has expired, nothing more goes out: no data, no retransmission, no check', () => {
    const pair = connectedPair()
    const { alice, bob, link } = pair
    const [ours] = openChannel(pair, alice, bob)
    const isDeaf = ({ to }: { readonly to: { readonly address: string } }): boolean => to.address !== '10.0.0.1'
    link.passes = isDeaf
    const sentAt: number[] = []
    const since = link.now
    link.tap = ({ from }) => {
      if (from.address === '10.0.0.1') sentAt.push(link.now)
    }
    const write = (): void => {
      if (ours.readyState === 'open') ours.send('x'.repeat(2000))
      if (link.now < since + 120_000) link.after(1000, write)
    }
    write()
    link.runUntil(() => alice.transport.iceState === 'failed')
    const failedAt = link.now
    expect(failedAt - since).toBeLessThanOrEqual(30_000)
    link.runFor(120_000)
    // Answers to checks of the peer are no data; it has none of ours, and gives up too.
    expect(sentAt.filter((at) => at > failedAt)).toEqual([])
    expect(alice.transport.selectedPair).toBeUndefined()
    expect(bob.transport.iceState).toBe('failed')
  })

  test("an authenticated close takes consent back: nothing goes to the peer's address from then on", () => {
    const pair = connectedPair()
    const { alice, bob, link } = pair
    const [ours] = openChannel(pair, alice, bob)
    ours.send('x'.repeat(200_000))
    bob.close()
    link.runUntil(() => alice.transport.dtlsState === 'closed')
    const sent: Uint8Array[] = []
    link.tap = ({ data }) => sent.push(data)
    link.runFor(60_000)
    expect(sent).toEqual([])
    expect(alice.transport.iceState).toBe('failed')
  })
})

describe('SECURITY 13: a stream id is used again only after both directions were reset', () => {
  test('while the answer to our reset is on its way, a new channel has another id', () => {
    const pair = connectedPair({ rttMillis: 200 })
    const { alice, bob, link } = pair
    const [first, theirs] = openChannel(pair, alice, bob)
    const id = first.id!
    first.close()
    link.runFor(50)
    expect(alice.open().id).not.toBe(id)
    link.passes = ({ from }) => from.address !== '10.0.0.2'
    link.runFor(2000)
    expect(first.readyState).toBe('closing')
    expect(alice.open().id).not.toBe(id)
    link.passes = () => true
    link.runUntil(() => first.readyState === 'closed' && theirs.readyState === 'closed', { withinMillis: 60_000 })
    expect(alice.open().id).toBe(id)
  })
})

test('SECURITY 14: what a peer receives at most is known to the sender, and a larger one is not announced', () => {
  const pair = createPair({ bob: { maxMessageSizeBytes: 1000 } })
  pair.alice.open()
  expect(unwrap(pair.alice.peer.createOffer())).toContain('a=max-message-size:262144')
  negotiate(pair, pair.alice, pair.bob)
  pair.link.runUntil(() => pair.bob.incoming.length === 1)
  expect(pair.alice.peer.sctp?.maxMessageSizeBytes).toBe(1000)
  expect(pair.bob.peer.sctp?.maxMessageSizeBytes).toBe(262_144)
})
