import { describe, expect, test } from 'vitest'
import { connectedPair, negotiate, openChannel, refused, unwrap } from './support/connected-pair.js'

const DIRECTIONS = [
  ['alice', 'bob'],
  ['bob', 'alice'],
] as const

describe('ICE restart', () => {
  test.each(DIRECTIONS)('%s restarts: new parameters on both sides, the same DTLS and channels', (one, other) => {
    const pair = connectedPair({ rttMillis: 40 })
    const [ours, theirs] = openChannel(pair, pair[one], pair[other])
    const before = [pair.alice, pair.bob].map((end) => end.transport.localParameters?.usernameFragment)
    expect(pair[one].peer.needsNegotiation([])).toBe(false)
    pair[one].peer.restartIce()
    expect(pair[one].peer.needsNegotiation([])).toBe(true)
    for (let i = 0; i < 50; i++) ours.send(`during ${i}`)
    negotiate(pair, pair[one], pair[other])
    expect(pair[one].peer.needsNegotiation([])).toBe(false)
    pair.link.runUntil(() => pair[one].events.some((event) => event.type === 'selectedPair'))
    ours.send('after')
    pair.link.runUntil(() => theirs.messages.includes('after'))
    pair.link.runFor(1000)
    expect(theirs.messages).toHaveLength(51)
    const after = [pair.alice, pair.bob].map((end) => end.transport.localParameters?.usernameFragment)
    expect(after[0]).not.toBe(before[0])
    expect(after[1]).not.toBe(before[1])
    for (const end of [pair.alice, pair.bob]) {
      expect(['connected', 'completed']).toContain(end.transport.iceState)
      expect(end.states('dtlsState')).toEqual([])
      expect(end.transport.selectedPair).toBeDefined()
    }
  })

  test('createOffer({ iceRestart: true }) ten minutes after the path was lost: nothing is lost on the channels', () => {
    const pair = connectedPair({ rttMillis: 40 })
    const [ours, theirs] = openChannel(pair, pair.alice, pair.bob)
    pair.link.passes = () => false
    ours.send('waits')
    pair.link.runUntil(() => pair.alice.transport.iceState === 'failed' && pair.bob.transport.iceState === 'failed', {
      withinMillis: 60_000,
    })
    pair.link.runFor(600_000)
    pair.link.passes = () => true
    negotiate(pair, pair.alice, pair.bob, { iceRestart: true })
    pair.link.runUntil(() => theirs.messages.includes('waits'), { withinMillis: 120_000 })
    expect(theirs.readyState).toBe('open')
  })

  test('a restart that is rolled back, by either side, changes nothing', () => {
    const pair = connectedPair()
    const { alice, bob, link } = pair
    const [ours, theirs] = openChannel(pair, alice, bob)
    const before = [alice, bob].map((end) => end.transport.remoteParameters)
    refused(alice.peer.setLocalDescription(alice.now, 'offer', unwrap(alice.peer.createOffer({ iceRestart: true }))))
    refused(bob.peer.setRemoteDescription(bob.now, 'offer', alice.peer.localDescriptions.pending!.sdp))
    link.runFor(200)
    refused(bob.peer.setRemoteDescription(bob.now, 'rollback', ''))
    refused(alice.peer.setLocalDescription(alice.now, 'rollback', ''))
    link.runFor(40_000)
    expect([alice, bob].map((end) => end.transport.remoteParameters)).toEqual(before)
    ours.send('still here')
    link.runUntil(() => theirs.messages.includes('still here'))
    expect(['connected', 'completed']).toContain(alice.transport.iceState)
    expect(['connected', 'completed']).toContain(bob.transport.iceState)
  })
})
