/**
 * Who hears of us. With the relay policy nobody but the server that the application named: every packet that leaves the host is
 * counted by the kernel. And without servers, or with servers whose names nobody resolves, nobody but the peer.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { opened } from './bed.js'
import { Coturn, coturnMissing, TURN_USER } from './coturn.js'
import { exchangeMessages } from './exchange-messages.js'
import { expectHosts } from './expect-hosts.js'
import { NatLab, nft, packetCounts } from './nat-lab.js'
import type { LabHost } from './nat-lab.js'
import { gathered, launchOn, selectedPair } from './nat-lab-host.js'
import { createPair, negotiate } from './negotiate.js'
import type { Pair } from './negotiate.js'
import { isAbsent } from './peers.js'
import type { Host, RemotePeer } from './remote-peer.js'

const PORT = 3478

const missing = (await NatLab.missing()) ?? (await coturnMissing())

/** What has left a host since {@link watch}, over UDP and TCP, in packets. */
interface Departures {
  readonly server: number
  readonly peer: number
  readonly names: number
  readonly elsewhere: number
}

const COUNTERS = ['server', 'peer', 'names', 'elsewhere'] as const

describe.skipIf(isAbsent({ name: 'namespaces and coturn', missing }))('who hears of us', () => {
  const lab = new NatLab()
  const processes: Host[] = []
  const connections: RemotePeer[] = []
  let coturn: Coturn | undefined
  let server: LabHost
  let here: LabHost
  let there: LabHost
  let ours: Host
  let theirs: Host

  beforeAll(async () => {
    await lab.create()
    server = await lab.publicHost()
    coturn = await Coturn.start({ ...server, port: PORT, relay: { tcp: true, staleNonce: 2 } })
    here = await lab.publicHost()
    there = await lab.publicHost()
    for (const [host, name] of [
      [here, 'here'],
      [there, 'there'],
    ] as const) {
      processes.push(await launchOn(host, name))
    }
    ;[ours, theirs] = processes as [Host, Host]
  })

  afterEach(async () => {
    for (const connection of connections.splice(0)) await connection.closeConnection()
  })

  afterAll(async () => {
    const steps = await Promise.allSettled([...processes.map(async (host) => await host.dispose()), coturn?.stop()])
    await lab.delete()
    for (const step of steps) if (step.status === 'rejected') throw step.reason
  })

  /**
   * Counts from nothing. Name servers are silent: what is asked goes as far as the edge of the lab, or not even that. The
   * fast path sends datagrams to itself before it is used: these do not leave the host.
   */
  async function watch(): Promise<void> {
    const counting = (condition: string, counter: (typeof COUNTERS)[number]): string =>
      `${condition} counter name ${counter} accept;`
    await nft(
      here.enter,
      `flush ruleset
      table inet watch {
        ${COUNTERS.map((name) => `counter ${name} { }`).join('\n')}
        chain output { type filter hook output priority filter;
          meta l4proto != { tcp, udp } accept;
          ${counting(`ip daddr ${server.address} th dport ${PORT}`, 'server')}
          ${counting('th dport 53', 'names')}
          ${counting(`ip daddr ${there.address}`, 'peer')}
          oifname "lo" accept;
          ${counting('', 'elsewhere')} }
        chain input { type filter hook input priority filter;
          th dport 53 drop; }
      }`,
    )
  }

  async function departures(): Promise<Departures> {
    return (await packetCounts(here.enter)) as unknown as Departures
  }

  async function connect(
    configuration: Record<string, unknown>,
    role: 'offerer' | 'answerer' = 'offerer',
    theirServers: readonly object[] = [],
  ): Promise<Pair> {
    const creations = { ours: { configuration }, theirs: { configuration: { iceServers: theirServers } } }
    const pair = await createPair(ours, theirs, role, creations)
    connections.push(pair.ours, pair.theirs)
    await pair.offerer.createChannel('chat')
    await negotiate(pair, { trickle: true })
    return pair
  }

  describe.each(['udp', 'tcp'] as const)('the relay policy over %s', (transport) => {
    test.each(['offerer', 'answerer'] as const)('as the %s: not a packet but to the server', async (role) => {
      await watch()
      const iceServers = [{ urls: `${coturn!.url}?transport=${transport}`, ...TURN_USER }]
      const theirServers = [{ urls: coturn!.url, ...TURN_USER }]
      const pair = await connect({ iceServers, iceTransportPolicy: 'relay' }, role, theirServers)
      await opened(pair, 'chat')
      // The peer has told of its own address, and of names that would have to be asked for somewhere.
      expect(gathered(pair.theirs, 'host')).toMatchObject([{ address: there.address }])
      for (const name of ['f6f85f9e-7a3c-4a8e-b1f7-3f6b7e2a4c11.local', 'who-asks.example']) {
        const candidate = `candidate:9 1 udp 2130706431 ${name} 9 typ host`
        await pair.ours.addCandidate({ candidate, sdpMid: '0' })
      }
      expect(selectedPair(pair.ours)).toMatchObject({ local: { type: 'relay', relayProtocol: transport } })
      await exchangeMessages(pair)
      await negotiate(pair, { trickle: true, iceRestart: true })
      await exchangeMessages(pair)
      await pair.ours.closeConnection()
      await pair.theirs.log.event('close', 'chat')
      const { server: asked, ...others } = await departures()
      expect(others).toEqual({ peer: 0, names: 0, elsewhere: 0 })
      expect(asked).toBeGreaterThan(0)
    })
  })

  test('no servers: nobody but the peer', async () => {
    await watch()
    const pair = await connect({})
    await opened(pair, 'chat')
    await exchangeMessages(pair)
    await pair.ours.closeConnection()
    expect(await departures()).toMatchObject({ server: 0, names: 0, elsewhere: 0 })
  })

  test('names of servers that nobody resolves: connected by host candidates before gathering ends, and nobody else is asked', async () => {
    await watch()
    const iceServers = [
      { urls: ['stun:stun.example', 'stun:stun2.example:3478'] },
      { urls: ['turn:turn.example', 'turns:turn.example:443', 'turn:turn.example?transport=tcp'], ...TURN_USER },
    ]
    const pair = await connect({ iceServers })
    await opened(pair, 'chat')
    // Gathering waits for the names. Nothing else does.
    const gathering = pair.ours.log.events.filter(({ type }) => type === 'icegatheringstatechange')
    expect(gathering.map(({ detail }) => detail?.['state'])).toEqual(['gathering'])
    await expectHosts(pair.ours)
    await exchangeMessages(pair)
    const { names, ...others } = await departures()
    expect(names).toBeGreaterThan(0)
    expect(others).toMatchObject({ server: 0, elsewhere: 0 })
  })
})
