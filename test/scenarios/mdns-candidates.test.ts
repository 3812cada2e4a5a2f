import { afterEach, describe, expect, test } from 'vitest'
import { resourcesOf, RTCPeerConnection } from '../../src/index.js'
import type { RTCConfiguration } from '../../src/index.js'
import { withIo } from '../../src/node/index.js'
import type { Io, UdpSocket } from '../../src/node/index.js'
import { negotiate } from '../support/signalling.js'
import { VirtualNetwork } from '../support/virtual-network.js'

const [ALICE, ALICE_6, BOB, PUBLIC] = ['10.0.0.1', 'fd00::1', '10.0.0.2', '203.0.113.1']
const HIDDEN: RTCConfiguration = { tincan: { mdnsHostCandidates: true, iceTcp: 'both' } }
const NAME = /[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\.local/

const open: RTCPeerConnection[] = []

afterEach(() => {
  for (const connection of open.splice(0)) connection.close()
})

function connectionOn(io: Io, configuration: RTCConfiguration = HIDDEN): RTCPeerConnection {
  const connection = withIo(io, () => new RTCPeerConnection(configuration))
  open.push(connection)
  return connection
}

/** Answers Binding requests over IPv4 with where they came from (RFC 8489 §14.2). */
async function stunServer(network: VirtualNetwork, address: string): Promise<UdpSocket> {
  const io = network.host({ addresses: [address] })
  const socket = await io.bindUdp(address, { min: 3478, max: 3478 }, (request, from) => {
    const answer = Buffer.alloc(32)
    answer.writeUInt32BE(0x0101_000c)
    answer.set(request.subarray(4, 20), 4)
    answer.writeUInt32BE(0x0020_0008, 20)
    answer.writeUInt32BE(0x0001_0000 | (from.port ^ 0x2112), 24)
    for (const [i, byte] of from.address.split('.').entries()) answer[28 + i] = Number(byte) ^ answer[4 + i]!
    socket.send(answer, from)
  })
  return socket
}

/** Everything that the application can read of its own side. */
async function toldBy(connection: RTCPeerConnection): Promise<string> {
  const { iceTransport } = connection.sctp!.transport
  const stats = [...(await connection.getStats()).values()].filter(({ type }) => type !== 'remote-candidate')
  const { local } = iceTransport.getSelectedCandidatePair()!
  return JSON.stringify([connection.localDescription, iceTransport.getLocalCandidates(), local, stats])
}

describe('host candidates that tell names (draft-ietf-mmusic-mdns-ice-candidates)', () => {
  test.each([
    ['both hide', HIDDEN],
    ['the peer does not', {}],
  ])('%s: they connect, and no address of ours is told, nor left published', async (_what, theirs) => {
    const network = new VirtualNetwork()
    const io = network.host({ addresses: [ALICE, ALICE_6] })
    const alice = connectionOn(io)
    const bob = connectionOn(network.host({ addresses: [BOB] }), theirs)
    const channel = alice.createDataChannel('x')
    const told: string[] = []
    alice.addEventListener('icecandidate', ({ candidate }) => told.push(JSON.stringify(candidate)))
    await negotiate(alice, bob)
    await network.run({ until: () => channel.readyState === 'open' && alice.iceGatheringState === 'complete' })
    await network.runFor(1000)
    const everything = `${told.join()} ${await toldBy(alice)}`
    expect(everything).not.toContain(ALICE)
    expect(everything).not.toContain(ALICE_6)
    const candidates = [...alice.localDescription!.sdp.matchAll(/^a=candidate:\S+ 1 (\w+) \d+ (\S+) (\d+) typ host/gm)]
    expect(candidates.map(([, protocol]) => protocol).sort()).toEqual(['tcp', 'tcp', 'tcp', 'tcp', 'udp', 'udp'])
    const names = new Set(candidates.map(([, , name]) => name!))
    for (const name of names) expect(name).toMatch(new RegExp(`^${NAME.source}$`))
    expect([...names].map((name) => network.names.get(name)![0]).sort()).toEqual([ALICE, ALICE_6])
    alice.close()
    await network.runFor(1000)
    expect([...names].filter((name) => network.names.has(name))).toEqual([])
    expect(resourcesOf(alice)).toEqual({ sockets: 0, timers: 0, lookups: 0, pendingTasks: 0 })
    expect(io.held).toEqual({ sockets: 0, timers: 0 })
  })

  test('reflexive candidates do not tell of what they are: raddr 0.0.0.0, port 9', async () => {
    const network = new VirtualNetwork()
    const server = await stunServer(network, '198.51.100.7')
    const nat = network.nat({ publicAddress: PUBLIC })
    const configuration = { ...HIDDEN, iceServers: [{ urls: 'stun:198.51.100.7' }] }
    const behind = connectionOn(nat.host({ addresses: [ALICE] }), configuration)
    behind.createDataChannel('x')
    await behind.setLocalDescription()
    await network.run({ until: () => behind.iceGatheringState === 'complete' })
    const { sdp } = behind.localDescription!
    expect(sdp).toMatch(new RegExp(` ${PUBLIC} \\d+ typ srflx raddr 0\\.0\\.0\\.0 rport 9`))
    expect(sdp).not.toContain(ALICE)
    // Without a NAT it would be the host candidate with its address.
    const bare = connectionOn(network.host({ addresses: ['198.51.100.20'] }), configuration)
    bare.createDataChannel('x')
    await bare.setLocalDescription()
    await network.run({ until: () => bare.iceGatheringState === 'complete' })
    expect(bare.localDescription!.sdp).toMatch(NAME)
    expect(bare.localDescription!.sdp).not.toContain('198.51.100.20')
    await server.close()
  })

  test('a restart keeps the names; two connections share none', async () => {
    const network = new VirtualNetwork()
    const io = network.host({ addresses: [ALICE] })
    const nameOf = async (connection: RTCPeerConnection): Promise<string> => {
      await connection.setLocalDescription()
      await network.run({ until: () => connection.iceGatheringState === 'complete' })
      return NAME.exec(connection.localDescription!.sdp)![0]
    }
    const [first, second] = [connectionOn(io), connectionOn(io)]
    first.createDataChannel('x')
    second.createDataChannel('x')
    const name = await nameOf(first)
    first.restartIce()
    expect(await nameOf(first)).toBe(name)
    expect(await nameOf(second)).not.toBe(name)
  })
})
