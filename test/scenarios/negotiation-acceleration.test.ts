/** a=sctp-init in descriptions (draft-hancke-tsvwg-snap): when it is said, what comes of it, and what does where it is not. */
import { describe, expect, test } from 'vitest'
import { isExchangeableInit } from '../../src/sctp/index.js'
import {
  createPair,
  negotiate,
  openChannel,
  refused,
  unwrap,
  type Pair,
  type PairOptions,
} from './support/connected-pair.js'
import type { Endpoint } from './support/endpoint.js'
import { transceiver } from './support/transceiver.js'

const INIT = /^a=sctp-init:(\S+)\r\n/m
const initOf = (sdp: string | undefined): string | undefined => INIT.exec(sdp ?? '')?.[1]
const without = (sdp: string): string => sdp.replace(INIT, '')
const saying = (value: string) => (sdp: string) => sdp.replace(INIT, `a=sctp-init:${value}\r\n`)
const onlyIn = (type: 'offer' | 'answer', alter: (sdp: string) => string) => (sdp: string) =>
  sdp.includes('a=setup:actpass') === (type === 'offer') ? alter(sdp) : sdp

const saidBy = ({ peer }: Endpoint) => initOf((peer.localDescriptions.pending ?? peer.localDescriptions.current)?.sdp)
/** Their handshakes, of either side; data that is sealed tells nothing, so they are asked. */
const roundTripsOf = (pair: Pair, munge?: (sdp: string) => string): number => {
  pair.alice.open()
  negotiate(pair, pair.alice, pair.bob, munge === undefined ? {} : { munge })
  const from = pair.link.now
  pair.link.runUntil(() => pair.bob.incoming.length > 0)
  return (pair.link.now - from) / pair.link.options.rttMillis
}

const pairOf = (options: PairOptions = {}) => createPair({ rttMillis: 100, ...options })
/** DTLS ends at the answerer two round trips after the answer, and half a one brings the channel; a handshake takes two more. */
const ACCELERATED = 2.5
const WITH_HANDSHAKE = 4.5

test('both say it: it is an INIT chunk of each, and no handshake is made', () => {
  const pair = pairOf()
  expect(roundTripsOf(pair)).toBe(ACCELERATED)
  const [ours, theirs] = [saidBy(pair.alice)!, saidBy(pair.bob)!]
  expect(ours).not.toBe(theirs)
  for (const init of [ours, theirs]) expect(isExchangeableInit(Buffer.from(init, 'base64'))).toBe(true)
  for (const end of [pair.alice, pair.bob]) {
    expect(end.states('sctpState')).toEqual(['connected'])
    const told = end.events.filter(({ type }) => ['dtlsState', 'sctpState', 'channel'].includes(type))
    expect(told.map((event) => (event.type === 'channel' ? event.event.type : event.type)).slice(0, 4)).toEqual([
      ...['dtlsState', 'dtlsState', 'sctpState'],
      end === pair.alice ? 'open' : 'channel',
    ])
  }
})

describe('there is a handshake', () => {
  test.each(['alice', 'bob'] as const)('where %s has it switched off, and then neither says it in the end', (who) => {
    const pair = pairOf({ [who]: { sctpNegotiationAcceleration: false } })
    expect(roundTripsOf(pair)).toBe(WITH_HANDSHAKE)
    expect(saidBy(pair.bob)).toBeUndefined()
    expect(saidBy(pair.alice) === undefined).toBe(who === 'alice')
  })

  test.each([
    ['is not there', without],
    ['is no base 64', saying('AQAAHols3R0AUAAA_____-B5ZR3AAAAEgAgABoLA')],
    ['is not padded', saying('AQAAHols3R0AUAAA/////+B5ZR3AAAAEgAgABoL')],
    ['is no INIT chunk', saying('Q29va2llTW9uc3Rlcg==')],
    ['is endless', saying('A'.repeat(10_000))],
    ['has no initiate tag', saying('AQAAHgAAAAAAUAAA/////+B5ZR3AAAAEgAgABoLA')],
  ])('SECURITY 20: where that of the offer %s: it is not answered', (_what, munge) => {
    const pair = pairOf()
    expect(roundTripsOf(pair, onlyIn('offer', munge))).toBe(WITH_HANDSHAKE)
    expect(saidBy(pair.bob)).toBeUndefined()
  })

  test('where the answer sends ours back, like all that it does not know', () => {
    const pair = pairOf({ bob: { sctpNegotiationAcceleration: false } })
    const echo = onlyIn('answer', (sdp) =>
      sdp.replace('a=max-message', `a=sctp-init:${saidBy(pair.alice)}\r\na=max-message`),
    )
    expect(roundTripsOf(pair, echo)).toBe(WITH_HANDSHAKE)
    // Nothing that the peer did not understand is said again.
    negotiate(pair, pair.alice, pair.bob)
    expect(saidBy(pair.alice)).toBeUndefined()
  })

  test.each([
    ['is not there', without],
    ['cannot be used', saying('Q29va2llTW9uc3Rlcg==')],
  ])('where that of the answer %s, although its sender presumes that there is none', (_what, munge) => {
    const pair = pairOf()
    expect(roundTripsOf(pair, onlyIn('answer', munge))).toBeLessThanOrEqual(WITH_HANDSHAKE + 1)
    const [ours, theirs] = openChannel(pair, pair.bob, pair.alice)
    ours.send('and back')
    pair.link.runUntil(() => theirs.messages.length === 1)
    expect([pair.alice, pair.bob].map((end) => end.states('sctpState'))).toEqual([['connected'], ['connected']])
  })
})

