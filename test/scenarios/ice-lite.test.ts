import { describe, expect, test } from 'vitest'
import type { TurnServer } from '../../src/ice/types.js'
import { parseStunMessage, USE_CANDIDATE, hasAttribute } from '../../src/stun/index.js'
import { connectedPair, createPair, negotiate, openChannel, type Pair } from './support/connected-pair.js'
import type { Endpoint } from './support/endpoint.js'
import type { Datagram } from './support/virtual-link.js'

const lite = { iceLite: true }
const STUN_SERVER = { address: '198.51.100.1', port: 3478, url: 'stun:stun.example' }
const TURN_SERVER: TurnServer = {
  ...{ address: '198.51.100.2', port: 3478, url: 'turn:turn.example', serverName: 'turn.example' },
  ...{ username: 'user', password: 'password' },
  protocol: 'udp',
}
const END_OF = { alice: '10.0.0.1', bob: '10.0.0.2' } as const

/** The STUN requests and indications that an end sends. */
function asked(pair: Pair, end: keyof typeof END_OF): Datagram[] {
  const seen: Datagram[] = []
  const { tap } = pair.link
  pair.link.tap = (datagram) => {
    tap(datagram)
    const message = parseStunMessage(datagram.data)
    const asks = message?.class === 'request' || message?.class === 'indication'
    if (asks && datagram.from.address === END_OF[end]) seen.push(datagram)
  }
  return seen
}

function askServers(end: Endpoint): void {
  const onEvent = end.onEvent
  end.onEvent = (event) => {
    onEvent(event)
    if (event.type !== 'gather') return
    end.peer.addStunServer(end.now, event.transportId, STUN_SERVER)
    end.peer.addTurnServer(end.now, event.transportId, TURN_SERVER)
  }
}

const isUp = ({ transport }: Endpoint): boolean => ['connected', 'completed'].includes(transport.iceState)

describe.each([
  ['offers', 'alice'],
  ['answers', 'bob'],
] as const)('a lite agent that %s, and a full one', (_, which) => {
  const other = which === 'alice' ? 'bob' : 'alice'

  test('says what it is, sends no check and asks no server, is controlled, and uses what the peer nominates', () => {
    const pair = createPair({ [which]: lite })
    const { alice, bob, link } = pair
    askServers(pair[which])
    const requests = asked(pair, which)
    const nominations = asked(pair, other)
    alice.open()
    negotiate(pair, alice, bob)
    expect(pair[which].peer.localDescriptions.current!.sdp).toContain('a=ice-lite\r\n')
    expect(pair[other].peer.localDescriptions.current!.sdp).not.toContain('a=ice-lite')
    link.runUntil(() => alice.peer.sctp?.state === 'connected' && bob.peer.sctp?.state === 'connected')
    expect(pair[which].transport.iceRole).toBe('controlled')
    expect(pair[other].transport.iceRole).toBe('controlling')
    expect(pair[which].transport.localCandidates.map(({ type, protocol }) => `${type} ${protocol}`)).toEqual([
      'host udp',
    ])
    expect(pair[which].peer.counters).not.toHaveProperty('ice.roleChanges')
    expect(nominations.some(({ data }) => hasAttribute(parseStunMessage(data)!, USE_CANDIDATE))).toBe(true)
    link.runFor(120_000)
    expect(requests).toEqual([])
    expect([isUp(alice), isUp(bob)]).toEqual([true, true])
  })

  test('the peer falls silent: disconnected, then failed after the 30 s of RFC 7675, and nothing is sent any more', () => {
    const pair = connectedPair({ [which]: lite })
    const [channel] = openChannel(pair, pair[which], pair[other])
    const end = pair[which]
    pair.link.runFor(20_000)
    const lastAsked = pair.link.now
    pair[other].vanish()
    pair.link.runUntil(() => end.transport.iceState === 'failed', { withinMillis: 31_000 })
    expect(end.states('iceState')).toEqual(['disconnected', 'failed'])
    expect(pair.link.now - lastAsked).toBeGreaterThan(23_000)
    channel.send('to nobody')
    let sent = 0
    pair.link.tap = ({ from }) => (sent += from.address === END_OF[which] ? 1 : 0)
    pair.link.runFor(60_000)
    expect(sent).toBe(0)
  })

  test('an outage shorter than consent: nothing is lost', () => {
    const pair = connectedPair({ [which]: lite })
    const [ours, theirs] = openChannel(pair, pair[which], pair[other])
    pair.link.passes = () => false
    ours.send('waits')
    pair.link.runFor(22_000)
    expect(pair[which].transport.iceState).toBe('disconnected')
    pair.link.passes = () => true
    pair.link.runUntil(() => theirs.messages.includes('waits'))
    pair.link.runFor(10_000)
    expect(isUp(pair[which])).toBe(true)
  })

  test.each(['alice', 'bob'] as const)('%s restarts ICE: still no check, and nothing is lost', (one) => {
    const pair = connectedPair({ [which]: lite, lossRatio: 0.1, seed: 7 })
    const requests = asked(pair, which)
    const [ours, theirs] = openChannel(pair, pair[which], pair[other])
    const before = pair[which].transport.remoteParameters
    for (let i = 0; i < 50; i++) ours.send(`during ${i}`)
    negotiate(pair, pair[one], one === 'alice' ? pair.bob : pair.alice, { iceRestart: true })
    pair.link.runUntil(() => pair[which].events.some(({ type }) => type === 'selectedPair'))
    ours.send('after')
    pair.link.runUntil(() => theirs.messages.includes('after'))
    expect(theirs.messages).toHaveLength(51)
    expect(pair[which].transport.remoteParameters).not.toEqual(before)
    expect(pair[which].transport.iceRole).toBe('controlled')
    expect(requests).toEqual([])
  })

  test('closing reaches the other side', () => {
    const pair = connectedPair({ [which]: lite })
    pair[which].close()
    pair.link.runUntil(() => pair[other].transport.dtlsState === 'closed')
  })
})

