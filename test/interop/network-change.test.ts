/** Addresses that cannot be used, and those that change in the middle of a transfer: real interfaces, in network namespaces. */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { opened } from './bed.js'
import { exchangeMessages } from './exchange-messages.js'
import { NatLab, nft, packetCounts } from './nat-lab.js'
import type { LabHost } from './nat-lab.js'
import { gathered, launchOn, selectedPair } from './nat-lab-host.js'
import { createPair, negotiate } from './negotiate.js'
import { digestOfRecipe } from './payload.js'
import type { MessageRecipe } from './payload.js'
import { isAbsent } from './peers.js'
import type { Host } from './remote-peer.js'

const run = promisify(execFile)

/** On the public segment of the lab, and nobody's. */
const SECOND_ADDRESS = '203.0.113.200'
/** Interfaces are looked at every 2 s; then a round of signalling and of ICE. */
const RESTARTED_MILLIS = 20_000

const missing = await NatLab.missing()

describe.skipIf(isAbsent({ name: 'network namespaces', missing }))('addresses of a host', () => {
  const lab = new NatLab()
  const processes: Host[] = []
  let moving: LabHost
  let staying: LabHost

  beforeAll(async () => {
    await lab.create()
    moving = await lab.publicHost()
    staying = await lab.publicHost()
    for (const [host, name] of [
      [moving, 'that moves'],
      [staying, 'that stays'],
    ] as const) {
      processes.push(await launchOn(host, name))
    }
  })

  afterAll(async () => {
    const ends = await Promise.allSettled(processes.map(async (host) => await host.dispose()))
    await lab.delete()
    for (const end of ends) if (end.status === 'rejected') throw end.reason
  })

  async function address(what: 'add' | 'delete', value: string): Promise<void> {
    const [command, ...words] = moving.enter
    await run(command, [...words, 'ip', 'address', what, `${value}/24`, 'dev', 'eth0'])
  }

  test('a firewall refuses what is sent from one of them (EPERM): the other one connects', async () => {
    await address('add', SECOND_ADDRESS)
    await nft(
      moving.enter,
      `table inet refusing { counter refused { }
        chain output { type filter hook output priority filter; ip saddr ${moving.address} meta l4proto udp counter name refused drop; }
      }`,
    )
    const pair = await createPair(processes[0]!, processes[1]!, 'offerer')
    await pair.offerer.createChannel('chat')
    await negotiate(pair, { trickle: true })
    await opened(pair, 'chat')
    expect(gathered(pair.ours, 'host').map((candidate) => candidate.address)).toEqual(
      expect.arrayContaining([moving.address, SECOND_ADDRESS]),
    )
    expect(selectedPair(pair.ours)!.local.address).toBe(SECOND_ADDRESS)
    await exchangeMessages(pair)
    expect((await packetCounts(moving.enter))['refused']).toBeGreaterThan(0)
    await pair.ours.closeConnection()
    await pair.theirs.log.event('close', 'chat')
    await nft(moving.enter, 'delete table inet refusing')
    await address('delete', SECOND_ADDRESS)
  })

  test('one is taken away and another added: ICE restarts by itself, and no byte is lost', async () => {
    const creations = { ours: { configuration: { tincan: { restartOnNetworkChange: true } } } }
    const pair = await createPair(processes[0]!, processes[1]!, 'offerer', creations)
    await pair.offerer.createChannel('transfer')
    await negotiate(pair, { trickle: true })
    await opened(pair, 'transfer')
    const messages: MessageRecipe[] = Array.from({ length: 60 }, (_, seed) => ({
      kind: 'binary',
      size: 250_000,
      seed,
    }))
    const needed = (): number => pair.ours.log.events.filter(({ type }) => type === 'negotiationneeded').length
    const before = needed()
    await pair.ours.send('transfer', messages.slice(0, 40))
    await pair.theirs.log.messages('transfer', 1)
    await address('delete', moving.address)
    await pair.ours.send('transfer', messages.slice(40)) // however fast the others were
    await address('add', SECOND_ADDRESS)
    const again = (): true | undefined => (needed() > before ? true : undefined)
    await pair.ours.log.until('negotiationneeded once more', again, RESTARTED_MILLIS)
    expect(pair.theirs.log.digests('transfer').length).toBeLessThan(messages.length)
    await negotiate(pair, { trickle: true })
    expect(await pair.theirs.log.messages('transfer', messages.length)).toEqual(messages.map(digestOfRecipe))
    expect(selectedPair(pair.ours)!.local.address).toBe(SECOND_ADDRESS)
    await pair.ours.closeConnection()
    await pair.theirs.log.event('close', 'transfer')
  })
})
