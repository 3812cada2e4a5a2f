import { afterEach, describe, expect, test, vi } from 'vitest'
import { RecordLayer } from '../../src/dtls/record/record-layer.js'
import { capabilitiesOf } from '../../src/jsep/codecs/index.js'
import type { TransceiverInput } from '../../src/jsep/index.js'
import { Initialization } from '../../src/sctp/initialization.js'
import { CHUNK_DATA } from '../../src/sctp/packet/chunk-type.js'
import { createPair, refused, trickle, unwrap, type Pair } from './support/connected-pair.js'
import { Endpoint, certificateOf, seededCrypto } from './support/endpoint.js'

/**
 * The audio that a bundle began with is stopped. A browser then has another transport, with other sockets and associations, for
 * the channel that is left, under the certificate of before: here another endpoint plays it.
 */
function audio(mid: string | null, isStopping: boolean): TransceiverInput {
  return {
    key: 1,
    kind: 'audio',
    mid,
    isStopping,
    isStopped: false,
    direction: 'sendrecv',
    preferredCodecs: [],
    headerExtensions: capabilitiesOf('audio', 'receive').headerExtensions,
    streamIds: ['stream'],
    trackId: 'track',
    sendStreams: [{ ssrc: 1 }],
  }
}

const NEGOTIATED = { label: 'chat', negotiated: true, id: 1000 }

function offer({ peer, now }: Endpoint, transceiver: TransceiverInput): string {
  refused(peer.setLocalDescription(now, 'offer', unwrap(peer.createOffer({ transceivers: [transceiver] }))))
  return peer.localDescriptions.pending!.sdp
}

function answer({ peer, now }: Endpoint, sdp: string, transceivers: readonly TransceiverInput[]): string {
  refused(peer.setRemoteDescription(now, 'offer', sdp))
  refused(peer.setLocalDescription(now, 'answer', unwrap(peer.createAnswer({ transceivers }))))
  return peer.localDescriptions.current!.sdp
}

/** Alice and bob with a channel on the transport of their audio; and the sections of bob that comes after him. */
function bundled(by: 'alice' | 'bob' = 'alice') {
  const pair = createPair({ rttMillis: 20 })
  const { alice, bob, link, held } = pair
  const [ours, theirs] = [alice.open(NEGOTIATED), bob.open(NEGOTIATED)]
  const [offerer, answerer] = by === 'alice' ? [alice, bob] : [bob, alice]
  const first = answer(answerer, offer(offerer, audio(null, false)), [audio('0', false)])
  refused(offerer.peer.setRemoteDescription(offerer.now, 'answer', first))
  link.runUntil(() => ours.readyState === 'open' && theirs.readyState === 'open')
  ours.send('before')
  link.runUntil(() => theirs.messages.length === 1)
  const next = (): { readonly successor: Endpoint; readonly pair: Pair } => {
    const certificates = [certificateOf('bob')]
    const successor = new Endpoint('successor', link, {
      addresses: ['10.0.0.3'],
      crypto: seededCrypto(77),
      certificates,
    })
    const after: Pair = { alice, bob: successor, link, held }
    trickle(after)
    return { successor, pair: after }
  }
  return { alice, bob, link, ours, theirs, next }
}

/** Bob has said farewell, alice has sent something since, and who comes after him has answered. */
function succeeded() {
  const { alice, bob, link, ours, next } = bundled()
  const offered = offer(alice, audio('0', true))
  bob.close()
  link.runFor(100)
  ours.send('while there is nobody')
  const { successor } = next()
  const theirs = successor.open(NEGOTIATED)
  refused(alice.peer.setRemoteDescription(alice.now, 'answer', answer(successor, offered, [])))
  return { alice, link, ours, theirs, successor }
}

afterEach(() => vi.restoreAllMocks())

