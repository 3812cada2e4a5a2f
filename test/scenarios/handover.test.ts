import { describe, expect, test } from 'vitest'
import {
  connectedPair,
  createPair,
  negotiate,
  openChannel,
  refused,
  trickle,
  unwrap,
  type Pair,
} from './support/connected-pair.js'
import { Endpoint, seededCrypto } from './support/endpoint.js'

/**
 * An exchange that another endpoint takes part in: other fingerprints and ICE credentials, so that a new DTLS association
 * begins (RFC 8842 §3.1), and with it a new SCTP association (RFC 8841 §9.3).
 */
describe('handover to another endpoint', () => {
  function withCarol(pair: Pair): { readonly carol: Endpoint; readonly next: Pair } {
    const { alice, link, held } = pair
    const carol = new Endpoint('carol', link, { addresses: ['10.0.0.3'], crypto: seededCrypto(77) })
    const next: Pair = { alice, bob: carol, link, held }
    trickle(next)
    return { carol, next }
  }

  test('an answer of another endpoint: DTLS, SCTP and channels begin anew, the transport stays', () => {
    const pair = connectedPair({ rttMillis: 40 })
    const { alice, bob, link } = pair
    const { carol, next } = withCarol(pair)
    const [ours, theirs] = openChannel(pair, alice, bob, { label: 'old' })
    const [before] = alice.transport.remoteCertificates
    const id = alice.transport.id
    negotiate(next, alice, carol)
    expect(alice.transport).toMatchObject({ id, dtlsState: 'new', remoteCertificates: [], selectedPair: undefined })
    expect(alice.peer.sctp).toMatchObject({ state: 'connecting', maxChannels: null })
    const fresh = carol.open({ label: 'new' })
    link.runUntil(() => fresh.readyState === 'open' && alice.incoming.length === 1)
    alice.incoming[0]!.send('hello again')
    link.runUntil(() => fresh.messages.includes('hello again'))
    expect(alice.states('dtlsState')).toEqual(['new', 'connecting', 'connected'])
    expect(alice.states('sctpState')).toEqual(['connecting', 'connected'])
    expect(alice.transport.remoteCertificates[0]).not.toEqual(before)
    expect(alice.transport.selectedPair?.remote.address).toBe('10.0.0.3')
    // The former peer is told: its channel, and ours to it, are closed.
    expect(ours.log).toEqual(['open', 'close'])
    expect(theirs.log).toEqual(['open', 'error', 'close'])
    expect(bob.transport.dtlsState).toBe('closed')
  })

  test('an offer of another endpoint, answered', () => {
    const pair = connectedPair({ rttMillis: 40 })
    const { alice, link } = pair
    const { carol, next } = withCarol(pair)
    const fresh = carol.open({ label: 'new' })
    negotiate(next, carol, alice)
    link.runUntil(() => fresh.readyState === 'open' && alice.incoming.length === 1)
    fresh.send('hello')
    link.runUntil(() => alice.incoming[0]!.messages.includes('hello'))
    expect(alice.states('dtlsState')).toEqual(['new', 'connecting', 'connected'])
    expect(alice.transport.selectedPair?.remote.address).toBe('10.0.0.3')
  })

  test('an offer of another endpoint that is rolled back changes nothing', () => {
    const pair = connectedPair({ rttMillis: 40 })
    const { alice, bob, link } = pair
    const { carol } = withCarol(pair)
    const [ours, theirs] = openChannel(pair, alice, bob)
    carol.open()
    const offer = unwrap(carol.peer.createOffer())
    refused(alice.peer.setRemoteDescription(link.now, 'offer', offer))
    link.runFor(100)
    refused(alice.peer.setRemoteDescription(link.now, 'rollback', ''))
    ours.send('still here')
    link.runUntil(() => theirs.messages.includes('still here'))
    expect(alice.states('dtlsState')).toEqual([])
  })

  test('channels that have not begun wait for the new association, under its DTLS role', () => {
    const pair = createPair({ rttMillis: 40 })
    const { alice, bob, link } = pair
    link.passes = () => false
    const inBand = alice.open({ label: 'in-band' })
    const agreed = alice.open({ label: 'agreed', negotiated: true, id: 8 })
    negotiate(pair, alice, bob)
    expect(inBand.id).toBe(1)
    link.passes = () => true
    const { carol, next } = withCarol(pair)
    const other = carol.open({ label: 'agreed', negotiated: true, id: 8 })
    negotiate(next, alice, carol)
    link.runUntil(() => inBand.readyState === 'open' && other.readyState === 'open' && carol.incoming.length === 1)
    expect(carol.incoming[0]!.parameters.label).toBe('in-band')
    other.send('both know')
    link.runUntil(() => agreed.messages.includes('both know'))
    expect(bob.states('dtlsState')).not.toContain('connected')
  })

  test('datagrams of the former peer change nothing any more', () => {
    const pair = connectedPair({ rttMillis: 40 })
    const { alice, bob, link } = pair
    const { carol, next } = withCarol(pair)
    const [, theirs] = openChannel(pair, alice, bob)
    const late: (() => void)[] = []
    link.passes = (datagram) => {
      if (datagram.from.address !== '10.0.0.2') return true
      late.push(() => link.deliver(datagram))
      return false
    }
    for (let i = 0; i < 10; i++) theirs.send(`late ${i} `.padEnd(1000))
    negotiate(next, alice, carol)
    const fresh = carol.open()
    for (let i = 1; i < 20; i++) link.after(i * 10, () => late.forEach((deliver) => deliver()))
    link.runUntil(() => fresh.readyState === 'open' && alice.incoming.length === 1)
    expect(late.length).toBeGreaterThan(5)
    expect(alice.states('dtlsState')).toEqual(['new', 'connecting', 'connected'])
    expect(alice.incoming[0]!.messages).toEqual([])
  })

  test('nothing of the handshake with the new peer goes to the former one', () => {
    const pair = connectedPair({ rttMillis: 40 })
    const { alice, link } = pair
    const { carol, next } = withCarol(pair)
    const toBob: number[] = []
    negotiate(next, alice, carol)
    link.tap = ({ to, data }) => {
      if (to.address === '10.0.0.2') toBob.push(data[0]!)
    }
    const fresh = carol.open()
    link.runUntil(() => fresh.readyState === 'open')
    expect(toBob.filter((first) => first === 22)).toEqual([])
  })

  test('one handover upon another, before the first has connected', () => {
    const pair = connectedPair({ rttMillis: 40 })
    const { alice, bob, link, held } = pair
    const { carol, next } = withCarol(pair)
    negotiate(next, alice, carol)
    const dave = new Endpoint('dave', link, { addresses: ['10.0.0.4'], crypto: seededCrypto(78) })
    const last: Pair = { alice, bob: dave, link, held }
    trickle(last)
    link.passes = ({ from, to }) => ![from.address, to.address].includes('10.0.0.3')
    negotiate(last, alice, dave)
    const fresh = dave.open()
    link.runUntil(() => fresh.readyState === 'open' && alice.incoming.length === 1)
    expect(alice.states('dtlsState').slice(-3)).toEqual(['new', 'connecting', 'connected'])
    expect(carol.states('dtlsState')).not.toContain('connected')
    expect(bob.transport.dtlsState).toBe('closed')
  })

  test('after the former peer closed', () => {
    const pair = connectedPair({ rttMillis: 40 })
    const { alice, bob, link } = pair
    bob.close()
    link.runUntil(() => alice.transport.dtlsState === 'closed')
    const { carol, next } = withCarol(pair)
    negotiate(next, alice, carol)
    const fresh = carol.open()
    link.runUntil(() => fresh.readyState === 'open' && alice.incoming.length === 1)
    expect(alice.states('dtlsState')).toEqual(['closed', 'new', 'connecting', 'connected'])
    expect(alice.states('sctpState')).toEqual(['closed', 'connecting', 'connected'])
  })
})
