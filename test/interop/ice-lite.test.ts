/** We are a lite ICE agent, and other stacks check, control and nominate: also after an ICE restart, and until somebody closes. */
import { describe, expect, test } from 'vitest'
import { Bed, CLOSE_BOUND_MILLIS, millisBetween } from './bed.js'
import { negotiate } from './negotiate.js'
import type { Pair } from './negotiate.js'
import { digestOfRecipe } from './payload.js'
import type { MessageRecipe } from './payload.js'
import { isAbsent, peer } from './peers.js'
import type { PeerName } from './peers.js'

const MESSAGES: MessageRecipe[] = [
  { kind: 'text', size: 1_000, seed: 1 },
  { kind: 'binary', size: 60_000, seed: 2 },
]

const lite = { configuration: { tincan: { iceLite: true, includeLoopback: true } } }
/** Those without an ICE restart, or with one of their own kind. */
const RESTARTS: readonly PeerName[] = ['chromium', 'firefox']

async function exchangeMessages({ ours, theirs }: Pair, round: number): Promise<void> {
  const expected = Array.from({ length: round }, () => MESSAGES.map(digestOfRecipe)).flat()
  for (const [from, to] of [
    [ours, theirs],
    [theirs, ours],
  ] as const) {
    await from.send('lite', MESSAGES)
    expect(await to.log.messages('lite', expected.length)).toEqual(expected)
  }
}

for (const name of ['chromium', 'firefox', 'werift', 'node-datachannel'] as const) {
  const other = peer(name)
  describe.skipIf(isAbsent(other))(`${name} against our lite agent`, () => {
    const bed = new Bed(other)
    bed.install()

    test.each(['offerer', 'answerer'] as const)('we are the %s', async (ourRole) => {
      const pair = await bed.openPair(ourRole, { channels: { lite: {} }, made: { ours: lite } })
      await exchangeMessages(pair, 1)
      if (RESTARTS.includes(name)) {
        await negotiate(pair, { trickle: true, iceRestart: true })
        await exchangeMessages(pair, 2)
      }
      await pair.ours.closeConnection()
      const closed = await pair.theirs.log.event('close', 'lite')
      expect(millisBetween(pair.ours.log.find('call close')!, closed)).toBeLessThan(CLOSE_BOUND_MILLIS)
      await bed.closeConnections()
    })
  })
}
