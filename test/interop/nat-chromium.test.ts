/** Us behind one NAT, Chromium behind another, in the hardest cells of the matrix. */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { opened } from './bed.js'
import { Coturn, coturnMissing, TURN_USER } from './coturn.js'
import { NatLab } from './nat-lab.js'
import type { LabHost, Nat } from './nat-lab.js'
import { launchOn } from './nat-lab-host.js'
import { launchBrowserOn } from './nat-lab-subject.js'
import { bestPaths, endOf, pathName } from './nat-matrix.js'
import type { NatKind } from './nat-rules.js'
import { createPair, negotiate } from './negotiate.js'
import { digestOfRecipe } from './payload.js'
import type { MessageRecipe } from './payload.js'
import { isAbsent, peer } from './peers.js'
import type { Host, RemotePeer } from './remote-peer.js'

const LAUNCH_MILLIS = 60_000
const SETTLED_MILLIS = 3000
const missing = (await NatLab.missing()) ?? (await coturnMissing())
const absent = isAbsent(peer('chromium')) || isAbsent({ name: 'NATs and coturn', missing })

describe.skipIf(absent)('Chromium behind another NAT', () => {
  const lab = new NatLab()
  const processes: Host[] = []
  const connections: RemotePeer[] = []
  const nats: Nat[] = []
  const hosts: LabHost[] = []
  let coturn: Coturn | undefined

  beforeAll(async () => {
    await lab.create()
    coturn = await Coturn.start({ ...(await lab.publicHost()), port: 3478, relay: { tcp: true } })
    for (let i = 0; i < 2; i++) {
      nats.push(await lab.nat('port-restricted'))
      hosts.push(await lab.hostBehind(nats[i]!))
    }
    processes.push(await launchOn(hosts[0]!, 'tincan'))
    processes.push(await launchBrowserOn(hosts[1]!, 'chromium'))
  }, LAUNCH_MILLIS)

  afterEach(async () => {
    for (const connection of connections.splice(0)) await connection.closeConnection()
  })

  // Each step, whatever became of the one before: nothing may stay on the machine.
  afterAll(async () => {
    const steps = await Promise.allSettled([...processes.map(async (host) => await host.dispose()), coturn?.stop()])
    await lab.delete()
    for (const step of steps) if (step.status === 'rejected') throw step.reason
  }, LAUNCH_MILLIS)

  const cells: [NatKind, NatKind][] = [
    ['full-cone', 'symmetric'],
    ['symmetric', 'full-cone'],
    ['port-restricted', 'port-restricted'],
    ['port-restricted', 'symmetric'],
    ['symmetric', 'port-restricted'],
    ['symmetric', 'symmetric'],
    ['udp-blocked', 'symmetric'],
    ['port-restricted', 'udp-blocked'],
    ['udp-blocked', 'udp-blocked'],
  ]

  describe.each(['offerer', 'answerer'] as const)('we are the %s', (role) => {
    test.each(cells)('%s, Chromium %s', async (ours, theirs) => {
      await nats[0]!.configure(ours)
      await nats[1]!.configure(theirs)
      const urls = [coturn!.url, `${coturn!.url}?transport=tcp`]
      const creation = { configuration: { iceServers: [{ urls, ...TURN_USER }] } }
      const pair = await createPair(processes[0]!, processes[1]!, role, { ours: creation, theirs: creation })
      connections.push(pair.ours, pair.theirs)
      await pair.offerer.createChannel('chat')
      await negotiate(pair, { trickle: true })
      await opened(pair, 'chat')
      const path = async (): Promise<string> => {
        const [mine, other] = [await pair.ours.selectedPair(), await pair.theirs.selectedPair()]
        return pathName(endOf(mine!, hosts[0]!.address), endOf(other!, hosts[1]!.address))
      }
      // Who offers nominates; Chromium may take a relay that answers before a hole is punched.
      if (role === 'offerer')
        await expect.poll(path, { timeout: SETTLED_MILLIS }).toBeOneOf([...bestPaths(ours, theirs)])
      const message: MessageRecipe = { kind: 'binary', size: 20_000, seed: 5 }
      for (const [from, to] of [
        [pair.ours, pair.theirs],
        [pair.theirs, pair.ours],
      ] as const) {
        await from.send('chat', [message])
        expect(await to.log.messages('chat', 1)).toEqual([digestOfRecipe(message)])
      }
    })
  })
})
