/**
 * Gathering and connectivity checks through the kernel's own NATs, with a real STUN server: server-reflexive candidates
 * (RFC 8445 §5.1.1.2), hole punching, and what happens when servers do not answer or a NAT loses everything.
 */
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { AgentEvent } from './agent-protocol.js'
import { CLOSE_BOUND_MILLIS, millisBetween, opened } from './bed.js'
import { Coturn, coturnMissing, TURN_USER } from './coturn.js'
import { exchangeMessages } from './exchange-messages.js'
import { NatLab, nft } from './nat-lab.js'
import type { LabHost, Nat } from './nat-lab.js'
import { candidateErrors, gathered, launchOn, selectedPair } from './nat-lab-host.js'
import { createPair, negotiate } from './negotiate.js'
import type { Pair } from './negotiate.js'
import { digestOfRecipe } from './payload.js'
import type { MessageRecipe } from './payload.js'
import { isAbsent } from './peers.js'
import type { Host, RemotePeer } from './remote-peer.js'

const run = promisify(execFile)

const STUN_PORT = 3478
/** On the STUN server's host: what is sent there gets no answer at all. */
const SILENT_PORT = 4000
/** And what is sent there is answered with ICMP unreachable. */
const CLOSED_PORT = 4001
/** And here by a firewall that says that it forbids it (RFC 1812 §5.2.7.1, code 13). */
const FORBIDDEN_PORT = 4002
/** Nobody has this address of the public segment. */
const NOBODY = '203.0.113.250'

/** RFC 5737: for documentation, and not the lab's. */
const NOWHERE = '198.51.100.0/24'
const OUT_THERE = '198.51.100.1'

/** A server that does not answer is given up after 9.5 s, as browsers do. */
const GIVEN_UP_MILLIS = 15_000
/** Checks of consent are up to 6 s apart (RFC 7675 §5.1), and 2.5 s of silence are `disconnected`. */
const NOTICED_MILLIS = 15_000

const NO_ANSWER = 'The STUN server did not answer.'
const PORT_CLOSED = 'The STUN server is not there: its port is closed.'
const RELAY_CLOSED = 'The server is not there: its port is closed.'
const NO_ROUTE = 'There is no route to the server.'

interface Place {
  readonly host: LabHost
  readonly process: Host
  readonly nat?: Nat
}

/** Where our endpoints are. */
interface Places {
  readonly left: Place & { readonly nat: Nat }
  readonly right: Place & { readonly nat: Nat }
  readonly symmetric: Place & { readonly nat: Nat }
  readonly open: Place
}

const missing = (await NatLab.missing()) ?? (await coturnMissing())

