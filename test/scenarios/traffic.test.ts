import { expect, test } from 'vitest'
import type { Endpoint } from './support/endpoint.js'
import { connectedPair, createPair, negotiate, openChannel, type Pair } from './support/connected-pair.js'

function selectedPair({ peer, transport }: Endpoint) {
  return peer.statistics(transport.id)!.ice.selected!
}

/** What goes over the link, connectivity checks left out. */
function count({ link }: Pair) {
  const seen = new Map<string, { packets: number; bytes: number }>()
  link.tap = ({ from, data }) => {
    if (data[0]! <= 3) return
    const before = seen.get(from.address) ?? { packets: 0, bytes: 0 }
    seen.set(from.address, { packets: before.packets + 1, bytes: before.bytes + data.length })
  }
  return seen
}

test('what is counted is what went over the wire', () => {
  const pair = createPair()
  const seen = count(pair)
  const { alice, bob, link } = pair
  alice.open()
  negotiate(pair, alice, bob)
  link.runUntil(() => bob.incoming.length === 1)
  const [ours, theirs] = openChannel(pair, alice, bob)
  for (let i = 0; i < 20; i++) ours.send('x'.repeat(5000))
  theirs.send('y')
  link.runUntil(() => theirs.messages.length === 20 && ours.messages.length === 1)
  link.runFor(1000)
  const fromAlice = seen.get('10.0.0.1')!
  const fromBob = seen.get('10.0.0.2')!
  expect(fromAlice.bytes).toBeGreaterThan(100_000)
  const expected = {
    packetsSent: fromAlice.packets,
    bytesSent: fromAlice.bytes,
    packetsReceived: fromBob.packets,
    bytesReceived: fromBob.bytes,
  }
  expect(alice.transport.traffic).toEqual(expected)
  expect(selectedPair(alice).counts).toMatchObject(expected)
  expect(bob.transport.traffic.bytesReceived).toBe(fromAlice.bytes)
})

test('another path has counts of its own; datagrams of strangers have none', () => {
  const pair = connectedPair({ alice: { addresses: ['10.0.0.1', '10.0.1.1'] } })
  const { alice, bob, link } = pair
  const [ours, theirs] = openChannel(pair, alice, bob)
  link.runFor(1000)
  const before = alice.transport.traffic
  const { local } = alice.transport.selectedPair!
  link.deliver({ from: { address: '203.0.113.9', port: 9 }, to: local, data: new Uint8Array(100).fill(23) })
  expect(alice.transport.traffic).toEqual(before)
  link.passes = ({ from, to }) => from.address !== local.address && to.address !== local.address
  link.runUntil(() => alice.transport.selectedPair!.local.address !== local.address)
  expect(selectedPair(alice).counts.packetsSent).toBeLessThan(5)
  ours.send('x'.repeat(10_000))
  link.runUntil(() => theirs.messages.length === 1)
  const { traffic } = alice.transport
  const { bytesSent } = selectedPair(alice).counts
  expect(bytesSent).toBeGreaterThan(10_000)
  expect(traffic.bytesSent).toBe(before.bytesSent + bytesSent)
})
