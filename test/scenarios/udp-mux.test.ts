import { afterEach, describe, expect, test } from 'vitest'
import { RTCPeerConnection, UdpMux } from '../../src/index.js'
import type { RTCConfiguration, UdpMuxOptions, UnknownPeer } from '../../src/index.js'
import { nodeIo, withIo } from '../../src/node/index.js'
import type { Io } from '../../src/node/index.js'
import { negotiate } from '../support/signalling.js'
import { VirtualNetwork } from '../support/virtual-network.js'
import { echoing } from './support/echoing.js'

const SERVER = '192.0.2.1'

const open: (RTCPeerConnection | UdpMux)[] = []

afterEach(async () => {
  for (const one of open.splice(0)) await one.close()
})

function connectionOn(io: Io, configuration?: RTCConfiguration): RTCPeerConnection {
  const connection = withIo(io, () => new RTCPeerConnection(configuration))
  open.push(connection)
  return connection
}

function muxOn(io: Io, options?: UdpMuxOptions): UdpMux {
  const mux = withIo(io, () => new UdpMux(options))
  open.push(mux)
  return mux
}

describe('one UDP port for many connections', () => {
  test('each hears its own peer, all over the same port; the port is free after the mux is closed', async () => {
    const network = new VirtualNetwork()
    const io = network.host({ addresses: [SERVER, '2001:db8::1'] })
    const mux = muxOn(io, { port: 4000 })
    expect(await mux.listening()).toEqual([
      { address: SERVER, port: 4000 },
      { address: '2001:db8::1', port: 4000 },
    ])
    const pairs = Array.from({ length: 8 }, (_, i) => {
      const client = connectionOn(network.host({ addresses: [`198.51.100.${i + 1}`] }))
      const server = connectionOn(io, { tincan: { udpMux: mux } })
      return { client, server, heard: echoing(client, server, `client ${i}`) }
    })
    await Promise.all(pairs.map(async ({ client, server }) => negotiate(client, server)))
    await network.run({ until: () => pairs.every(({ heard }) => heard.length === 1) })
    expect(pairs.map(({ heard }) => heard)).toEqual(pairs.map((_, i) => [`client ${i}!`]))
    expect(io.held.sockets).toBe(2)
    expect(await mux.statistics()).toMatchObject({ members: 16 })
    for (const { server } of pairs) {
      const ports = [...server.localDescription!.sdp.matchAll(/ udp .* (\d+) typ host/g)].map(([, port]) => port)
      expect(ports).toEqual(['4000', '4000'])
      server.close()
    }
    await network.runFor(10)
    expect(io.held.sockets).toBe(2)
    expect(await mux.statistics()).toMatchObject({ members: 0 })
    await mux.close()
    expect(io.held).toEqual({ sockets: 0, timers: 0 })
  })

  test('clients behind the same NAT, which comes back with another port, and ICE restarts', async () => {
    const network = new VirtualNetwork()
    const io = network.host({ addresses: [SERVER] })
    const mux = muxOn(io, { port: 4000 })
    const nat = network.nat({ publicAddress: '203.0.113.1' })
    const pairs = [1, 2].map((i) => {
      const client = connectionOn(nat.host({ addresses: [`10.0.0.${i}`] }))
      const server = connectionOn(io, { tincan: { udpMux: mux } })
      return { client, server, heard: echoing(client, server, `client ${i}`) }
    })
    for (const { client, server } of pairs) await negotiate(client, server)
    await network.run({ until: () => pairs.every(({ heard }) => heard.length === 1) })
    nat.reboot()
    for (const { client } of pairs) client.restartIce()
    for (const { client, server } of pairs) await negotiate(client, server)
    await network.runFor(5000)
    for (const [i, { client, heard }] of pairs.entries()) {
      const channel = client.createDataChannel('more')
      channel.onopen = () => channel.send(`again ${i}`)
      channel.onmessage = ({ data }) => heard.push(String(data))
    }
    await network.run({ until: () => pairs.every(({ heard }) => heard.length === 2) })
    expect(pairs.map(({ heard }) => heard)).toEqual([
      ['client 1!', 'again 0!'],
      ['client 2!', 'again 1!'],
    ])
  })

  test('a peer that nobody knows is told with both halves, and a connection with its credentials answers it', async () => {
    const network = new VirtualNetwork()
    const io = network.host({ addresses: [SERVER] })
    const told: UnknownPeer[] = []
    const mux = muxOn(io, { port: 4000, onUnknownPeer: (peer) => told.push(peer) })
    // Both sides use one random text for both halves and both passwords, as libp2p's webrtc-direct does.
    const secret = 'libp2p+webrtc+v1/0123456789abcdef'
    const iceParameters = { usernameFragment: secret, password: secret }
    const client = connectionOn(network.host({ addresses: ['198.51.100.1'] }), { tincan: { iceParameters } })
    const server = connectionOn(io, { tincan: { udpMux: mux, iceParameters } })
    const heard = echoing(client, server, 'hello')
    await client.setLocalDescription()
    expect(client.localDescription!.sdp).toContain(`a=ice-ufrag:${secret}\r\n`)
    // What the client makes up of the server: all but the certificate is known beforehand.
    const stranger = connectionOn(network.host({ addresses: ['198.51.100.9'] }))
    await stranger.setRemoteDescription(client.localDescription!)
    const sdp = (await stranger.createAnswer()).sdp.replace(/a=ice-(ufrag|pwd):.*/g, `a=ice-$1:${secret}`)
    await client.setRemoteDescription({ type: 'answer', sdp })
    await client.addIceCandidate({ candidate: `candidate:1 1 udp 1 ${SERVER} 4000 typ host`, sdpMid: '0' })
    await network.run({ until: () => told.length > 0 })
    expect(told[0]).toMatchObject({
      localUsernameFragment: secret,
      remoteUsernameFragment: secret,
      address: '198.51.100.1',
      localAddress: SERVER,
      localPort: 4000,
    })
    const before = told.length
    await network.runFor(900)
    expect(told.length).toBeLessThanOrEqual(before + 1)
    await server.setRemoteDescription(client.localDescription!)
    await server.setLocalDescription()
    await network.run({ until: () => server.iceConnectionState === 'connected' })
    // The certificate is not the one that was made up: nothing is said to whoever has another.
    expect(heard).toEqual([])
  })

  test('SECURITY 15: a flood of strangers is told 256 times a second, and counted', async () => {
    const network = new VirtualNetwork()
    let told = 0
    const io = network.host({ addresses: [SERVER] })
    const mux = muxOn(io, { port: 4000, onUnknownPeer: () => told++ })
    await mux.listening()
    const attacker = await network.host({ addresses: ['198.51.100.66'] }).bindUdp('198.51.100.66', undefined, () => {})
    const header = Buffer.from('000100142112a442000000000000000000000000', 'hex')
    for (let i = 0; i < 1000; i++) {
      const name = Buffer.from(`${i}`.padStart(8, '0') + ':abcdefg')
      attacker.send(Buffer.concat([header, Buffer.from([0, 6, 0, name.length]), name]), { address: SERVER, port: 4000 })
    }
    attacker.send(Uint8Array.of(22, 254, 253), { address: SERVER, port: 4000 })
    await network.runFor(100)
    expect(told).toBe(256)
    expect(await mux.statistics()).toEqual({ members: 0, unknownFragment: 1000, unclaimed: 1 })
    await attacker.close()
  })

  test.each([
    'abc:abcdefgh',
    'abcdefgh:abc',
    'abcdefgh',
    ':abcdefgh',
    'abcd efgh:abcdefgh',
    `${'x'.repeat(257)}:abcdefgh`,
  ])('SECURITY 15: what no description could name is not told: %s', async (username) => {
    const network = new VirtualNetwork()
    const told: UnknownPeer[] = []
    const mux = muxOn(network.host({ addresses: [SERVER] }), { port: 4000, onUnknownPeer: (peer) => told.push(peer) })
    await mux.listening()
    const attacker = await network.host({ addresses: ['198.51.100.66'] }).bindUdp('198.51.100.66', undefined, () => {})
    const ask = (text: string): void => {
      const length = Buffer.alloc(2)
      length.writeUInt16BE(text.length)
      const header = Buffer.from('000100142112a442000000000000000000000000', 'hex')
      const name = Buffer.from(text.padEnd(Math.ceil(text.length / 4) * 4, '\0'))
      attacker.send(Buffer.concat([header, Buffer.from([0, 6]), length, name]), { address: SERVER, port: 4000 })
    }
    ask(username)
    ask('abcdefgh:ijkl')
    await network.runFor(100)
    expect(told).toMatchObject([{ localUsernameFragment: 'abcdefgh', remoteUsernameFragment: 'ijkl' }])
    expect(await mux.statistics()).toMatchObject({ unknownFragment: 2 })
    await attacker.close()
  })

  test('TURN over UDP is told as not to be had; STUN works, for each connection by itself', async () => {
    const network = new VirtualNetwork()
    const io = network.host({ addresses: [SERVER] })
    const mux = muxOn(io)
    const errors: string[] = []
    const iceServers = [{ urls: 'turn:198.51.100.7', username: 'u', credential: 'p' }]
    const server = connectionOn(io, { iceServers, tincan: { udpMux: mux } })
    server.onicecandidateerror = ({ url, errorCode }) => errors.push(`${url} ${errorCode}`)
    server.createDataChannel('x')
    await server.setLocalDescription()
    await network.run({ until: () => server.iceGatheringState === 'complete' })
    expect(errors).toEqual(['turn:198.51.100.7 701'])
  })

  test('that cannot listen rejects, and connections on it have no candidates', async () => {
    const network = new VirtualNetwork()
    const io = network.host({ addresses: [SERVER] })
    const mux = muxOn(io, { address: '203.0.113.9' })
    await expect(mux.listening()).rejects.toMatchObject({ code: 'EADDRNOTAVAIL' })
    const server = connectionOn(io, { tincan: { udpMux: mux } })
    server.createDataChannel('x')
    await server.setLocalDescription()
    await network.run({ until: () => server.iceGatheringState === 'complete' })
    expect(server.localDescription!.sdp).not.toContain('a=candidate')
    await mux.close()
  })

  test.each([
    { port: -1 },
    { port: 65_536 },
    { port: 1.5 },
    { address: 'localhost' },
    { address: '0.0.0.0' },
    { address: ['192.0.2.1', '::'] },
  ])('what cannot be listened on is a TypeError: %o', (options) => {
    expect(() => new UdpMux(options)).toThrow(TypeError)
  })

  test('an address may be written in any way', async () => {
    const network = new VirtualNetwork()
    const io = network.host({ addresses: ['2001:db8::a'] })
    const mux = muxOn(io, { port: 4000, address: '2001:DB8:0::A' })
    expect(await mux.listening()).toEqual([{ address: '2001:db8::a', port: 4000 }])
    const server = connectionOn(io, { tincan: { udpMux: mux } })
    server.createDataChannel('x')
    await server.setLocalDescription()
    await network.runFor(5000)
    expect(await mux.statistics()).toMatchObject({ members: 1 })
  })

  test('real sockets: twenty connections over one port of this machine', async () => {
    const mux = muxOn(nodeIo, { address: '127.0.0.1' })
    const [listening] = await mux.listening()
    const heard = await Promise.all(
      Array.from({ length: 20 }, async (_, i) => {
        const client = connectionOn(nodeIo, { tincan: { addresses: { only: ['127.0.0.1'] } } })
        const server = connectionOn(nodeIo, { tincan: { udpMux: mux } })
        const words = echoing(client, server, `client ${i}`)
        const done = new Promise<void>((resolve) => {
          const poll = (): void => (words.length > 0 ? resolve() : void setImmediate(poll))
          poll()
        })
        await negotiate(client, server)
        await done
        expect(server.localDescription!.sdp).toContain(` 127.0.0.1 ${listening!.port} typ host`)
        return words[0]
      }),
    )
    expect(heard).toEqual(Array.from({ length: 20 }, (_, i) => `client ${i}!`))
  })
})
