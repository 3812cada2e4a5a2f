/** Relays of IPv6 alone, and of both families, of a real coturn on loopback, reached by either transport; both ends are ours. */
import { afterEach, describe, expect, test } from 'vitest'
import { RTCPeerConnection } from '../../src/index.js'
import { opened } from './bed.js'
import { Coturn, coturnMissing, freePort, TURN_USER } from './coturn.js'
import { exchangeMessages } from './exchange-messages.js'
import { createPair, negotiate } from './negotiate.js'
import { isAbsent, launchSubject } from './peers.js'

const LOOPBACK = '::1'
/** A row of docs/closing.md: how long a server may hold what a closed connection had. */
const GONE_MILLIS = 1000
/** Candidates are on their way by then. */
const TOLD_MILLIS = 5000
const MESSAGES = 16

/** Whoever needs to negotiates; of the candidates, those that the other may know. */
function signal(from: RTCPeerConnection, to: RTCPeerConnection, mayKnow: (address: string | null) => boolean): void {
  from.onicecandidate = ({ candidate }) => {
    if (candidate !== null && mayKnow(candidate.address)) void to.addIceCandidate(candidate)
  }
}

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
        // Peer-reflexive until the candidate is told, which may be after the channel is open.
        const selectedPair = async () => await side.selectedPair()
        await expect.poll(selectedPair, { timeout: TOLD_MILLIS }).toMatchObject({ local, remote: relayed })
      }
      expect(coturn.allocations).toBe(2)
      for (let i = 0; i < MESSAGES; i++) await exchangeMessages(pair, 256 << 10)
      for (const side of sides) await side.closeConnection()
      await expect.poll(() => coturn.allocations, { timeout: GONE_MILLIS }).toBe(0)
    },
  )

  test.each(['udp', 'tcp'] as const)(
    'of both families, from a server that is reached by IPv4 over %s: one allocation has them, and each carries data',
    async (transport) => {
      const address = '127.0.0.1'
      const port = await freePort(address)
      const relay = { tcp: true, furtherAddresses: [LOOPBACK] }
      const coturn = await Coturn.start({ enter: ['env'], address, port, relay })
      ends.push(async () => await coturn.stop())
      for (const family of [address, LOOPBACK]) {
        const iceServers = [{ urls: `${coturn.url}?transport=${transport}`, ...TURN_USER }]
        const configuration = { iceServers, iceTransportPolicy: 'relay', tincan: { includeLoopback: true } } as const
        const [alice, bob] = [new RTCPeerConnection(configuration), new RTCPeerConnection(configuration)]
        for (const one of [alice, bob])
          ends.push(async () => {
            one.close()
            await Promise.resolve()
          })
        const isOfFamily = (told: string | null): boolean => told === family
        signal(alice, bob, isOfFamily)
        signal(bob, alice, isOfFamily)
        const channel = alice.createDataChannel('chat')
        await alice.setLocalDescription()
        await bob.setRemoteDescription(alice.localDescription!)
        await bob.setLocalDescription()
        await alice.setRemoteDescription(bob.localDescription!)
        await new Promise((resolve) => (channel.onopen = resolve))
        const ice = alice.sctp!.transport.iceTransport
        expect(new Set(ice.getLocalCandidates().map((one) => one.address))).toEqual(new Set([address, LOOPBACK]))
        expect(ice.getSelectedCandidatePair()).toMatchObject({ local: { type: 'relay', address: family } })
        for (const one of [alice, bob]) one.close()
        await expect.poll(() => coturn.allocations, { timeout: GONE_MILLIS }).toBe(0)
      }
      expect(coturn.created).toBe(4)
    },
  )
})
