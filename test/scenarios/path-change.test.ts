import { describe, expect, test } from 'vitest'
import { block, connectedPair, KiB, negotiate, openChannel, type Pair } from './support/connected-pair.js'

const RTT_MILLIS = 40
const [FIRST, SECOND] = ['10.0.0.1', '10.0.1.1']

/** Alice, who has two addresses, in the middle of sending to Bob. */
function transferring(): { pair: Pair; messages: readonly unknown[]; cut: (address: string) => void } {
  const pair = connectedPair({
    rttMillis: RTT_MILLIS,
    bytesPerMilli: 5000,
    queueBytes: 200_000,
    alice: { addresses: [FIRST, SECOND] },
  })
  const [ours, theirs] = openChannel(pair, pair.alice, pair.bob)
  for (let i = 0; i < 400; i++) ours.send(block(16 * KiB, i))
  pair.link.runUntil(() => theirs.messages.length > 40)
  const dead = new Set<string>()
  pair.link.passes = ({ from, to }) => !dead.has(from.address) && !dead.has(to.address)
  return { pair, messages: theirs.messages, cut: (address) => dead.add(address) }
}

function usedAddress({ alice }: Pair): string {
  return alice.transport.selectedPair!.local.address
}

/** Until more arrives than was there, from the moment that ICE sends over another pair. */
function roundTripsUntilData(pair: Pair, messages: readonly unknown[]): number {
  const { alice, link } = pair
  const before = alice.transport.selectedPair
  const isOther = () => {
    const now = alice.transport.selectedPair
    return now !== undefined && (now.socketId !== before?.socketId || now.to.port !== before.to.port)
  }
  link.runUntil(isOther, { withinMillis: 60_000 })
  const [at, count] = [link.now, messages.length]
  link.runUntil(() => messages.length > count)
  return (link.now - at) / RTT_MILLIS
}

describe('after an ICE restart that moves to another path', () => {
  test('in the middle of a transfer data flows again within two round trips, and nothing is lost', () => {
    const { pair, messages, cut } = transferring()
    cut(usedAddress(pair))
    negotiate(pair, pair.alice, pair.bob, { iceRestart: true })
    expect(roundTripsUntilData(pair, messages)).toBeLessThanOrEqual(2)
    pair.link.runUntil(() => messages.length === 400)
    expect(messages.map((message) => Buffer.from(message as Uint8Array).equals(block(16 * KiB, 0)))).toEqual(
      Array.from({ length: 400 }, (_, index) => index === 0),
    )
  })

  test('also when the former one has been dead for seconds, and T3-rtx has been doubled', () => {
    const { pair, messages, cut } = transferring()
    cut(usedAddress(pair))
    pair.link.runFor(4000)
    negotiate(pair, pair.alice, pair.bob, { iceRestart: true })
    expect(roundTripsUntilData(pair, messages)).toBeLessThanOrEqual(2)
    pair.link.runUntil(() => messages.length === 400)
  })

  test('what was learned of the former path does not fill the queue of the new one', () => {
    const { pair, messages, cut } = transferring()
    cut(usedAddress(pair))
    // A tenth of the rate: a window of the former path would overflow it at once.
    pair.link.options = { ...pair.link.options, bytesPerMilli: 500, queueBytes: 30_000 }
    negotiate(pair, pair.alice, pair.bob, { iceRestart: true })
    const before = pair.alice.peer.counters['sctp.chunksRetransmitted']!
    pair.link.runUntil(() => messages.length === 400)
    // The flight that died with the path, 300 packets at most, and what CUBIC needs to find the limits.
    expect(pair.alice.peer.counters['sctp.chunksRetransmitted']! - before).toBeLessThan(500)
    expect(pair.alice.peer.counters['sctp.retransmissionTimeouts']).toBeLessThanOrEqual(1)
  })
})
