/** Everything that a data channel carries, against one peer, in one role. */
import { afterEach, describe, expect, test } from 'vitest'
import type { Bed } from './bed.js'
import { openChannel, opened } from './bed.js'
import { maxMessageSize, negotiate } from './negotiate.js'
import type { Pair, Role } from './negotiate.js'
import { digestOfRecipe } from './payload.js'
import type { MessageDigest, MessageRecipe } from './payload.js'
import type { RemotePeer } from './remote-peer.js'
import type { ChannelOptions, Description } from './w3c-subset.js'
import type { Weaknesses } from './weaknesses.js'

const SMALL: MessageRecipe[] = [
  { kind: 'text', size: 12, seed: 1 },
  { kind: 'binary', size: 1, seed: 2 },
  { kind: 'text', size: 0, seed: 3 },
  { kind: 'binary', size: 0, seed: 4 },
  { kind: 'text', size: 1, seed: 5 },
  // One more and one less than what fits one 1200-byte packet, and some that span a few.
  { kind: 'binary', size: 1_150, seed: 6 },
  { kind: 'binary', size: 1_201, seed: 7 },
  { kind: 'text', size: 16_384, seed: 8 },
  { kind: 'binary', size: 16_384, seed: 9 },
]

const KINDS: Record<string, ChannelOptions> = {
  reliable: {},
  unordered: { ordered: false },
  'never retransmitted': { maxRetransmits: 0 },
  'retransmitted twice, unordered': { ordered: false, maxRetransmits: 2 },
  'for 500 ms': { maxPacketLifeTime: 500 },
  'for 500 ms, unordered': { ordered: false, maxPacketLifeTime: 500 },
  'with a protocol': { protocol: 'chat.v1' },
}

const DEFAULTS = { ordered: true, protocol: '', maxRetransmits: null, maxPacketLifeTime: null, negotiated: false }

/** Sends one way and checks what arrives: everything, in order, or on an unordered channel in any order. */
async function exchange(
  from: RemotePeer,
  to: RemotePeer,
  label: string,
  recipes: MessageRecipe[],
  ordered = true,
): Promise<void> {
  const before = to.log.digests(label).length
  await from.send(label, recipes)
  const received = (await to.log.messages(label, before + recipes.length)).slice(before)
  const expected = recipes.map(digestOfRecipe)
  if (ordered) expect(received).toEqual(expected)
  else expect(received.sort(byHash)).toEqual(expected.sort(byHash))
}

function byHash(a: MessageDigest, b: MessageDigest): number {
  return a.hash.localeCompare(b.hash)
}

async function bothWays(pair: Pair, label: string, recipes: MessageRecipe[], ordered = true): Promise<void> {
  await exchange(pair.ours, pair.theirs, label, recipes, ordered)
  await exchange(pair.theirs, pair.ours, label, recipes, ordered)
}

function batch(count: number, size: number, seed: number): MessageRecipe[] {
  return Array.from({ length: count }, (_, i) => ({ kind: i % 2 === 0 ? 'text' : 'binary', size, seed: seed + i }))
}

export function messagesSuite(bed: Bed, ourRole: Role, weaknesses: Weaknesses): void {
  describe('messages', () => {
    afterEach(async () => await bed.closeConnections())

    test.each([true, false])('text, binary and empty ones cross both ways (trickle: %s)', async (trickle) => {
      const pair = await bed.openPair(ourRole, { trickle })
      await exchange(pair.ours, pair.theirs, 'chat', SMALL)
      const sendable = weaknesses.sendsNoEmptyMessages === undefined ? SMALL : SMALL.filter(({ size }) => size > 0)
      await exchange(pair.theirs, pair.ours, 'chat', sendable)
    })

    test('the largest that the receiver takes crosses both ways', async () => {
      const descriptions: Description[] = []
      const alter = (description: Description): Description => {
        descriptions.push(description)
        return description
      }
      const pair = await bed.openPair(ourRole, { alter })
      const [offered, answered] = descriptions.map(maxMessageSize) as [number, number]
      const [ours, theirs] = ourRole === 'offerer' ? [offered, answered] : [answered, offered]
      for (const kind of ['text', 'binary'] as const) {
        await exchange(pair.ours, pair.theirs, 'chat', [{ kind, size: theirs, seed: 1 }])
        await exchange(pair.theirs, pair.ours, 'chat', [{ kind, size: ours, seed: 2 }])
      }
    })

    test('every kind of channel opens from either side with its options and carries messages', async () => {
      const pair = await bed.openPair(ourRole)
      for (const by of ['ours', 'theirs'] as const) {
        const other = by === 'ours' ? pair.theirs : pair.ours
        for (const [name, options] of Object.entries(KINDS)) {
          const label = `${by}: ${name}`
          await openChannel(pair, pair[by], label, options)
          const limited = options.maxRetransmits !== undefined || options.maxPacketLifeTime !== undefined
          const misannounced = other === pair.ours && limited && weaknesses.announcesLimitedAsOrdered !== undefined
          const announced = { ...DEFAULTS, ...options, ...(misannounced ? { ordered: true } : {}) }
          const shown = (other === pair.theirs && weaknesses.misreportsOptions?.shown(announced)) || announced
          expect(await other.channelView(label)).toMatchObject(shown)
          // RFC 8832 §6: the DTLS client's channels have even ids, the server's odd ones, and each side names the same.
          const { id } = await other.channelView(label)
          expect((await pair[by].channelView(label)).id).toBe(id)
          await bothWays(pair, label, batch(10, 700, 1), options.ordered)
        }
      }
    })

    test('negotiated channels need no announcement', async () => {
      const pair = await bed.pair(ourRole)
      const options: ChannelOptions = { negotiated: true, id: 100 }
      for (const side of [pair.ours, pair.theirs]) {
        await side.createChannel('plain', options)
        await side.createChannel('loose', { ...options, id: 101, ordered: false, maxRetransmits: 3 })
      }
      await negotiate(pair, { trickle: true })
      for (const label of ['plain', 'loose']) await opened(pair, label)
      await bothWays(pair, 'plain', batch(10, 700, 1))
      await bothWays(pair, 'loose', batch(10, 700, 1), false)
      expect(pair.ours.log.find('datachannel', 'plain')).toBeUndefined()
      expect(await pair.ours.channelView('loose')).toMatchObject({ id: 101, negotiated: true, maxRetransmits: 3 })
    })

    test('20 channels at once keep their messages apart', async () => {
      const labels = Array.from({ length: 20 }, (_, i) => `channel ${i}`)
      const pair = await bed.openPair(ourRole, { channels: Object.fromEntries(labels.map((label) => [label, {}])) })
      const exchanges = labels.map((label, i) => async () => await bothWays(pair, label, batch(5, 3_000, 100 * i + 1)))
      if (weaknesses.stallsOnInterleavedLoss === undefined) await Promise.all(exchanges.map((run) => run()))
      else for (const run of exchanges) await run()
      const ids = await Promise.all(labels.map(async (label) => (await pair.ours.channelView(label)).id))
      expect(new Set(ids).size).toBe(20)
    })

    test('4 MiB each way at the same time arrive whole and in order', async () => {
      const pair = await bed.openPair(ourRole)
      await Promise.all([
        exchange(pair.ours, pair.theirs, 'chat', batch(256, 16_384, 1)),
        exchange(pair.theirs, pair.ours, 'chat', batch(256, 16_384, 5_000)),
      ])
    })
  })
}