describe('a peer that begins another transport where the first section of a bundle is rejected', () => {
  test('its farewell, and then its answer: the channel is the same one, on other associations', () => {
    const { alice, link, ours, theirs } = succeeded()
    link.runUntil(() => theirs.messages.length === 1)
    theirs.send('here again')
    link.runUntil(() => ours.messages.length === 1)
    expect(theirs.messages).toEqual(['while there is nobody'])
    expect(ours.messages).toEqual(['here again'])
    expect(ours.log).toEqual(['open', 'message'])
    expect(alice.states('dtlsState')).toEqual(['connecting', 'connected', 'new', 'connecting', 'connected'])
    expect(alice.states('sctpState')).toEqual(['connected', 'connecting', 'connected'])
    expect(alice.transport.selectedPair?.remote.address).toBe('10.0.0.3')
  })

  test('it sends at once, by the INITs of the descriptions, which we have not begun with: all arrives, and once', () => {
    const { link, ours, theirs } = succeeded()
    link.runUntil(() => theirs.readyState === 'open')
    for (let i = 0; i < 20; i++) theirs.send(`${i}`)
    link.runFor(5000)
    expect(theirs.messages).toEqual(['while there is nobody'])
    expect(ours.messages).toEqual(Array.from({ length: 20 }, (_, i) => `${i}`))
  })

  test('it does so, and forgets what it has sent when we shake hands, as Chromium does: all arrives, and once', () => {
    const { begin } = Initialization.prototype
    vi.spyOn(Initialization.prototype, 'begin').mockImplementation(function (this: Initialization, now, exchanged) {
      begin.call(this, now, exchanged)
      if (exchanged !== undefined) this.heard(CHUNK_DATA) // whoever shakes hands after that is somebody else
    })
    const { link, ours, theirs, successor } = succeeded()
    link.runUntil(() => theirs.readyState === 'open')
    theirs.send('at once')
    link.runFor(5000)
    theirs.send('later')
    link.runFor(5000)
    expect(successor.peer.counters['sctp.restarts']).toBe(1)
    expect(theirs.messages).toEqual(['while there is nobody'])
    expect(ours.messages).toEqual(['at once', 'later'])
  })

  test('the keys of the former association are given back, by both', () => {
    const { alice, bob, link } = bundled()
    offer(alice, audio('0', true))
    const release = vi.spyOn(RecordLayer.prototype, 'release')
    bob.close()
    link.runFor(100)
    expect(alice.states('dtlsState')).toEqual(['connecting', 'connected', 'new'])
    expect(new Set(release.mock.contexts).size).toBe(2)
  })

  test.each(['alice', 'successor'] as const)('the roles are turned, and %s offers again: it stays as it is', (by) => {
    const { alice, bob, link, ours, next } = bundled('bob')
    expect(alice.transport.dtlsRole).toBe('client')
    const offered = offer(alice, audio('0', true))
    bob.close()
    link.runFor(100)
    const { successor } = next()
    const theirs = successor.open(NEGOTIATED)
    refused(alice.peer.setRemoteDescription(alice.now, 'answer', answer(successor, offered, [])))
    ours.send('after')
    link.runUntil(() => theirs.messages.length === 1)
    expect(alice.transport.dtlsRole).toBe('server')
    const [offerer, answerer] = by === 'alice' ? [alice, successor] : [successor, alice]
    const states = alice.states('dtlsState')
    for (const iceRestart of [false, true]) {
      refused(offerer.peer.setLocalDescription(link.now, 'offer', unwrap(offerer.peer.createOffer({ iceRestart }))))
      const answered = answer(answerer, offerer.peer.localDescriptions.pending!.sdp, [])
      expect(/a=setup:(\w+)/.exec(answered)![1]).toBe(by === 'alice' ? 'active' : 'passive')
      refused(offerer.peer.setRemoteDescription(link.now, 'answer', answered))
      link.runFor(1000)
    }
    ours.send('later')
    link.runUntil(() => theirs.messages.length === 2)
    expect(alice.states('dtlsState')).toEqual(states)
  })

  test('it goes, and nobody comes: five seconds after the answer the channel is closed', () => {
    const { alice, bob, link, ours } = bundled()
    const answered = answer(bob, offer(alice, audio('0', true)), [])
    refused(alice.peer.setRemoteDescription(alice.now, 'answer', answered))
    link.runFor(100)
    bob.close()
    link.runFor(4_900)
    expect(ours.readyState).toBe('open')
    link.runFor(300)
    expect(ours.log).toEqual(['open', 'error', 'close'])
    expect(alice.transport.dtlsState).toBe('closed')
  })

  test('it stays (RFC 9143 §7.5): nothing begins anew, and ten seconds later a farewell is one', () => {
    const { alice, bob, link, ours, theirs } = bundled()
    const answered = answer(bob, offer(alice, audio('0', true)), [])
    refused(alice.peer.setRemoteDescription(alice.now, 'answer', answered))
    link.runFor(10_100)
    ours.send('after')
    link.runUntil(() => theirs.messages.length === 2)
    expect(alice.states('dtlsState')).toEqual(['connecting', 'connected'])
    bob.close()
    link.runUntil(() => ours.readyState === 'closed')
    expect(alice.transport.dtlsState).toBe('closed')
  })
})
