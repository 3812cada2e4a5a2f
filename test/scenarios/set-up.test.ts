import { describe, expect, test } from 'vitest'
import { createPair, negotiate, type PairOptions } from './support/connected-pair.js'

// What a set-up costs, counted: how fast it is depends on the machine, how many round trips and datagrams it takes does not.

type Kind = 'check' | 'handshake' | 'sctp'

const HANDSHAKE_RECORDS = [20, 22]

/** From the answer on, until the first channel is there at the answerer. */
function setUp(rttMillis: number, options: Omit<PairOptions, 'rttMillis'> = {}) {
  const pair = createPair({ ...options, rttMillis })
  const { alice, bob, link } = pair
  const datagrams: { readonly kind: Kind; readonly bytes: number }[] = []
  let firstAt = Infinity
  link.tap = ({ data }) => {
    firstAt = Math.min(firstAt, link.now)
    const isHandshake = HANDSHAKE_RECORDS.includes(data[0]!)
    datagrams.push({ kind: data[0]! < 4 ? 'check' : isHandshake ? 'handshake' : 'sctp', bytes: data.length })
  }
  alice.open()
  negotiate(pair, alice, bob)
  link.runUntil(() => bob.incoming.length === 1)
  const of = (kind: Kind) => datagrams.filter((datagram) => datagram.kind === kind)
  return { of, datagrams, roundTrips: (link.now - firstAt) / rttMillis }
}

describe('from the first check to the first channel', () => {
  test('no more datagrams than it needs', () => {
    const { of, datagrams } = setUp(20)
    expect(of('check')).toHaveLength(6) // a check each way, a nomination, and the answers
    expect(of('handshake')).toHaveLength(4) // RFC 6347 without HelloVerifyRequest, a datagram for each flight
    expect(of('sctp')).toHaveLength(2) // OPEN, and ACK with the SACK
    expect(datagrams.length).toBeLessThanOrEqual(12)
  })

  test('with two addresses of each side one pair is checked: the other waits its turn, which does not come', () => {
    const both = { alice: { addresses: ['10.0.0.1', 'fd00::1'] }, bob: { addresses: ['10.0.0.2', 'fd00::2'] } }
    expect(setUp(20, both).of('check')).toHaveLength(6)
  })

  test('flights of the handshake fit one datagram each', () => {
    const bytes = setUp(20)
      .of('handshake')
      .map((datagram) => datagram.bytes)
    expect(Math.max(...bytes)).toBeLessThan(700)
    expect(bytes.reduce((sum, more) => sum + more)).toBeLessThan(1500)
  })

  test.each([2, 20, 200])('round trips and nothing else: no timer is waited for (%d ms)', (rttMillis) => {
    // A check and the handshake's two, half of which the checks share, and half a one for the channel. SCTP has no handshake of its own.
    expect(setUp(rttMillis).roundTrips).toBeLessThanOrEqual(3)
  })
})
