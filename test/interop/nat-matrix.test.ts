/**
 * Every kind of NAT against every other, with a real coturn for STUN and TURN: each pair connects, and as directly as it can.
 * `INTEROP_SUBJECT=chromium` puts Chromium on both sides, for comparison; docs/connectivity.md has both tables.
 */
import { readFile } from 'node:fs/promises'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { opened } from './bed.js'
import { Coturn, coturnMissing, TURN_USER } from './coturn.js'
import { exchangeMessages } from './exchange-messages.js'
import { NatLab } from './nat-lab.js'
import type { LabHost, Nat } from './nat-lab.js'
import { launchSubjectOn } from './nat-lab-subject.js'
import { bestPaths, endOf, pathName, pathTable, PLACE_KINDS } from './nat-matrix.js'
import type { PlaceKind } from './nat-matrix.js'
import type { NatKind } from './nat-rules.js'
import { createPair, negotiate } from './negotiate.js'
import type { Pair } from './negotiate.js'
import { isAbsent } from './peers.js'
import type { Host, RemotePeer } from './remote-peer.js'

const TURN_PORT = 3478
/** A better pair may be nominated right after the first one. */
const SETTLED_MILLIS = 3000

interface Place {
  readonly host: LabHost
  readonly process: Host
}

/** One side of the table: a host of its own on the public segment, and one behind a NAT that becomes any kind. */
interface Side {
  readonly open: Place
  readonly behind: Place
  readonly nat: Nat
  kind: NatKind
}

test('docs/connectivity.md has the table that is tested', async () => {
  const document = await readFile(new URL('../../docs/connectivity.md', import.meta.url), 'utf8')
  const [, written] = /<!-- paths -->([^]*)<!-- end of paths -->/.exec(document)!
  const plain = (table: string): string => table.trim().replace(/ +/g, ' ').replace(/-{3,}/g, '---')
  expect(plain(written!)).toBe(pathTable((ours, theirs) => bestPaths(ours, theirs)[0]!))
})

const missing = (await NatLab.missing()) ?? (await coturnMissing())
const cells = PLACE_KINDS.flatMap((ours) => PLACE_KINDS.map((theirs) => [ours, theirs] as const))

describe.skipIf(isAbsent({ name: 'NATs and coturn', missing }))('every NAT with every other', () => {
  const lab = new NatLab()
  const processes: Host[] = []
  const connections: RemotePeer[] = []
  const taken = new Map<string, string>()
  let coturn: Coturn | undefined
  let sides: { readonly left: Side; readonly right: Side }

  async function inhabit(host: LabHost, name: string): Promise<Place> {
    const process = await launchSubjectOn(host, name)
    processes.push(process)
    return { host, process }
  }

  async function side(name: string): Promise<Side> {
    const nat = await lab.nat('port-restricted')
    const behind = await inhabit(await lab.hostBehind(nat), `${name}, behind a NAT`)
    return { nat, kind: 'port-restricted', behind, open: await inhabit(await lab.publicHost(), `${name}, public`) }
  }

  beforeAll(async () => {
    await lab.create()
    coturn = await Coturn.start({ ...(await lab.publicHost()), port: TURN_PORT, relay: { tcp: true } })
    sides = { left: await side('left'), right: await side('right') }
  })

  afterEach(async () => {
    for (const connection of connections.splice(0)) await connection.closeConnection()
  })

  // Each step, whatever became of the one before: nothing may stay on the machine.
  afterAll(async () => {
    const steps = await Promise.allSettled([...processes.map(async (host) => await host.dispose()), coturn?.stop()])
    await lab.delete()
    for (const step of steps) if (step.status === 'rejected') throw step.reason
    if (process.env['INTEROP_SUBJECT'] !== undefined)
      console.log(pathTable((ours, theirs) => taken.get(`${ours} ${theirs}`) ?? 'none'))
  })

  async function placeOf(here: Side, kind: PlaceKind): Promise<Place> {
    if (kind === 'open') return here.open
    if (kind !== here.kind) await here.nat.configure(kind)
    here.kind = kind
    return here.behind
  }

  async function connect(left: Place, right: Place): Promise<Pair> {
    const urls = [coturn!.url, `${coturn!.url}?transport=tcp`]
    const made = { configuration: { iceServers: [{ urls, ...TURN_USER }] } }
    const pair = await createPair(left.process, right.process, 'offerer', { ours: made, theirs: made })
    connections.push(pair.ours, pair.theirs)
    await pair.offerer.createChannel('chat')
    await negotiate(pair, { trickle: true })
    await opened(pair, 'chat')
    return pair
  }

  test.each(cells)('%s offers, %s answers', async (ours, theirs) => {
    const [left, right] = [await placeOf(sides.left, ours), await placeOf(sides.right, theirs)]
    const pair = await connect(left, right)
    const path = async (): Promise<string> => {
      const [mine, other] = [await pair.ours.selectedPair(), await pair.theirs.selectedPair()]
      const name = pathName(endOf(mine!, left.host.address), endOf(other!, right.host.address))
      taken.set(`${ours} ${theirs}`, name)
      return name
    }
    await expect.poll(path, { timeout: SETTLED_MILLIS }).toBeOneOf([...bestPaths(ours, theirs)])
    await exchangeMessages(pair, 20_000)
    expect(await path()).toBeOneOf([...bestPaths(ours, theirs)])
  })
})
