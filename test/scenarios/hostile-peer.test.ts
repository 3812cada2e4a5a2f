import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { writeDataChannelOpen } from '../../src/datachannel/data-channel-open.js'
import { SctpAssociation } from '../../src/sctp/index.js'
import { connectedPair, openChannel, type Pair } from './support/connected-pair.js'

/**
 * A peer that we trust to be who it is, and not to mean well: alice, with a hand on her association. What she sends is
 * sealed by DTLS, so that bob's SCTP and channels really see it.
 */
class Mallory {
  readonly pair: Pair
  /** Whole SCTP packets that go out before her own. */
  readonly packets: Uint8Array[] = []
  /** Her own, as they went out. */
  readonly seen: Uint8Array[] = []
  #association: SctpAssociation | undefined

  constructor(pair: Pair) {
    this.pair = pair
    const { packets, seen } = this
    const writeTransmit = SctpAssociation.prototype.writeTransmit
    const remember = (association: SctpAssociation): void => {
      this.#association ??= association
    }
    const isHers = (association: SctpAssociation): boolean => this.#association === association
    let isAliceDraining = false
    const drain = pair.alice.drain.bind(pair.alice)
    pair.alice.drain = () => {
      isAliceDraining = true
      drain()
      isAliceDraining = false
    }
    const spy = vi.spyOn(SctpAssociation.prototype, 'writeTransmit')
    spy.mockImplementation(function (this: SctpAssociation, now, memory, at) {
      if (isAliceDraining) remember(this)
      const own = isHers(this) ? packets.shift() : undefined
      if (own !== undefined) memory.set(own, at)
      const length = own?.length ?? writeTransmit.call(this, now, memory, at)
      if (own === undefined && length > 0 && isHers(this)) seen.push(memory.slice(at, at + length))
      return length
    })
    pair.link.runFor(1)
  }

  get association(): SctpAssociation {
    return this.#association!
  }
}

afterEach(() => {
  vi.restoreAllMocks()
})

/** Whatever happened, bob ends cleanly: every channel is closed once, nothing is left to do. */
function expectClean({ bob, link }: Pair): void {
  link.runFor(10_000)
  bob.close()
  link.runFor(10_000)
  expect(bob.nextTimeout()).toBe(Infinity)
  for (const channel of bob.incoming) {
    expect(channel.log.filter((event) => event === 'close').length).toBeLessThanOrEqual(1)
    expect(channel.log.indexOf('close')).toBe(channel.log.includes('close') ? channel.log.length - 1 : -1)
  }
}

describe('a peer that means harm', () => {
  test('SCTP packets of any bytes, and her own with some bytes changed', () => {
    const mangle = fc.record({
      which: fc.nat(50),
      flips: fc.array(fc.tuple(fc.nat(1200), fc.integer({ min: 1, max: 255 })), { maxLength: 3 }),
      cut: fc.nat(100),
    })
    fc.assert(
      fc.property(
        fc.array(fc.oneof(mangle, fc.uint8Array({ maxLength: 200 })), { minLength: 1, maxLength: 40 }),
        (attacks) => {
          const pair = connectedPair()
          const mallory = new Mallory(pair)
          const [ours, theirs] = openChannel(pair, pair.alice, pair.bob)
          for (let i = 0; i < 10; i++) ours.send('x'.repeat(i * 100))
          theirs.send('back')
          ours.close()
          pair.link.runFor(500)
          for (const attack of attacks) {
            if (attack instanceof Uint8Array) mallory.packets.push(attack)
            else {
              const bytes = mallory.seen[attack.which % mallory.seen.length]!.slice(
                0,
                attack.cut > 20 ? undefined : attack.cut,
              )
              // Behind the common header, with the checksum off (RFC 9653): what is changed is really looked at.
              for (const [at, mask] of attack.flips) if (at + 12 < bytes.length) bytes[at + 12]! ^= mask
              if (bytes.length >= 12) bytes.fill(0, 8, 12)
              mallory.packets.push(bytes)
            }
            pair.link.runFor(5)
          }
          expectClean(pair)
          vi.restoreAllMocks()
        },
      ),
      { numRuns: 20 },
    )
  })

  test('any messages and resets on any stream: the channel next to them lives', () => {
    const open = fc.record({
      label: fc.string({ maxLength: 10 }),
      protocol: fc.constant(''),
      ordered: fc.boolean(),
      priority: fc.constant('low' as const),
    })
    const step = fc.record({
      streamId: fc.nat(11),
      ppid: fc.constantFrom(50, 50, 50, 51, 52, 53, 54, 56, 57, 0, 99),
      data: fc.oneof(fc.uint8Array({ minLength: 1, maxLength: 40 }), open.map(writeDataChannelOpen)),
      ordered: fc.boolean(),
      resets: fc.boolean(),
      pauses: fc.boolean(),
    })
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const pair = connectedPair()
        const mallory = new Mallory(pair)
        const [ours, theirs] = openChannel(pair, pair.alice, pair.bob, { negotiated: false })
        for (const { streamId, ppid, data, ordered, resets, pauses } of steps) {
          const id = streamId + 2 // beside the channel that is to live, which has the id 1
          if (resets) mallory.association.resetStreams(pair.link.now, [id])
          else mallory.association.send(pair.link.now, { streamId: id, ppid, data, ordered })
          if (pauses) pair.link.runFor(30)
        }
        ours.send('alive')
        pair.link.runUntil(() => theirs.messages.includes('alive'))
        expect(theirs.readyState).toBe('open')
        expectClean(pair)
        vi.restoreAllMocks()
      }),
      { numRuns: 20 },
    )
  })

  test('SECURITY 13: an OPEN on an id in use, again and again', () => {
    const pair = connectedPair()
    const mallory = new Mallory(pair)
    const [ours, theirs] = openChannel(pair, pair.alice, pair.bob, { label: 'first' })
    const open = writeDataChannelOpen({ label: 'second', protocol: '', ordered: true, priority: 'low' })
    for (let i = 0; i < 20; i++) {
      mallory.association.send(pair.link.now, { streamId: ours.id!, ppid: 50, data: open, ordered: true })
    }
    ours.send('alive')
    pair.link.runUntil(() => theirs.messages.includes('alive'))
    expect(pair.bob.incoming).toHaveLength(1)
    expect(theirs.log).toEqual(['open', 'message'])
    expect(pair.bob.peer.counters['datachannel.openOnBusyStream']).toBe(20)
  })
})