describe('two lite agents', () => {
  test('who offers controls; both use the best pair of theirs, and nobody checks', () => {
    const pair = createPair({
      alice: { ...lite, addresses: ['10.0.0.1', '10.0.1.1'] },
      bob: { ...lite, addresses: ['10.0.0.2', '10.0.1.2'] },
    })
    const requests = [asked(pair, 'alice'), asked(pair, 'bob')]
    const { alice, bob, link } = pair
    alice.open()
    negotiate(pair, alice, bob)
    link.runUntil(() => alice.peer.sctp?.state === 'connected' && bob.peer.sctp?.state === 'connected')
    expect([alice.transport.iceRole, bob.transport.iceRole]).toEqual(['controlling', 'controlled'])
    const { local, remote } = alice.transport.selectedPair!
    const theirs = bob.transport.selectedPair!
    expect([theirs.remote.address, theirs.local.address]).toEqual([local.address, remote.address])
    link.runFor(120_000)
    expect(requests).toEqual([[], []])
    expect([isUp(alice), isUp(bob)]).toEqual([true, true])
    alice.close()
    link.runUntil(() => bob.transport.dtlsState === 'closed')
  })

  test.each(['alice', 'bob'] as const)('%s restarts ICE, and nothing is lost', (one) => {
    const pair = connectedPair({ alice: lite, bob: lite })
    const [ours, theirs] = openChannel(pair, pair.alice, pair.bob)
    for (let i = 0; i < 50; i++) ours.send(`during ${i}`)
    negotiate(pair, pair[one], one === 'alice' ? pair.bob : pair.alice, { iceRestart: true })
    pair.link.runUntil(() => pair.alice.events.some(({ type }) => type === 'selectedPair'))
    ours.send('after')
    pair.link.runUntil(() => theirs.messages.includes('after'))
    expect(theirs.messages).toHaveLength(51)
  })
})

test('a full agent that has not read that we are lite, and would be controlled, is told to control', () => {
  const pair = createPair({ alice: lite })
  const { alice, bob, link } = pair
  alice.open()
  negotiate(pair, alice, bob, { munge: (sdp) => sdp.replace('a=ice-lite\r\n', '') })
  link.runUntil(() => alice.peer.sctp?.state === 'connected' && bob.peer.sctp?.state === 'connected')
  expect([alice.transport.iceRole, bob.transport.iceRole]).toEqual(['controlled', 'controlling'])
})
