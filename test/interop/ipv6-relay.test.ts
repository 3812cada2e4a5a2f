/** Relays of IPv6 alone, of a real coturn on ::1, reached by either transport; both ends are ours. */
import { afterEach, describe, expect, test } from 'vitest'
import { opened } from './bed.js'
import { Coturn, coturnMissing, freePort, TURN_USER } from './coturn.js'
import { exchangeMessages } from './exchange-messages.js'
import { createPair, negotiate } from './negotiate.js'
import { isAbsent, launchSubject } from './peers.js'

const LOOPBACK = '::1'
/** A row of docs/closing.md: how long a server may hold what a closed connection had. */
const GONE_MILLIS = 1000
const MESSAGES = 16

describe.skipIf(isAbsent({ name: 'coturn', missing: await coturnMissing() }))('relayed by an IPv6 coturn', () => {
  const ends: (() => Promise<void>)[] = []

  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end()
  })

  test.each(['udp', 'tcp'] as const)(
    'over %s: data both ways, and no allocation a second after close',
    async (transport) => {
      const coturn = await Coturn.start({
        enter: ['env'],
        address: LOOPBACK,
        port: await freePort(LOOPBACK),
        relay: { tcp: true },
      })
      ends.push(async () => await coturn.stop())
      const host = await launchSubject()
      ends.push(async () => await host.dispose())
      const configuration = {
        iceServers: [{ urls: `${coturn.url}?transport=${transport}`, ...TURN_USER }],
        iceTransportPolicy: 'relay',
        tincan: { includeLoopback: true },
      }
      const pair = await createPair(host, host, 'offerer', { ours: { configuration }, theirs: { configuration } })
      const sides = [pair.ours, pair.theirs]
      for (const side of sides) ends.push(async () => await side.closeConnection())
      await pair.offerer.createChannel('chat')
      await negotiate(pair, { trickle: true })
      await opened(pair, 'chat')
      const relayed = { type: 'relay', address: LOOPBACK }
      for (const side of sides) {
        const local = { ...relayed, relayProtocol: transport }
        expect(await side.selectedPair()).toMatchObject({ local, remote: relayed })
      }
      // An Allocate without a family, which has to be of IPv4, was refused to each.
      expect(coturn.errors(440)).toBeGreaterThanOrEqual(2)
      expect(coturn.allocations).toBe(2)
      for (let i = 0; i < MESSAGES; i++) await exchangeMessages(pair, 256 << 10)
      for (const side of sides) await side.closeConnection()
      await expect.poll(() => coturn.allocations, { timeout: GONE_MILLIS }).toBe(0)
    },
  )
})
