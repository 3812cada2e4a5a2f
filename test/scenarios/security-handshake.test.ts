import { describe, expect, test } from 'vitest'
import { fingerprintOf, type FingerprintAlgorithm } from '../../src/crypto/index.js'
import { connectedPair, createPair, negotiate, openChannel, record, type Pair } from './support/connected-pair.js'
import { SDP_LIMITS } from '../../src/sdp/parse-sdp.js'
import { certificateOf } from './support/endpoint.js'
import type { Datagram } from './support/virtual-link.js'

const HANDSHAKE = 22
const APPLICATION_DATA = 23

/** A DTLS record of version 1.2, in plain text in epoch 0 (RFC 6347 §4.1). */
function dtlsRecord(type: number, epoch: number, sequence: number, fragment: Uint8Array): Uint8Array {
  const header = [type, 0xfe, 0xfd, epoch >> 8, epoch & 0xff, 0, 0, 0, 0, sequence >> 8, sequence & 0xff]
  return Uint8Array.of(...header, fragment.length >> 8, fragment.length & 0xff, ...fragment)
}

function expectConnects({ alice, bob, link }: Pair): void {
  link.runUntil(() => bob.incoming.length === 1)
  const [theirs] = bob.incoming
  theirs!.send('hello')
  link.runUntil(() => [...alice.channels.values()].some(({ messages }) => messages.includes('hello')))
  for (const end of [alice, bob]) expect(end.states('dtlsState')).toEqual(['connecting', 'connected'])
}

/** Both fail, and nothing above DTLS ever began. */
function expectRefused({ alice, bob, link }: Pair): void {
  const channel = [...alice.channels.values()][0]!
  link.runUntil(() => [alice, bob].every((end) => end.states('dtlsState').at(-1) === 'failed'))
  link.runFor(60_000)
  expect(record(channel).events).toEqual(['error', 'close'])
  expect(bob.incoming).toEqual([])
  for (const end of [alice, bob]) {
    expect(end.states('dtlsState')).toEqual(['connecting', 'failed'])
    expect(end.states('sctpState')).toEqual(['closed'])
    expect(end.transport.remoteCertificates).toEqual([])
  }
}

describe('SECURITY 1: DTLS counts from validated paths alone', () => {
  test("with the peer's own address forged, before its check: what is held is bounded, and it connects", () => {
    const pair = createPair({ rttMillis: 100, trickles: false })
    const { alice, bob, link } = pair
    alice.open()
    link.tap = ({ from, to, data }) => {
      // As soon as an address is known, and ahead of every check that comes from it.
      if (data[0]! > 3) return
      for (let i = 0; i < 20; i++) {
        const forged = dtlsRecord(HANDSHAKE, 0, i, new Uint8Array(200).fill(i))
        link.deliver({ from: to, to: from, data: forged })
        link.deliver({ from, to, data: forged })
      }
    }
    negotiate(pair, alice, bob, { trickles: false })
    expectConnects(pair)
    const dropped = alice.peer.counters['transport.earlyDtlsDropped'] ?? 0
    expect(dropped + (alice.peer.counters['transport.dtlsFromUnvalidatedPath'] ?? 0)).toBeGreaterThan(0)
  })

  test('a path that was validated in a generation that is gone is a path no more', () => {
    const pair = connectedPair()
    const { alice, bob, link } = pair
    openChannel(pair, alice, bob)
    const { local, to } = alice.transport.selectedPair!
    link.passes = () => false
    link.runUntil(() => alice.transport.iceState === 'failed')
    const before = alice.peer.counters['transport.dtlsFromUnvalidatedPath'] ?? 0
    link.deliver({ from: to, to: local, data: dtlsRecord(APPLICATION_DATA, 1, 9000, new Uint8Array(40)) })
    expect(alice.peer.counters['transport.dtlsFromUnvalidatedPath']).toBe(before + 1)
  })
})