describe.skipIf(isAbsent({ name: 'NATs and coturn', missing }))('behind NATs, with coturn as the STUN server', () => {
  const lab = new NatLab()
  const processes: Host[] = []
  const connections: RemotePeer[] = []
  let coturn: Coturn | undefined
  let stunHost: LabHost
  let places: Places

  async function inhabit(host: LabHost, name: string): Promise<Place> {
    const process = await launchOn(host, name)
    processes.push(process)
    return { host, process }
  }

  async function behind(nat: Nat, name: string): Promise<Place & { readonly nat: Nat }> {
    return { ...(await inhabit(await lab.hostBehind(nat), name)), nat }
  }

  beforeAll(async () => {
    await lab.create()
    stunHost = await lab.publicHost()
    await nft(
      stunHost.enter,
      `table ip silent { chain input { type filter hook input priority filter; udp dport ${SILENT_PORT} drop;
        udp dport ${FORBIDDEN_PORT} reject with icmp type admin-prohibited; }; }`,
    )
    coturn = await Coturn.start({ ...stunHost, port: STUN_PORT })
    places = {
      left: await behind(await lab.nat('port-restricted'), 'behind a port-restricted NAT'),
      right: await behind(await lab.nat('port-restricted'), 'behind another port-restricted NAT'),
      symmetric: await behind(await lab.nat('symmetric'), 'behind a symmetric NAT'),
      open: await inhabit(await lab.publicHost(), 'public'),
    }
  })

  afterEach(async () => {
    for (const connection of connections.splice(0)) await connection.closeConnection()
  })

  // Each step, whatever became of the one before: nothing may stay on the machine.
  afterAll(async () => {
    const steps = await Promise.allSettled([...processes.map(async (host) => await host.dispose()), coturn?.stop()])
    await lab.delete()
    for (const step of steps) if (step.status === 'rejected') throw step.reason
  })

  async function pairOf(offerer: Place, answerer: Place, urls?: readonly string[], theirUrls = urls): Promise<Pair> {
    const made = (given: readonly string[] = [coturn!.url]) => ({
      configuration: { iceServers: given.map((url) => ({ urls: url })) },
    })
    const creations = { ours: made(urls), theirs: made(theirUrls) }
    const pair = await createPair(offerer.process, answerer.process, 'offerer', creations)
    connections.push(pair.ours, pair.theirs)
    await pair.offerer.createChannel('chat')
    return pair
  }

  /** A connection from one place to another, with candidates one by one as they are found. */
  async function connect(...given: Parameters<typeof pairOf>): Promise<Pair> {
    const pair = await pairOf(...given)
    await negotiate(pair, { trickle: true })
    await connected(pair)
    return pair
  }

  test('a server-reflexive candidate says what the NAT made of which port, and comes before the end', async () => {
    const { left } = places
    const { ours } = await pairOf(left, places.open)
    await ours.offer(true)
    const [host] = gathered(ours, 'host')
    expect(gathered(ours)).toHaveLength(2)
    expect(host).toMatchObject({ address: left.host.address, relatedAddress: null, relatedPort: null, url: null })
    const [reflexive] = gathered(ours, 'srflx')
    expect(reflexive).toMatchObject({
      protocol: 'udp',
      address: left.nat.publicAddress,
      relatedAddress: left.host.address,
      relatedPort: host!.port,
      url: coturn!.url,
    })
    expect(reflexive!.port).not.toBe(host!.port)
    expect(candidateErrors(ours)).toEqual([])
    const gathering = ours.log.events.filter(({ type }) => /^(gathered|icecandidate|icegathering)/.test(type))
    expect(gathering.map(summary)).toEqual([
      'gathering',
      'gathered host',
      'candidate',
      'gathered host', // of ICE over TCP
      'candidate',
      'gathered srflx',
      'candidate',
      'end of generation',
      'complete',
      'end',
    ])
  })

  test('on the public segment there is no NAT, and so no candidate beside the host one', async () => {
    const { ours } = await pairOf(places.open, places.left)
    await ours.offer(true)
    expect(gathered(ours).map(({ type, address }) => [type, address])).toEqual([['host', places.open.host.address]])
    expect(candidateErrors(ours)).toEqual([])
  })

  test('both behind port-restricted NATs: through the holes that both punch', async () => {
    const { left, right } = places
    const pair = await connect(left, right)
    const [onLeft, onRight] = [selectedPair(pair.ours)!, selectedPair(pair.theirs)!]
    // The ports that coturn saw are those that the peer sees: what makes hole punching possible.
    expect(endpoint(onLeft.remote)).toEqual(endpoint(gathered(pair.theirs, 'srflx')[0]!))
    expect(endpoint(onRight.remote)).toEqual(endpoint(gathered(pair.ours, 'srflx')[0]!))
    await exchangeMessages(pair)
    await closeOn(pair.ours, pair.theirs)
  })

  test('all candidates in the descriptions: both behind port-restricted NATs', async () => {
    const pair = await pairOf(places.right, places.left)
    await negotiate(pair, { trickle: false })
    await connected(pair)
    await exchangeMessages(pair)
    await closeOn(pair.theirs, pair.ours)
  })

  test.each([
    ['left', 'open', 'left'],
    ['open', 'left', 'left'],
    ['symmetric', 'open', 'symmetric'],
    ['open', 'symmetric', 'symmetric'],
  ] as const)('%s offers and %s answers: through the NAT of one', async (offering, answering, behindNat) => {
    const pair = await connect(places[offering], places[answering])
    const [inside, outside] = behindNat === offering ? [pair.ours, pair.theirs] : [pair.theirs, pair.ours]
    const { nat } = places[behindNat]
    expect(endpoint(selectedPair(inside)!.remote)).toEqual(endpoint(gathered(outside, 'host')[0]!))
    const { local } = selectedPair(inside)!
    expect(local).toMatchObject({ address: nat.publicAddress, relatedAddress: places[behindNat].host.address })
    expect(selectedPair(outside)!.remote.port).toBe(local.port)
    // A symmetric NAT has another port for us than for the STUN server, which only a check reveals.
    if (behindNat === 'symmetric') expect(local).toMatchObject({ type: 'prflx', url: null })
    await exchangeMessages(pair)
    await closeOn(inside, outside)
  })

  test('symmetric with port-restricted, and with symmetric: without a relay there is no way, and that is told', async () => {
    await places.right.nat.configure('symmetric')
    try {
      const pairs = [await pairOf(places.left, places.symmetric), await pairOf(places.symmetric, places.right)]
      for (const pair of pairs) await negotiate(pair, { trickle: true })
      const sides = pairs.flatMap(({ ours, theirs }) => [ours, theirs])
      for (const { log } of sides) {
        const failed = (): true | undefined => (connectionStates(log.events).at(-1) === 'failed' ? true : undefined)
        await log.until('failed', failed, GIVEN_UP_MILLIS + NOTICED_MILLIS)
        expect(connectionStates(log.events)).toEqual(['connecting', 'failed'])
      }
    } finally {
      await places.right.nat.configure('port-restricted')
    }
  })

  test('servers that do not answer cost nobody the connection: each is told as 701, and gathering ends', async () => {
    const closed = `stun:${stunHost.address}:${CLOSED_PORT}`
    const silent = [`stun:${stunHost.address}:${SILENT_PORT}`, `stun:${NOBODY}`]
    const pair = await connect(places.left, places.open, [...silent, closed], [])
    expect(gathered(pair.ours).map(({ type }) => type)).toEqual(['host'])
    expect(pair.ours.log.events.some(isComplete)).toBe(false)
    await exchangeMessages(pair)
    await pair.ours.log.until('end of gathering', () => pair.ours.log.events.find(isComplete), GIVEN_UP_MILLIS)
    const { address, port } = gathered(pair.ours, 'host')[0]!
    const error = (url: string, errorText = NO_ANSWER) => ({ address, port, url, errorCode: 701, errorText })
    // What says through the NAT that its port is closed is not waited for.
    expect(candidateErrors(pair.ours)).toEqual([error(closed, PORT_CLOSED), ...silent.map((url) => error(url))])
    await exchangeMessages(pair)
  })

  test.each([
    ['no network leads there (ENETUNREACH)', 'throw'],
    ['the network knows that no host is there (EHOSTUNREACH)', 'unreachable'],
  ])('%s: 701 at once, over UDP and TCP', async (_why, route) => {
    const [command, ...words] = places.open.host.enter
    const routes = async (what: string): Promise<unknown> =>
      run(command, [...words, 'ip', 'route', what, route, NOWHERE])
    await routes('add')
    try {
      const urls = [`stun:${OUT_THERE}`, `turn:${OUT_THERE}`, `turn:${OUT_THERE}?transport=tcp`]
      expect(await errorsAt(places.open, urls)).toEqual([
        [urls[0], 701, PORT_CLOSED],
        [urls[1], 701, RELAY_CLOSED],
        [urls[2], 701, NO_ROUTE],
      ])
    } finally {
      await routes('delete')
    }
  })

  test('a firewall forbids it, and says so (EHOSTUNREACH): 701 at once', async () => {
    const host = `${stunHost.address}:${FORBIDDEN_PORT}`
    expect(await errorsAt(places.left, [`stun:${host}`, `turn:${host}`])).toEqual([
      [`stun:${host}`, 701, PORT_CLOSED],
      [`turn:${host}`, 701, RELAY_CLOSED],
    ])
  })

  /** What gathering says of servers, until it is complete; those that nobody answers for are told in other words. */
  async function errorsAt(place: Place, urls: string[]): Promise<unknown[]> {
    const ours = { configuration: { iceServers: [{ urls, ...TURN_USER }] } }
    const pair = await createPair(place.process, places.right.process, 'offerer', { ours })
    connections.push(pair.ours, pair.theirs)
    await pair.ours.createChannel('chat')
    await pair.ours.offer(true)
    await pair.ours.log.until('end of gathering', () => pair.ours.log.events.find(isComplete), GIVEN_UP_MILLIS)
    const told = candidateErrors(pair.ours).map(({ url, errorCode, errorText }) => [url, errorCode, errorText] as const)
    return told.toSorted(([one], [other]) => urls.indexOf(one) - urls.indexOf(other))
  }

  test('a server whose name does not resolve is a 701 at once, and another one still serves', async () => {
    const nameless = 'stun:stun.invalid:3478'
    const { ours } = await pairOf(places.left, places.open, [nameless, coturn!.url])
    await ours.offer(true)
    expect(candidateErrors(ours)).toMatchObject([{ url: nameless, errorCode: 701, address: places.left.host.address }])
    expect(gathered(ours).map(({ type }) => type)).toEqual(['host', 'srflx'])
  })

  test('a NAT that loses everything for a while: disconnected, and connected again', async () => {
    const { left, right } = places
    const pair = await connect(left, right)
    const states = (side: RemotePeer): unknown[] => connectionStates(side.log.events)
    const reached = async (wanted: readonly string[]): Promise<void> => {
      const sides = [pair.ours, pair.theirs].map(async (side) => {
        const enough = (): true | undefined => (states(side).length >= wanted.length ? true : undefined)
        await side.log.until(`states ${wanted.join(', ')}`, enough, NOTICED_MILLIS)
        expect(states(side)).toEqual(wanted)
      })
      await Promise.all(sides)
    }
    await reached(['connecting', 'connected'])
    const sent: MessageRecipe = { kind: 'binary', size: 50_000, seed: 7 }
    await left.nat.cut()
    try {
      await pair.ours.send('chat', [sent])
      await reached(['connecting', 'connected', 'disconnected'])
    } finally {
      await left.nat.restore()
    }
    await reached(['connecting', 'connected', 'disconnected', 'connected'])
    // What was sent into the hole arrives, for the channel is reliable.
    expect(await pair.theirs.log.messages('chat', 1)).toEqual([digestOfRecipe(sent)])
    await closeOn(pair.ours, pair.theirs)
  })

  /** The channel is open, and ICE has settled on a pair. */
  async function connected(pair: Pair): Promise<void> {
    await opened(pair, 'chat')
    for (const side of [pair.ours, pair.theirs]) await side.log.state('connectionstatechange', 'connected')
  }

  /** Through the NATs, too, the other side sees it within a second. */
  async function closeOn(closer: RemotePeer, other: RemotePeer): Promise<void> {
    await closer.closeConnection()
    const called = closer.log.find('call close')!
    const seen = await other.log.event('close', 'chat')
    expect(millisBetween(called, seen)).toBeLessThan(CLOSE_BOUND_MILLIS)
  }
})

function endpoint({ address, port }: { address: string | null; port: number | null }): [string | null, number | null] {
  return [address, port]
}

function isComplete({ type, detail }: AgentEvent): boolean {
  return type === 'icegatheringstatechange' && detail?.['state'] === 'complete'
}

function connectionStates(events: readonly AgentEvent[]): unknown[] {
  return events.filter(({ type }) => type === 'connectionstatechange').map(({ detail }) => detail?.['state'])
}

/** An event of gathering, in a word. */
function summary({ type, detail }: AgentEvent): string {
  if (type === 'icegatheringstatechange') return String(detail?.['state'])
  if (type === 'gathered') return `gathered ${String(detail?.['type'])}`
  const candidate = detail?.['candidate'] as { candidate: string } | null
  if (candidate === null) return 'end'
  return candidate.candidate === '' ? 'end of generation' : 'candidate'
}
