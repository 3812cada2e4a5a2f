import { describe, expect, test, vi } from 'vitest'
import { SctpAssociation } from '../../src/sctp/index.js'
import { connectedPair, openChannel } from './support/connected-pair.js'

/** What does not depend on the clock, and would be noticed as slowness otherwise. */
describe.each([true, false])('how many datagrams messages take (ordered: %s)', (ordered) => {
  test.each([
    // 1,152 bytes are left for chunks of 16 + 4 (I-DATA) + 100: nine of them.
    { what: 'small ones share packets', count: 900, bytes: 100, most: 100 },
    // 65,536 bytes in fragments of some 1,130.
    { what: 'large ones fill packets', count: 10, bytes: 65_536, most: 600 },
  ])('$what', ({ count, bytes, most }) => {
    const pair = connectedPair()
    const { alice, bob, link } = pair
    const [ours, theirs] = openChannel(pair, alice, bob, { ordered })
    ours.send('first, so that the peer knows the channel')
    link.runUntil(() => theirs.messages.length === 1)
    link.runFor(1000)
    const [before, answersBefore] = [alice.transport.traffic.packetsSent, bob.transport.traffic.packetsSent]
    for (let i = 0; i < count; i++) ours.send(new Uint8Array(bytes).fill(i))
    link.runUntil(() => theirs.messages.length === count + 1)
    link.runFor(1000)
    const packets = alice.transport.traffic.packetsSent - before
    const answers = bob.transport.traffic.packetsSent - answersBefore
    expect(packets).toBeLessThanOrEqual(most * 1.05)
    // RFC 9260 §6.2: one SACK for two packets, where they come one by one.
    expect(answers).toBeLessThanOrEqual(packets / 2 + 10)
  })
})

test('packets are assembled, sealed and opened in memory that is there', () => {
  const [written, read] = [new Set<ArrayBufferLike>(), new Set<ArrayBufferLike>()]
  const pair = connectedPair()
  const { alice, bob, link } = pair
  const [ours, theirs] = openChannel(pair, alice, bob)
  const { writeTransmit, receive } = SctpAssociation.prototype
  vi.spyOn(SctpAssociation.prototype, 'writeTransmit').mockImplementation(function (this: SctpAssociation, ...args) {
    written.add(args[1].buffer)
    return writeTransmit.apply(this, args)
  })
  vi.spyOn(SctpAssociation.prototype, 'receive').mockImplementation(function (this: SctpAssociation, ...args) {
    read.add(args[1].buffer)
    receive.apply(this, args)
  })
  let packets = 0
  link.tap = () => packets++
  for (let i = 0; i < 20; i++) ours.send(new Uint8Array(10_000))
  link.runUntil(() => theirs.messages.length === 20)
  vi.restoreAllMocks()
  expect(packets).toBeGreaterThan(180)
  expect(written.size).toBe(1)
  // One end opens with node:crypto, which has no other way than new memory for each; its packets are those of one end.
  expect(read.size).toBeLessThan(packets)
})
