import { describe, expect, test } from 'vitest'
import { connectedPair, createPair, negotiate, openChannel, type Pair } from './support/connected-pair.js'
import type { Datagram } from './support/virtual-link.js'

/** The datagrams that close() puts on the wire. */
function lastWords(pair: Pair): Datagram[] {
  const sent: Datagram[] = []
  pair.link.tap = (datagram) => sent.push(datagram)
  pair.alice.close()
  pair.link.tap = () => undefined
  return sent
}

describe('closing a connection', () => {
  test('P4, P5: ABORT and close_notify, and the peer knows within a round trip', () => {
    const pair = connectedPair({ rttMillis: 100 })
    const [ours, theirs] = openChannel(pair, pair.alice, pair.bob)
    const { alice, bob, link } = pair
    const closedAt = link.now
    const words = lastWords(pair)
    // Application data, then an alert (RFC 6347 §4.1).
    expect(words.map(({ data }) => data[0])).toEqual([23, 21])
    expect(ours.log).toEqual(['open'])
    link.runUntil(() => bob.states('iceState').includes('disconnected'))
    expect(link.now - closedAt).toBeLessThanOrEqual(100)
    expect(theirs.log).toEqual(['open', 'error', 'close'])
    expect(theirs.error).toMatchObject({ code: 'sctp.abort', details: { sctpCauseCode: 12 } })
    expect(bob.states('sctpState')).toEqual(['closed'])
    expect(bob.states('dtlsState')).toEqual(['closed'])
    expect(bob.transport.dtlsState).toBe('closed')
    expect(alice.peer.signalingState).toBe('closed')
    expect(alice.transport).toMatchObject({ iceState: 'closed', dtlsState: 'closed' })
    expect(alice.peer.sctp?.state).toBe('closed')
  })

  test.each([
    ['ABORT', 0, 12],
    ['close_notify', 1, 12],
  ])('P5: the %s is lost: the other says it all', (_, lost) => {
    const pair = connectedPair({ rttMillis: 100 })
    const [, theirs] = openChannel(pair, pair.alice, pair.bob)
    let index = 0
    pair.link.passes = ({ from }) => from.address !== '10.0.0.1' || index++ !== lost
    pair.alice.close()
    pair.link.runUntil(() => theirs.readyState === 'closed', { withinMillis: 100 })
    expect(theirs.log).toEqual(['open', 'error', 'close'])
    expect(pair.bob.states('dtlsState')).toEqual(lost === 0 ? ['closed'] : [])
  })

  test('P5: they overtake each other', () => {
    const pair = connectedPair({ rttMillis: 100 })
    const [, theirs] = openChannel(pair, pair.alice, pair.bob)
    const held: Datagram[] = []
    pair.link.passes = (datagram) => {
      if (datagram.from.address === '10.0.0.1') held.push(datagram)
      return datagram.from.address !== '10.0.0.1'
    }
    pair.alice.close()
    for (const datagram of held.reverse()) pair.link.deliver(datagram)
    pair.link.runUntil(() => theirs.readyState === 'closed')
    expect(theirs.log).toEqual(['open', 'error', 'close'])
    expect(pair.bob.states('dtlsState')).toEqual(['closed'])
  })

  test('both at once', () => {
    const pair = connectedPair()
    openChannel(pair, pair.alice, pair.bob)
    pair.alice.close()
    pair.bob.close()
    const before = pair.link.datagramsSent
    pair.link.runFor(120_000)
    expect(pair.link.datagramsSent).toBe(before)
    expect([pair.alice.nextTimeout(), pair.bob.nextTimeout()]).toEqual([Infinity, Infinity])
  })

  test.each([0, 1, 5, 15, 25, 35, 45, 55, 65, 75])(
    'P1, P7: %i ms into the connection; nothing is told after',
    (millis) => {
      const pair = createPair({ rttMillis: 20 })
      pair.alice.open()
      negotiate(pair, pair.alice, pair.bob)
      pair.link.runFor(millis)
      pair.alice.events.length = 0
      pair.alice.close()
      pair.alice.close()
      pair.link.runFor(60_000)
      expect(pair.alice.events.map((event) => event.type)).toEqual(['release'])
      expect(pair.alice.nextTimeout()).toBe(Infinity)
      expect(pair.alice.peer.createOffer()).toMatchObject({ ok: false, error: { kind: 'InvalidState' } })
      for (const channel of pair.bob.incoming) expect(channel.log.slice(-2)).toEqual(['error', 'close'])
      // Closed where it was connected; failed where the handshake never ends; or ICE says that nobody is there.
      expect(['closed', 'failed']).toContain(pair.bob.states('dtlsState').at(-1) ?? pair.bob.states('iceState').at(-1))
    },
  )

  test('before there is anything to close', () => {
    const pair = createPair()
    pair.alice.close()
    expect(pair.alice.peer.pollEvent()).toBeUndefined()
    expect(pair.link.datagramsSent).toBe(0)
    expect(pair.alice.peer.signalingState).toBe('closed')
  })

  test('a peer that vanishes: disconnected, then failed; channels stay until the application closes', () => {
    const pair = connectedPair()
    const [ours] = openChannel(pair, pair.alice, pair.bob)
    pair.bob.vanish()
    pair.link.runUntil(() => pair.alice.states('iceState').at(-1) === 'disconnected', { withinMillis: 10_000 })
    pair.link.runUntil(() => pair.alice.states('iceState').at(-1) === 'failed', { withinMillis: 60_000 })
    const before = pair.link.datagramsSent
    ours.send('into the void')
    pair.link.runFor(10_000)
    // RFC 7675 §5.1: without consent nothing is sent.
    expect(pair.link.datagramsSent).toBe(before)
    pair.alice.close()
    expect(pair.alice.nextTimeout()).toBe(Infinity)
  })
})
