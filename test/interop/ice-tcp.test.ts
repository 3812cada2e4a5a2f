/**
 * ICE over TCP (RFC 6544) with others, neither side told of anything else. Browsers connect and never listen; libwebrtc outside of them, as
 * @roamhq/wrtc has it, listens on every address, so that both ways round are met.
 */
import { describe, expect, test } from 'vitest'
import { TcpMux } from '../../src/index.js'
import { Bed } from './bed.js'
import type { Role } from './negotiate.js'
import { digestOfRecipe } from './payload.js'
import type { MessageRecipe } from './payload.js'
import { isAbsent, peer } from './peers.js'
import type { Description } from './w3c-subset.js'

const MESSAGES: MessageRecipe[] = [
  { kind: 'text', size: 1_000, seed: 1 },
  { kind: 'binary', size: 200_000, seed: 2 },
]

/** Keeps candidates over TCP, and of these the ones that may be told. */
function overTcp(mayKnow: (tcpType: string) => boolean = () => true): (description: Description) => Description {
  const isTold = (line: string): boolean => {
    const [, protocol, tcpType] = /^a=candidate:\S+ 1 (\w+) .*?(?:tcptype (\w+)|$)/i.exec(line) ?? []
    return protocol === undefined || (tcpType !== undefined && mayKnow(tcpType))
  }
  return ({ type, sdp }) => ({ type, sdp: sdp.split('\r\n').filter(isTold).join('\r\n') })
}

interface Talk {
  readonly ourRole: Role
  readonly tincan: object
  readonly alter?: (description: Description) => Description
  /** Whether ours is the side that connects. */
  readonly weConnect: boolean
}

async function talk(bed: Bed, { ourRole, tincan, alter = overTcp(), weConnect }: Talk): Promise<void> {
  const ours = { configuration: { tincan: { ...tincan, includeLoopback: true } } }
  const negotiation = { trickle: false, alter, made: { ours } }
  const pair = await bed.openPair(ourRole, { channels: { tcp: {} }, ...negotiation })
  const selected = await pair.ours.selectedPair()
  expect(selected).toMatchObject({
    local: { protocol: 'tcp', tcpType: weConnect ? 'active' : 'passive' },
    remote: { protocol: 'tcp', tcpType: weConnect ? 'passive' : 'active' },
  })
  for (const [from, to] of [
    [pair.ours, pair.theirs],
    [pair.theirs, pair.ours],
  ] as const) {
    await from.send('tcp', MESSAGES)
    expect(await to.log.messages('tcp', MESSAGES.length)).toEqual(MESSAGES.map(digestOfRecipe))
  }
  await bed.closeConnections()
}

const roles = ['offerer', 'answerer'] as const
const [chromium, wrtc] = [peer('chromium'), peer('@roamhq/wrtc')]

describe.skipIf(isAbsent(chromium))('Chromium connects to our passive TCP candidates', () => {
  const bed = new Bed(chromium)
  bed.install()

  test.each(roles)('we are the %s', async (ourRole) => {
    await talk(bed, { ourRole, tincan: { iceTcp: 'both' }, weConnect: false })
  })

  test.each(roles)('of a port that connections share; we are the %s', async (ourRole) => {
    const tcpMux = new TcpMux({ address: '127.0.0.1' })
    try {
      await talk(bed, { ourRole, tincan: { tcpMux }, weConnect: false })
      expect(await tcpMux.statistics()).toMatchObject({ members: 0, undecided: 0 })
    } finally {
      await tcpMux.close()
    }
  })
})

describe.skipIf(isAbsent(wrtc))('libwebrtc outside of a browser', () => {
  const bed = new Bed(wrtc)
  bed.install()

  test.each(roles)('we connect to its passive candidates; we are the %s', async (ourRole) => {
    await talk(bed, { ourRole, tincan: {}, weConnect: true })
  })

  test.each(roles)('it connects to our passive candidates; we are the %s', async (ourRole) => {
    // Ours alone may be told: those that it made itself listen.
    const alter = (description: Description): Description =>
      /network-id/.test(description.sdp) ? overTcp(() => false)(description) : overTcp()(description)
    await talk(bed, { ourRole, tincan: { iceTcp: 'both' }, alter, weConnect: false })
  })

  test('both listen: connected', async () => {
    const made = { ours: { configuration: { tincan: { iceTcp: 'both', includeLoopback: true } } } }
    const pair = await bed.openPair('offerer', { channels: { tcp: {} }, trickle: false, alter: overTcp(), made })
    expect(await pair.ours.selectedPair()).toMatchObject({ local: { protocol: 'tcp' }, remote: { protocol: 'tcp' } })
    await bed.closeConnections()
  })
})
