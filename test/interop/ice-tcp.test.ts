/** ICE over TCP (RFC 6544) with browsers, which connect and never listen: neither side is told of anything else. */
import { describe, expect, test } from 'vitest'
import { TcpMux } from '../../src/index.js'
import { Bed } from './bed.js'
import { digestOfRecipe } from './payload.js'
import type { MessageRecipe } from './payload.js'
import type { Role } from './negotiate.js'
import { isAbsent, peer } from './peers.js'
import type { Description } from './w3c-subset.js'

const MESSAGES: MessageRecipe[] = [
  { kind: 'text', size: 1_000, seed: 1 },
  { kind: 'binary', size: 200_000, seed: 2 },
]

function withoutUdp({ type, sdp }: Description): Description {
  return { type, sdp: sdp.replace(/^a=candidate:\S+ 1 udp .*\r\n/gim, '') }
}

const chromium = peer('chromium')

describe.skipIf(isAbsent(chromium))('Chromium connects to our passive TCP candidates', () => {
  const bed = new Bed(chromium)
  bed.install()

  const talk = async (ourRole: Role, tincan: object): Promise<void> => {
    const ours = { configuration: { tincan: { ...tincan, includeLoopback: true } } }
    const negotiation = { trickle: false, alter: withoutUdp, made: { ours } }
    const pair = await bed.openPair(ourRole, { channels: { tcp: {} }, ...negotiation })
    for (const [from, to] of [
      [pair.ours, pair.theirs],
      [pair.theirs, pair.ours],
    ] as const) {
      await from.send('tcp', MESSAGES)
      expect(await to.log.messages('tcp', MESSAGES.length)).toEqual(MESSAGES.map(digestOfRecipe))
    }
    await bed.closeConnections()
  }

  test.each(['offerer', 'answerer'] as const)('we are the %s', async (ourRole) => {
    await talk(ourRole, { iceTcp: 'both' })
  })

  test.each(['offerer', 'answerer'] as const)('of a port that connections share; we are the %s', async (ourRole) => {
    const tcpMux = new TcpMux({ address: '127.0.0.1' })
    try {
      await talk(ourRole, { tcpMux })
      expect(await tcpMux.statistics()).toMatchObject({ members: 0, undecided: 0 })
    } finally {
      await tcpMux.close()
    }
  })
})
