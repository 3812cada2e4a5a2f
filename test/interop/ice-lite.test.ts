/** We are a lite ICE agent, and other stacks check, control and nominate: also after an ICE restart, and until somebody closes. */
import { describe, expect, test } from 'vitest'
import { Bed, CLOSE_BOUND_MILLIS, millisBetween } from './bed.js'
import { exchangeMessages } from './exchange-messages.js'
import { negotiate } from './negotiate.js'
import { isAbsent, peer } from './peers.js'
import type { PeerName } from './peers.js'

const lite = { configuration: { tincan: { iceLite: true, includeLoopback: true } } }
/** Those without an ICE restart, or with one of their own kind. */
const RESTARTS: readonly PeerName[] = ['chromium', 'firefox']

for (const name of ['chromium', 'firefox', 'werift', 'node-datachannel'] as const) {
  const other = peer(name)
  describe.skipIf(isAbsent(other))(`${name} against our lite agent`, () => {
    const bed = new Bed(other)
    bed.install()

    test.each(['offerer', 'answerer'] as const)('we are the %s', async (ourRole) => {
      const pair = await bed.openPair(ourRole, { channels: { chat: {} }, made: { ours: lite } })
      await exchangeMessages(pair, 60_000)
      if (RESTARTS.includes(name)) {
        await negotiate(pair, { trickle: true, iceRestart: true })
        await exchangeMessages(pair, 60_000)
      }
      await pair.ours.closeConnection()
      const closed = await pair.theirs.log.event('close', 'chat')
      expect(millisBetween(pair.ours.log.find('call close')!, closed)).toBeLessThan(CLOSE_BOUND_MILLIS)
      await bed.closeConnections()
    })
  })
}
