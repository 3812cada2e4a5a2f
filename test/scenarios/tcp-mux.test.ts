import { connect } from 'node:net'
import { once } from 'node:events'
import { afterEach, describe, expect, test } from 'vitest'
import { RTCPeerConnection, TcpMux, UdpMux } from '../../src/index.js'
import type { RTCConfiguration, RTCDataChannel, TcpMuxOptions, UnknownPeer } from '../../src/index.js'
import { nodeIo, withIo } from '../../src/node/index.js'
import type { Io } from '../../src/node/index.js'
import { negotiate, type IsTold } from '../support/signalling.js'
import { VirtualNetwork } from '../support/virtual-network.js'
import { echoing } from './support/echoing.js'

const SERVER = '192.0.2.1'

const open: (RTCPeerConnection | TcpMux)[] = []

afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

function connectionOn(io: Io, configuration?: RTCConfiguration): RTCPeerConnection {
  const connection = withIo(io, () => new RTCPeerConnection(configuration))
  open.push(connection)
  return connection
}

function muxOn(io: Io, options?: TcpMuxOptions): TcpMux {
  const mux = withIo(io, () => new TcpMux(options))
  open.push(mux)
  return mux
}

/** A network that lets no datagram through. */
function withoutUdp(): VirtualNetwork {
  return new VirtualNetwork({ seed: 5, link: { latencyMillis: 20, lossRatio: 1 } })
}

const isTcp: IsTold = (candidate) => candidate.includes(' tcp ')