describe('later descriptions', () => {
  function connected(options: PairOptions = {}): Pair {
    const pair = pairOf(options)
    roundTripsOf(pair)
    return pair
  }

  test.each([false, true])('say the same, of either side, and channels go on (ICE restart: %s)', (iceRestart) => {
    const pair = connected()
    const { alice, bob, link } = pair
    const said = [saidBy(alice), saidBy(bob)]
    negotiate(pair, alice, bob, { iceRestart })
    expect([saidBy(alice), saidBy(bob)]).toEqual(said)
    negotiate(pair, bob, alice, { iceRestart })
    expect([saidBy(alice), saidBy(bob)]).toEqual(said)
    link.runFor(1000)
    expect([alice, bob].map((end) => end.states('sctpState'))).toEqual([['connected'], ['connected']])
    const [ours, theirs] = openChannel(pair, bob, alice)
    ours.send('goes on')
    link.runUntil(() => theirs.messages.length === 1)
  })

  test.each([
    ['say nothing', without],
    ['say something else', saying('AQAAHols3R0AUAAA/////+B5ZR3AAAAEgAgABoLA')],
  ])('that %s change nothing of what is up', (_what, munge) => {
    const pair = connected()
    const { alice, bob, link } = pair
    const said = saidBy(alice)
    negotiate(pair, alice, bob, { munge })
    negotiate(pair, bob, alice, { munge })
    link.runFor(1000)
    expect([alice, bob].map((end) => end.states('sctpState'))).toEqual([['connected'], ['connected']])
    negotiate(pair, alice, bob)
    expect(saidBy(alice)).toBe(said)
    expect(openChannel(pair, bob, alice)[1].readyState).toBe('open')
  })

  test('add none to an association that had its handshake', () => {
    const pair = pairOf()
    roundTripsOf(pair, without)
    negotiate(pair, pair.bob, pair.alice)
    expect([saidBy(pair.alice), saidBy(pair.bob)]).toEqual([undefined, undefined])
    const added = onlyIn('offer', (sdp) =>
      sdp.replace('a=max-message', 'a=sctp-init:AQAAHols3R0AUAAA/////+B5ZR3AAAAEgAgABoLA\r\na=max-message'),
    )
    negotiate(pair, pair.bob, pair.alice, { munge: added })
    expect(saidBy(pair.alice)).toBeUndefined()
    expect(openChannel(pair, pair.bob, pair.alice)[1].readyState).toBe('open')
  })

  test('an offer that was rolled back is made again with the same', () => {
    const pair = pairOf()
    const { alice } = pair
    alice.open()
    const offer = () => unwrap(alice.peer.createOffer())
    const first = initOf(offer())
    refused(alice.peer.setLocalDescription(alice.now, 'offer', offer()))
    expect(initOf(offer())).toBe(first)
    refused(alice.peer.setLocalDescription(alice.now, 'rollback', ''))
    expect(initOf(offer())).toBe(first)
    expect(first).toBeDefined()
    expect(roundTripsOf(pair)).toBeGreaterThanOrEqual(ACCELERATED)
  })

  test('offers that cross: the one that gives way answers with what it had offered', () => {
    const pair = pairOf()
    const { alice, bob, link } = pair
    for (const end of [alice, bob]) {
      end.open()
      refused(end.peer.setLocalDescription(end.now, 'offer', unwrap(end.peer.createOffer())))
    }
    const offered = saidBy(bob)
    refused(bob.peer.setRemoteDescription(bob.now, 'offer', alice.peer.localDescriptions.pending!.sdp))
    refused(bob.peer.setLocalDescription(bob.now, 'answer', unwrap(bob.peer.createAnswer())))
    expect(saidBy(bob)).toBe(offered)
    refused(alice.peer.setRemoteDescription(alice.now, 'answer', bob.peer.localDescriptions.current!.sdp))
    link.runUntil(() => alice.incoming.length === 1 && bob.incoming.length === 1)
  })

  test('a provisional answer is enough, and the final one changes nothing', () => {
    const pair = pairOf({ trickles: false })
    const { alice, bob, link } = pair
    alice.open()
    refused(alice.peer.setLocalDescription(alice.now, 'offer', unwrap(alice.peer.createOffer())))
    link.runFor(100)
    refused(bob.peer.setRemoteDescription(bob.now, 'offer', alice.peer.localDescriptions.pending!.sdp))
    refused(bob.peer.setLocalDescription(bob.now, 'pranswer', unwrap(bob.peer.createAnswer())))
    link.runFor(100)
    const provisional = bob.peer.localDescriptions.pending!.sdp
    refused(alice.peer.setRemoteDescription(alice.now, 'pranswer', provisional))
    link.runUntil(() => bob.incoming.length === 1)
    refused(bob.peer.setLocalDescription(bob.now, 'answer', unwrap(bob.peer.createAnswer())))
    expect(saidBy(bob)).toBe(initOf(provisional))
    refused(alice.peer.setRemoteDescription(alice.now, 'answer', bob.peer.localDescriptions.current!.sdp))
    link.runFor(1000)
    expect([alice, bob].map((end) => end.states('sctpState'))).toEqual([['connected'], ['connected']])
  })

  test('another DTLS association has its own association, and no handshake again', () => {
    const pair = pairOf()
    const { alice, bob, link } = pair
    const withId = (id: string) => (sdp: string) => sdp.replaceAll(/a=setup:/g, `a=tls-id:${id.repeat(20)}\r\na=setup:`)
    roundTripsOf(pair, withId('x'))
    negotiate(pair, alice, bob, { munge: withId('y'), iceRestart: true })
    link.runFor(1000)
    for (const end of [alice, bob]) expect(end.states('sctpState').slice(-2)).toEqual(['connecting', 'connected'])
    const [ours, theirs] = openChannel(pair, alice, bob)
    ours.send('over the new one')
    link.runUntil(() => theirs.messages.length === 1)
  })
})

