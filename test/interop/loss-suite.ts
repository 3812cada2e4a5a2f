/** Both stacks with real losses between them: retransmission, gaps, and what partial reliability gives up. */
import { afterEach, describe, expect, test } from 'vitest'
import type { Bed } from './bed.js'
import { opened } from './bed.js'
import { LossyRelay } from './lossy-relay.js'
import { negotiate } from './negotiate.js'
import type { Pair, Role } from './negotiate.js'
import { digestOfRecipe } from './payload.js'
import type { MessageRecipe } from './payload.js'
import type { Weaknesses } from './weaknesses.js'

const LOSS_RATIO = 0.05

/** Long enough for a few retransmission timeouts in a row. */
const PATIENCE_MILLIS = 20_000

function messages(count: number, size: number, seed: number): MessageRecipe[] {
  return Array.from({ length: count }, (_, i) => ({ kind: 'binary', size, seed: seed + i }))
}

export function lossSuite(bed: Bed, ourRole: Role, weaknesses: Weaknesses): void {
  describe('with 5 % of the SCTP packets lost', () => {
    let relay: LossyRelay | undefined
    afterEach(async () => {
      await bed.closeConnections()
      await relay?.close()
      relay = undefined
    })

    async function lossyPair(seed: number, labels: Record<string, object>): Promise<{ pair: Pair; relay: LossyRelay }> {
      relay = await LossyRelay.open(seed)
      const pair = await bed.pair(ourRole)
      for (const [label, options] of Object.entries(labels)) await pair.offerer.createChannel(label, options)
      await negotiate(pair, { trickle: false, alter: relay.standIn })
      for (const label of Object.keys(labels)) await opened(pair, label)
      relay.lossRatio = LOSS_RATIO
      return { pair, relay }
    }

    test('reliable channels deliver everything, in order where asked', async () => {
      const { pair, relay } = await lossyPair(1, { ordered: {}, unordered: { ordered: false } })
      for (const [from, to] of [
        [pair.ours, pair.theirs],
        [pair.theirs, pair.ours],
      ] as const) {
        const sent = messages(32, 4_000, 1)
        const expected = sent.map(digestOfRecipe)
        const isAlone = weaknesses.stallsOnInterleavedLoss !== undefined
        await from.send('ordered', sent)
        if (!isAlone) await from.send('unordered', sent)
        expect(await to.log.messages('ordered', 32, PATIENCE_MILLIS)).toEqual(expected)
        if (isAlone) await from.send('unordered', sent)
        const unordered = await to.log.messages('unordered', 32, PATIENCE_MILLIS)
        expect(new Set(unordered.map(({ hash }) => hash))).toEqual(new Set(expected.map(({ hash }) => hash)))
      }
      expect(relay.lost).toBeGreaterThan(0)
    })

    test.each([true, false])(
      'what is never retransmitted may be missing, but blocks nothing (ordered: %s)',
      async (ordered) => {
        const { pair, relay } = await lossyPair(2, { loose: { ordered, maxRetransmits: 0 } })
        const toThem = [pair.ours, pair.theirs] as const
        const toUs = [pair.theirs, pair.ours] as const
        const directions = weaknesses.stallsOnForwardTsn === undefined ? [toThem, toUs] : [toUs]
        for (const [from, to] of directions) {
          relay.lossRatio = LOSS_RATIO
          const sent = messages(100, 2_000, 1)
          await from.send('loose', sent)
          const some = await to.log.messages('loose', 50, PATIENCE_MILLIS)
          const positions = some.map(({ hash }) => sent.findIndex((recipe) => digestOfRecipe(recipe).hash === hash))
          expect(positions).not.toContain(-1)
          expect(new Set(positions).size).toBe(positions.length)
          if (ordered) expect(positions).toEqual([...positions].sort((a, b) => a - b))
          // Once the network is good again, the next message arrives: what was given up was skipped (RFC 3758 §3.5).
          relay.lossRatio = 0
          const last: MessageRecipe = { kind: 'text', size: 100, seed: 1 }
          await from.send('loose', [last])
          await to.log.until(
            'message after the losses',
            () => to.log.digests('loose').find(({ kind }) => kind === 'text'),
            PATIENCE_MILLIS,
          )
        }
        expect(relay.lost).toBeGreaterThan(0)
      },
    )
  })
}