describe('one TCP port for many connections', () => {
  test('each hears its own peer over the same port, after an ICE restart too; the port is free after the mux is closed', async () => {
    const network = withoutUdp()
    const io = network.host({ addresses: [SERVER] })
    const mux = muxOn(io, { port: 443 })
    expect(await mux.listening()).toEqual([{ address: SERVER, port: 443 }])
    const pairs = Array.from({ length: 6 }, (_, i) => {
      const client = connectionOn(network.host({ addresses: [`198.51.100.${i + 1}`] }))
      const server = connectionOn(io, { tincan: { tcpMux: mux } })
      return { client, server, heard: echoing(client, server, `client ${i}`) }
    })
    for (const { client, server } of pairs) await negotiate(client, server, isTcp)
    await network.run({ until: () => pairs.every(({ heard }) => heard.length === 1) })
    expect(pairs.map(({ heard }) => heard)).toEqual(pairs.map((_, i) => [`client ${i}!`]))
    expect(await mux.statistics()).toEqual({ members: 6, undecided: 0, unknownFragment: 0, refused: 0 })
    for (const { server } of pairs) {
      expect(server.localDescription!.sdp).toMatch(new RegExp(` tcp .* ${SERVER} 443 typ host tcptype passive`))
    }
    const { client, server, heard } = pairs[0]!
    client.restartIce()
    await negotiate(client, server, isTcp)
    await network.runFor(5000)
    client.createDataChannel('more').onopen = ({ target }) => (target as RTCDataChannel).send('again')
    server.ondatachannel = ({ channel }) => (channel.onmessage = ({ data }) => heard.push(String(data)))
    await network.run({ until: () => heard.length === 2 })
    for (const pair of pairs) pair.server.close()
    await network.runFor(1000)
    expect(await mux.statistics()).toMatchObject({ members: 0 })
    await mux.close()
    for (const pair of pairs) pair.client.close()
    await network.runFor(1000)
    expect(io.held).toEqual({ sockets: 0, timers: 0 })
  })

  test('a mux that closes leaves those alone who are connected', async () => {
    const network = withoutUdp()
    const io = network.host({ addresses: [SERVER] })
    const mux = muxOn(io, { port: 443 })
    const client = connectionOn(network.host({ addresses: ['198.51.100.1'] }))
    const server = connectionOn(io, { tincan: { tcpMux: mux, iceTcp: 'none' } })
    const heard = echoing(client, server, 'one')
    await negotiate(client, server, isTcp)
    await network.run({ until: () => heard.length === 1 })
    await mux.close()
    const channel = client.createDataChannel('after')
    channel.onopen = () => channel.send('two')
    channel.onmessage = ({ data }) => heard.push(String(data))
    await network.run({ until: () => heard.length === 2 })
    expect(heard).toEqual(['one!', 'two!'])
  })

  test('the check of a peer that nobody knows waits for a connection with its credentials', async () => {
    const network = withoutUdp()
    const io = network.host({ addresses: [SERVER] })
    const told: UnknownPeer[] = []
    const mux = muxOn(io, { port: 443, onUnknownPeer: (peer) => told.push(peer) })
    const secret = 'libp2p+webrtc+v1/0123456789abcdef'
    const iceParameters = { usernameFragment: secret, password: secret }
    const client = connectionOn(network.host({ addresses: ['198.51.100.1'] }), { tincan: { iceParameters } })
    client.createDataChannel('x')
    await client.setLocalDescription()
    const stranger = connectionOn(network.host({ addresses: ['198.51.100.9'] }))
    await stranger.setRemoteDescription(client.localDescription!)
    const sdp = (await stranger.createAnswer()).sdp.replace(/a=ice-(ufrag|pwd):.*/g, `a=ice-$1:${secret}`)
    await client.setRemoteDescription({ type: 'answer', sdp })
    await client.addIceCandidate({
      candidate: `candidate:1 1 tcp 1 ${SERVER} 443 typ host tcptype passive`,
      sdpMid: '0',
    })
    await network.run({ until: () => told.length > 0 })
    expect(told).toMatchObject([{ localUsernameFragment: secret, remoteUsernameFragment: secret, localPort: 443 }])
    await network.runFor(3000) // of the ten seconds that it has
    const server = connectionOn(io, { tincan: { tcpMux: mux, iceParameters } })
    await server.setRemoteDescription(client.localDescription!)
    await server.setLocalDescription()
    await network.run({ until: () => server.iceConnectionState === 'connected' })
    expect(await mux.statistics()).toMatchObject({ members: 1, undecided: 0, unknownFragment: 1, refused: 0 })
  })

  test.each(['tcpMux', 'udpMux'] as const)('one that is closed is not listened on any more (%s)', async (which) => {
    const network = new VirtualNetwork()
    const io = network.host({ addresses: [SERVER] })
    const mux = withIo(io, () => (which === 'tcpMux' ? new TcpMux({ port: 443 }) : new UdpMux({ port: 443 })))
    await mux.listening()
    await mux.close()
    const late = connectionOn(io, { tincan: { [which]: mux } })
    late.createDataChannel('x')
    await late.setLocalDescription()
    await network.run({ until: () => late.iceGatheringState === 'complete' })
    expect(late.localDescription!.sdp).not.toMatch(/ 443 typ host/)
    expect(await mux.statistics()).toMatchObject({ members: 0 })
  })

  test('where there is no such address or port', async () => {
    const io = new VirtualNetwork().host({ addresses: [SERVER] })
    expect(() => muxOn(io, { port: 70_000 })).toThrow(TypeError)
    expect(() => muxOn(io, { address: '0.0.0.0' })).toThrow(TypeError)
    await expect(muxOn(io, { address: '192.0.2.99' }).listening()).rejects.toThrow()
    expect(() => new RTCPeerConnection({ tincan: { tcpMux: Object.create(null) as TcpMux } })).toThrow(TypeError)
  })
})

test('SECURITY 19: on real sockets garbage is closed, and peers come through beside it', async () => {
  const mux = muxOn(nodeIo, { address: '127.0.0.1' })
  const [listening] = await mux.listening()
  const { port } = listening!
  const garbage = connect(port, '127.0.0.1').end('GET / HTTP/1.1\r\n\r\n')
  garbage.resume()
  const silent = connect(port, '127.0.0.1')
  await once(silent, 'connect')
  const client = connectionOn(nodeIo, { tincan: { includeLoopback: true } })
  const server = connectionOn(nodeIo, { tincan: { includeLoopback: true, tcpMux: mux } })
  const heard = echoing(client, server, 'hello')
  const echoed = new Promise((resolve) => {
    client.addEventListener('connectionstatechange', () => resolve(undefined))
  })
  await negotiate(client, server, isTcp)
  await echoed
  while (heard.length === 0) await new Promise((next) => setImmediate(next))
  const { local } = client.sctp!.transport.iceTransport.getSelectedCandidatePair()!
  expect(local.protocol).toBe('tcp')
  expect(garbage.destroyed || garbage.readableEnded).toBe(true)
  expect(await mux.statistics()).toMatchObject({ members: 1, undecided: 1, refused: 1 })
  await mux.close()
  if (!silent.closed) await once(silent.resume(), 'close')
})
