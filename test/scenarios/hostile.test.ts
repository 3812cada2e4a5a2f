import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { connectedPair, createPair, negotiate, openChannel, type Pair } from './support/connected-pair.js'
import type { Datagram } from './support/virtual-link.js'

const FIRST_BYTES = [0, 1, 2, 3, 20, 21, 22, 23, 24, 63, 64, 79, 128, 191, 192, 255]
const anyPort = fc.integer({ min: 1, max: 65_535 })
const garbage = fc
  .tuple(fc.constantFrom(...FIRST_BYTES), fc.uint8Array({ maxLength: 300 }))
  .map(([first, rest]) => Uint8Array.of(first, ...rest))

/** A datagram that was seen on the wire, with a few bits turned, cut off or grown. */
function mutated(seen: readonly Datagram[]): fc.Arbitrary<Uint8Array> {
  return fc
    .record({
      which: fc.nat(seen.length - 1),
      flips: fc.array(fc.tuple(fc.nat(2000), fc.integer({ min: 1, max: 255 })), { maxLength: 4 }),
      cut: fc.nat(1500),
    })
    .map(({ which, flips, cut }) => {
      const bytes = seen[which]!.data.slice(0, cut < 1200 ? cut + 1 : undefined)
      for (const [at, mask] of flips) if (at < bytes.length) bytes[at]! ^= mask
      return bytes
    })
}

function expectAlive(pair: Pair, message: string): void {
  const [ours, theirs] = openChannel(pair, pair.alice, pair.bob)
  ours.send(message)
  pair.link.runUntil(() => theirs.messages.includes(message))
  ours.close()
  pair.link.runUntil(() => ours.readyState === 'closed' && theirs.readyState === 'closed')
}

describe('hostile datagrams', () => {
  test('garbage from anywhere, and from the very path, changes nothing', () => {
    const pair = connectedPair()
    const target = pair.bob.transport.selectedPair!.local
    const path = pair.bob.transport.selectedPair!.to
    const from = fc.oneof(fc.constant(path), fc.record({ address: fc.constant('203.0.113.9'), port: anyPort }))
    fc.assert(
      fc.property(fc.array(fc.tuple(from, garbage), { maxLength: 20 }), (datagrams) => {
        for (const [from, data] of datagrams) pair.link.deliver({ from, to: target, data })
        expect(pair.bob.transport.dtlsState).toBe('connected')
      }),
      { numRuns: 200 },
    )
    expectAlive(pair, 'alive')
  })

  test('datagrams of the connection itself, repeated and mangled, change nothing', () => {
    const pair = createPair()
    const seen: Datagram[] = []
    pair.link.tap = (datagram) => seen.push(datagram)
    pair.alice.open()
    negotiate(pair, pair.alice, pair.bob)
    pair.link.runUntil(() => pair.bob.incoming.length === 1)
    pair.link.tap = () => undefined
    const toBob = seen.filter(({ to }) => to.address === '10.0.0.2')
    fc.assert(
      fc.property(mutated(toBob), (data) => {
        pair.link.deliver({ ...toBob[0]!, data })
      }),
      { numRuns: 1000 },
    )
    for (const datagram of toBob) pair.link.deliver(datagram)
    expectAlive(pair, 'alive')
    expect(pair.bob.states('dtlsState')).toEqual(['connecting', 'connected'])
  })

  test('mangled datagrams while connecting: it connects all the same', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), (seed) => {
        const pair = createPair({ seed })
        pair.link.tap = ({ from, to, data }) => {
          if (!pair.link.random.chance(0.3)) return
          const bytes = data.slice()
          bytes[Math.floor(pair.link.random.next() * bytes.length)]! ^= 1 << Math.floor(pair.link.random.next() * 8)
          pair.link.after(1, () => pair.link.deliver({ from: { ...from, port: from.port + 1000 }, to, data: bytes }))
        }
        pair.alice.open()
        negotiate(pair, pair.alice, pair.bob)
        pair.link.runUntil(() => pair.bob.incoming.length === 1)
      }),
      { numRuns: 20 },
    )
  })

  test('SECURITY 1: DTLS from off the path, before and during the handshake, is not even looked at', () => {
    const pair = createPair()
    const { alice, bob, link } = pair
    const donor = createPair({ seed: 99 })
    const hellos: Uint8Array[] = []
    donor.link.tap = ({ data }) => {
      if (data[0] === 22) hellos.push(data)
    }
    donor.alice.open()
    negotiate(donor, donor.alice, donor.bob)
    donor.link.runUntil(() => donor.bob.incoming.length === 1)
    const alert = Uint8Array.of(21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 40)

    alice.open()
    const bombard = (): void => {
      for (const end of [alice, bob]) {
        const local = end.peer.transports[0]?.localCandidates[0]
        if (local === undefined) continue
        for (const from of [
          { address: '203.0.113.9', port: 4444 },
          { address: end === alice ? '10.0.0.2' : '10.0.0.1', port: 9999 },
        ])
          for (const data of [...hellos, alert]) link.deliver({ from, to: local, data })
      }
    }
    for (let i = 0; i < 40; i++) link.after(i * 5, bombard)
    negotiate(pair, alice, bob)
    link.runUntil(() => bob.incoming.length === 1)
    for (const end of [alice, bob]) {
      expect(end.states('dtlsState')).toEqual(['connecting', 'connected'])
      expect(end.peer.counters['transport.dtlsFromUnvalidatedPath']).toBeGreaterThan(0)
    }
  })
})

describe('addIceCandidate', () => {
  const good = 'candidate:1 1 udp 2122260223 10.0.0.9 5000 typ host'

  test('before there is a remote description', () => {
    const { alice } = createPair()
    expect(alice.peer.addIceCandidate(0, { candidate: good, sdpMid: '0' })?.kind).toBe('InvalidState')
  })

  test.each([
    ['a mid that is not there', { candidate: good, sdpMid: 'nope' }, 'Operation'],
    ['an index that is not there', { candidate: good, sdpMLineIndex: 7 }, 'Operation'],
    ['a fragment that is not there', { candidate: good, sdpMid: '0', usernameFragment: 'none' }, 'Operation'],
    ['what is no candidate', { candidate: 'candidate:nonsense', sdpMid: '0' }, 'Operation'],
    ['neither mid nor index', { candidate: good }, 'Type'],
  ])('refuses %s', (_, init, kind) => {
    const pair = connectedPair()
    const before = pair.alice.peer.remoteDescriptions.current!.sdp
    expect(pair.alice.peer.addIceCandidate(0, init)?.kind).toBe(kind)
    expect(pair.alice.peer.remoteDescriptions.current!.sdp).toBe(before)
  })

  test('takes a good one, and the end of them, and shows both', () => {
    const pair = connectedPair()
    const { peer } = pair.alice
    expect(peer.addIceCandidate(pair.link.now, { candidate: good, sdpMid: '0', sdpMLineIndex: 0 })).toBeUndefined()
    expect(peer.addIceCandidate(pair.link.now, { candidate: '' })).toBeUndefined()
    expect(peer.remoteDescriptions.current!.sdp).toContain(`a=${good}\r\n`)
    expect(peer.remoteDescriptions.current!.sdp).toContain('a=end-of-candidates')
    expect(pair.alice.transport.remoteCandidates.map(({ address }) => address)).toContain('10.0.0.9')
  })
})