describe('over a DTLS association that is up already', () => {
  /** Audio alone, as a call begins. */
  function call(): Pair & { readonly mediaOf: (mid: string | null) => ReturnType<typeof transceiver>[] } {
    const pair = pairOf({ rttMillis: 40, trickles: false })
    const mediaOf = (mid: string | null) => [transceiver(1, 'audio', mid)]
    exchange(pair, mediaOf(null), mediaOf('0'))
    pair.link.runUntil(() => [pair.alice, pair.bob].every((end) => end.transport.dtlsState === 'connected'))
    return { ...pair, mediaOf }
  }

  function exchange(
    { alice, bob, link }: Pair,
    ours: readonly ReturnType<typeof transceiver>[],
    theirs: readonly ReturnType<typeof transceiver>[],
    answerIsLateBy = 20,
  ): void {
    refused(alice.peer.setLocalDescription(alice.now, 'offer', unwrap(alice.peer.createOffer({ transceivers: ours }))))
    link.runFor(20)
    refused(bob.peer.setRemoteDescription(bob.now, 'offer', alice.peer.localDescriptions.pending!.sdp))
    refused(bob.peer.setLocalDescription(bob.now, 'answer', unwrap(bob.peer.createAnswer({ transceivers: theirs }))))
    link.runFor(answerIsLateBy)
    refused(alice.peer.setRemoteDescription(alice.now, 'answer', bob.peer.localDescriptions.current!.sdp))
  }

  test('the answerer sends before its answer is there: that is kept, and not asked for again', () => {
    const pair = call()
    const { alice, bob, link, mediaOf } = pair
    alice.open()
    bob.open()
    exchange(pair, mediaOf('0'), mediaOf('0'), 200)
    expect(bob.states('sctpState')).toEqual(['connected'])
    link.runFor(1)
    expect(alice.incoming).toHaveLength(1)
  })

  test('a section that was rejected and comes again has another one', () => {
    const pair = call()
    const { alice, bob, link, mediaOf } = pair
    alice.open()
    exchange(pair, mediaOf('0'), mediaOf('0'))
    link.runUntil(() => bob.incoming.length === 1)
    const first = [saidBy(alice), saidBy(bob)]
    // Bob's application takes the section away: port 0 (RFC 8841 §10.3).
    const rejected = (sdp: string) => sdp.replace(/m=application 9/, 'm=application 0')
    refused(
      bob.peer.setRemoteDescription(
        bob.now,
        'offer',
        rejected(unwrap(alice.peer.createOffer({ transceivers: mediaOf('0') }))),
      ),
    )
    refused(
      bob.peer.setLocalDescription(bob.now, 'answer', unwrap(bob.peer.createAnswer({ transceivers: mediaOf('0') }))),
    )
    link.runFor(100)
    expect([alice.peer.sctp?.state, bob.peer.sctp?.state]).toEqual(['closed', 'closed'])
    bob.open()
    const again = initOf(unwrap(bob.peer.createOffer({ transceivers: mediaOf('0') })))
    expect(again).toBeDefined()
    expect(first).not.toContain(again)
  })
})