describe("SECURITY 2: nothing before the peer's certificate has matched and proved its key", () => {
  const colons = /^a=fingerprint:sha-256 (.*)$/m

  test.each<[string, FingerprintAlgorithm]>([
    ['sha-224', 'sha-224'],
    ['SHA-384', 'sha-384'],
    ['sha-512', 'sha-512'],
  ])('a fingerprint in %s, the right one', (written, algorithm) => {
    const pair = createPair()
    pair.alice.open()
    const munge = (sdp: string): string => {
      const name = sdp.includes('a=setup:actpass') ? 'alice' : 'bob'
      return sdp.replace(colons, `a=fingerprint:${written} ${fingerprintOf(certificateOf(name).der, algorithm)}`)
    }
    negotiate(pair, pair.alice, pair.bob, { munge })
    expectConnects(pair)
  })

  test('several in several hashes: one that matches is enough, unknown hashes are passed over (RFC 8122 §5)', () => {
    const pair = createPair()
    pair.alice.open()
    const others = `a=fingerprint:sha-512 ${Array(64).fill('00').join(':')}\r\na=fingerprint:sha3-256 AA:BB\r\n`
    negotiate(pair, pair.alice, pair.bob, { munge: (sdp) => sdp.replace(colons, `${others}$&`) })
    expectConnects(pair)
  })

  test('several, none of which matches', () => {
    const pair = createPair()
    pair.alice.open()
    const wrong = ['sha-384', 'sha-512'] as const
    const lines = wrong.map((name) => `a=fingerprint:${name} ${fingerprintOf(certificateOf('mallory').der, name)}`)
    negotiate(pair, pair.alice, pair.bob, { munge: (sdp) => sdp.replace(colons, lines.join('\r\n')) })
    expectRefused(pair)
  })

  test.each(['alice', 'bob'] as const)("%s shows another's certificate without having its key", (name) => {
    const { der } = certificateOf(name)
    const thief = {
      ...certificateOf('mallory'),
      der,
      sign: certificateOf('mallory').sign.bind(certificateOf('mallory')),
    }
    const pair = createPair({ [name]: { certificates: [thief] } })
    pair.alice.open()
    negotiate(pair, pair.alice, pair.bob)
    expectRefused(pair)
  })
})

describe('SECURITY 3: no application data before the handshake is complete', () => {
  test('in plain text, and under keys that are not there: nothing of it is heard', () => {
    const pair = createPair({ rttMillis: 40 })
    const { alice, bob, link } = pair
    // A whole SCTP INIT, as the peer would send it (RFC 9260 §3.3.2).
    const init = Uint8Array.of(0x13, 0x88, 0x13, 0x88, ...new Uint8Array(8), 1, 0, 0, 20, 0, 0, 0, 7, 0, 2, 0, 0)
    let injected = 0
    link.tap = ({ from, to, data }: Datagram) => {
      if (data[0] !== HANDSHAKE) return
      for (const epoch of [0, 1]) {
        injected++
        link.after(1, () =>
          link.deliver({ from, to, data: dtlsRecord(APPLICATION_DATA, epoch, 1000 + injected, init) }),
        )
        link.after(21, () => link.deliver({ from, to, data: dtlsRecord(APPLICATION_DATA, epoch, 2000, init) }))
      }
    }
    alice.open()
    negotiate(pair, alice, bob)
    expectConnects(pair)
    expect(injected).toBeGreaterThan(4)
    for (const end of [alice, bob]) expect(end.peer.counters['dtls.plaintextData']).toBeGreaterThan(0)
  })

  test('what the peer sends with its Finished is kept, and heard after it', () => {
    // Alice is the server: bob's first packets overtake the end of his handshake.
    const pair = createPair({ rttMillis: 40 })
    const { alice, bob, link } = pair
    alice.open()
    link.passes = (datagram) => {
      const isLastFlight = datagram.from.address === '10.0.0.2' && datagram.data[0] === HANDSHAKE
      if (isLastFlight) link.after(60, () => link.deliver(datagram))
      return !isLastFlight
    }
    negotiate(pair, alice, bob)
    expectConnects(pair)
  })
})

describe('SECURITY 12: what a description may not do', () => {
  test('unknown attributes, hostile ones included, are never in what we say', () => {
    const pair = createPair()
    pair.alice.open()
    const strange = ['x-secret:42', 'tool:<script>', 'candidate:not one', 'crypto:1 AES_CM_128 inline:AAAA', 'fmtp:x y']
    const munge = (sdp: string): string =>
      sdp.replace(/^a=mid:.*$/m, (line) => [line, ...strange.map((text) => `a=${text}`)].join('\r\n')) + 'a=x-last\r\n'
    negotiate(pair, pair.alice, pair.bob, { munge })
    expectConnects(pair)
    negotiate(pair, pair.bob, pair.alice, { munge })
    for (const { peer } of [pair.alice, pair.bob]) {
      for (const text of [...strange, 'x-last']) expect(peer.localDescriptions.current!.sdp).not.toContain(text)
    }
  })

  test('lines and counts beyond any reason are refused, and the state is as before', () => {
    const pair = connectedPair()
    const { alice, bob, link } = pair
    const offer = bob.peer.createOffer()
    const sdp = offer.ok ? offer.value : ''
    const floods = [
      sdp + `a=x:${'y'.repeat(SDP_LIMITS.textLength)}\r\n`,
      sdp + 'a=x\r\n'.repeat(SDP_LIMITS.lines),
      sdp + sdp.slice(sdp.indexOf('m=')).repeat(SDP_LIMITS.mediaSections),
    ]
    for (const flood of floods) {
      expect(alice.peer.setRemoteDescription(link.now, 'offer', flood)?.kind).toBe('SdpSyntax')
      expect(alice.peer.signalingState).toBe('stable')
    }
    openChannel(pair, alice, bob)
  })
})
