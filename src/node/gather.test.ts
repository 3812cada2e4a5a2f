import { describe, expect, test } from 'vitest'
import { VirtualNetwork } from '../../test/support/virtual-network.js'
import type { VerifyServer } from '../ice/types.js'
import type { PeerEvent } from '../peer/contract.js'
import { Driver } from './driver.js'
import type { DriverOptions } from './driver-options.js'
import { FakePeer, turns } from './fake-peer.test-support.js'
import { serverVerifier } from './server-chain/index.js'

function rig(addresses: string[], options: Partial<DriverOptions> = {}) {
  const network = new VirtualNetwork({
    names: {
      'both.example': ['198.51.100.1', '198.51.100.2', '2001:db8::1'],
      'four.example': ['198.51.100.3'],
      'slow.local': ['192.0.2.77', '192.0.2.78'],
    },
  })
  const io = network.host({ addresses })
  const peer = new FakePeer()
  const told: PeerEvent[] = []
  const driver = new Driver({
    io,
    peer: peer.asPeer(),
    iceServers: [],
    onEvent: (event) => told.push(event),
    ...options,
  })
  const gather = async (transportId = 1): Promise<void> => {
    const before = peer.gathered
    peer.events.push({ type: 'gather', transportId, usernameFragment: 'frag' })
    driver.wake()
    await network.run({ until: () => peer.gathered > before })
  }
  return { network, io, peer, driver, told, gather }
}

describe('gathering', () => {
  test('one socket per address with its preference, then the servers of both families, then the end', async () => {
    const urls = ['stun:both.example', 'stun:four.example:19302', 'stun:[2001:db8::9]:5', 'stun:198.51.100.9']
    const { peer, driver, gather } = rig(['2001:db8::2', '192.0.2.1'], { iceServers: [{ urls }] })
    await gather()
    expect(peer.sockets.map(({ local, localPreference }) => [local.address, localPreference])).toEqual([
      ['2001:db8::2', 65_535],
      ['192.0.2.1', 65_534],
    ])
    const named = peer.servers.map(({ address, port, url }) => `${url} ${address} ${port}`)
    expect(named.toSorted()).toEqual(
      [
        'stun:both.example 198.51.100.1 3478',
        'stun:both.example 198.51.100.2 3478',
        'stun:both.example 2001:db8::1 3478',
        'stun:four.example:19302 198.51.100.3 19302',
        'stun:[2001:db8::9]:5 2001:db8::9 5',
        'stun:198.51.100.9 198.51.100.9 3478',
      ].toSorted(),
    )
    expect(peer.log.at(-1)).toBe('end of sockets')
    expect(driver.resources()).toMatchObject({ lookups: 0 })
    await driver.close()
  })

  test('servers of a family that has no socket are left out; the same URL twice is one', async () => {
    const urls = ['stun:both.example', 'stun:both.example']
    const { peer, driver, gather } = rig(['2001:db8::2'], { iceServers: [{ urls }] })
    await gather()
    expect(peer.servers.map(({ address }) => address)).toEqual(['2001:db8::1'])
    await driver.close()
  })

  test('the same URL with other credentials is asked for once with each', async () => {
    const urls = 'turn:198.51.100.1'
    const entries = [
      ['alice', 'old'],
      ['alice', 'old'],
      ['alice', 'new'],
      ['bob', 'old'],
    ] as const
    const iceServers = entries.map(([username, credential]) => ({ urls: [urls], username, credential }))
    const { peer, driver, gather } = rig(['192.0.2.1'], { iceServers })
    await gather()
    const named = peer.relays.map((server) => [server.username, server.password])
    expect(named).toEqual([...new Set(entries.map(([...entry]) => entry.join(' ')))].map((text) => text.split(' ')))
    await driver.close()
  })

  test('of a name with many addresses two of each family are asked', async () => {
    const { network, peer, driver, gather } = rig(['192.0.2.1'], { iceServers: [{ urls: ['stun:many.example'] }] })
    const many = ['198.51.100.1', '198.51.100.1', '2001:db8::1', '198.51.100.2', '198.51.100.3']
    network.names.set('many.example', many)
    await gather()
    expect(peer.servers.map(({ address }) => address)).toEqual(['198.51.100.1', '198.51.100.2'])
    await driver.close()
  })

  test('TURN servers come with their transport, their host name and their credentials', async () => {
    const urls = ['turn:four.example', 'turn:four.example:80?transport=tcp', 'turns:both.example']
    const iceServers = [{ urls, username: 'user', credential: 'secret' }]
    const { peer, driver, gather } = rig(['192.0.2.1'], { iceServers })
    await gather()
    const credentials = { username: 'user', password: 'secret' }
    const four = { address: '198.51.100.3', serverName: 'four.example', ...credentials }
    const both = { port: 5349, url: urls[2], protocol: 'tls', serverName: 'both.example', ...credentials }
    expect(peer.relays).toEqual([
      { ...four, port: 3478, url: urls[0], protocol: 'udp' },
      { ...four, port: 80, url: urls[1], protocol: 'tcp' },
      { ...both, address: '198.51.100.1' },
      { ...both, address: '198.51.100.2' },
    ])
    expect(peer.servers).toEqual([])
    await driver.close()
  })

  test('where the URL has no port, SRV records say where: in their order, and instead of the host itself', async () => {
    const urls = ['stun:srv.example', 'turn:srv.example?transport=tcp', 'stun:srv.example:3478']
    const iceServers = [{ urls, username: 'u', credential: 'p' }]
    const { network, peer, driver, gather } = rig(['192.0.2.1'], { iceServers })
    network.names.set('srv.example', ['198.51.100.50'])
    network.services.set('_stun._udp.srv.example', [
      { target: 'four.example', port: 1234 },
      { target: 'both.example', port: 1235 },
      { target: 'nobody.example', port: 1236 },
    ])
    await gather()
    expect(peer.servers.map(({ address, port, url }) => `${url} ${address} ${port}`).toSorted()).toEqual([
      'stun:srv.example 198.51.100.1 1235',
      'stun:srv.example 198.51.100.3 1234',
      'stun:srv.example:3478 198.51.100.50 3478',
    ])
    expect(peer.relays).toMatchObject([{ address: '198.51.100.50', port: 3478, serverName: 'srv.example' }])
    await driver.close()
  })

  test('servers over DTLS are named with who checks their certificates', async () => {
    await serverVerifier(undefined, () => Promise.resolve([])) // loading is not for the virtual clock
    const urls = ['stuns:four.example', 'turns:four.example?transport=udp']
    const { peer, driver, told, gather } = rig(['192.0.2.1'], {
      iceServers: [{ urls, username: 'u', credential: 'p' }],
    })
    await gather()
    const at = { address: '198.51.100.3', port: 5349, protocol: 'dtls', serverName: 'four.example' }
    expect(peer.servers).toMatchObject([{ ...at, url: urls[0] }])
    expect(peer.relays).toMatchObject([{ ...at, url: urls[1], username: 'u', password: 'p' }])
    for (const { verify } of [...peer.servers, ...peer.relays] as { verify?: VerifyServer }[])
      expect(verify?.('four.example', [])).toMatch(/cannot be read/)
    expect(told).toEqual([])
    await driver.close()
  })

  test('host candidates wait for no name', async () => {
    const { network, peer, driver } = rig(['192.0.2.1'], { iceServers: [{ urls: ['stun:four.example'] }] })
    peer.events.push({ type: 'gather', transportId: 1, usernameFragment: 'frag' })
    driver.wake()
    await network.run({ until: () => peer.sockets.length === 1 })
    expect(driver.resources().lookups).toBe(2)
    expect(peer.gathered).toBe(0)
    await driver.close()
  })

  test('a server whose port is closed is told to the peer at once, if it is closed from everywhere', async () => {
    const urls = ['stun:198.51.100.9', 'stun:198.51.100.10', 'stun:198.51.100.11', 'turn:198.51.100.9:5?transport=tcp']
    const iceServers = [{ urls, username: 'u', credential: 'p' }]
    const { network, peer, driver, io, gather } = rig(['192.0.2.1', '192.0.2.2', '2001:db8::5'], { iceServers })
    const host = network.host({ addresses: ['198.51.100.9', '198.51.100.10'] })
    const open = await host.bindUdp('198.51.100.10', { min: 3478, max: 3478 }, () => {})
    await gather()
    expect(driver.resources().sockets).toBe(3 + 6)
    await network.runFor(10)
    expect(peer.log.filter((line) => line.startsWith('unreachable'))).toEqual(['unreachable 198.51.100.9 3478'])
    peer.events.push({ type: 'gatheringState', transportId: 1, state: 'complete' })
    driver.wake()
    await turns(3)
    expect(driver.resources().sockets).toBe(3)
    await driver.close()
    expect(io.held).toEqual({ sockets: 0, timers: 0 })
    await open.close()
  })

  test('a server whose name does not resolve is told as an error 701 and does not stop the gathering', async () => {
    const { peer, driver, told, gather } = rig(['192.0.2.1'], { iceServers: [{ urls: ['stun:nobody.example'] }] })
    await gather()
    await turns(2)
    expect(told).toMatchObject([{ type: 'candidateError', errorCode: 701, url: 'stun:nobody.example' }])
    expect(peer.servers).toEqual([])
    await driver.close()
  })

  test('addresses that cannot be bound are counted and left out; none at all is an end, too', async () => {
    const { network, peer, driver, io } = rig(['192.0.2.1', '192.0.2.2'])
    const unpluggedBetween = io.bindUdp.bind(io)
    io.bindUdp = async (address, range, receive) => {
      if (address === '192.0.2.1') throw Object.assign(new Error('bind EADDRINUSE'), { code: 'EADDRINUSE' })
      return unpluggedBetween(address, range, receive)
    }
    peer.events.push({ type: 'gather', transportId: 1, usernameFragment: 'frag' })
    driver.wake()
    await network.run({ until: () => peer.gathered === 1 })
    expect(peer.sockets.map(({ local }) => local.address)).toEqual(['192.0.2.2'])
    expect(driver.counters.bindErrors).toBe(1)
    await driver.close()

    const none = rig([])
    await none.gather()
    expect(none.peer.sockets).toEqual([])
    await none.driver.close()
  })

  test('a restart uses the sockets again, takes new addresses, and tries failed ones once more', async () => {
    const { peer, driver, io, gather } = rig(['192.0.2.1'])
    await gather()
    io.plug('192.0.2.5')
    await gather()
    expect(peer.sockets.map(({ socketId, local }) => [socketId, local.address])).toEqual([
      [1, '192.0.2.1'],
      [1, '192.0.2.1'],
      [2, '192.0.2.5'],
    ])
    expect(driver.resources().sockets).toBe(2)
    await driver.close()
  })

  test('SECURITY 9: an interface whose addresses come and go by dozens: 32 sockets for a transport', async () => {
    const { driver, io, gather } = rig(['192.0.2.1'])
    for (let round = 0; round < 4; round++) {
      for (let i = 0; i < 12; i++) io.plug(`198.51.${round}.${i + 1}`)
      await gather()
    }
    expect(driver.resources().sockets).toBe(32)
    await driver.close()
  })

  test('of two gatherings at once the newer alone is told', async () => {
    const { network, peer, driver } = rig(['192.0.2.1'], { iceServers: [{ urls: ['stun:four.example'] }] })
    peer.events.push(
      { type: 'gather', transportId: 1, usernameFragment: 'frag' },
      { type: 'gather', transportId: 1, usernameFragment: 'frag' },
    )
    driver.wake()
    await network.runFor(1000)
    expect(peer.log.filter((line) => /^(socket|server|end)/.test(line))).toEqual([
      'socket 1',
      'server 198.51.100.3',
      'end of sockets',
    ])
    await driver.close()
  })

  test('release closes the sockets of its transport alone', async () => {
    const { network, peer, driver, io, gather } = rig(['192.0.2.1'])
    await gather(1)
    await gather(2)
    expect(io.held.sockets).toBe(2)
    peer.events.push({ type: 'release', transportId: 1 })
    driver.wake()
    await network.runFor(1)
    expect(io.held.sockets).toBe(1)
    peer.transmits.push({ socketId: 1, to: { address: '192.0.2.9', port: 9 }, data: Uint8Array.of(1) })
    driver.flush()
    expect(driver.counters.sendErrors).toBe(1)
    await driver.close()
    expect(io.held.sockets).toBe(0)
  })

  test('names are resolved: the first address, or none', async () => {
    const { network, peer, driver } = rig(['192.0.2.1'])
    peer.events.push(
      { type: 'resolve', name: 'slow.local', token: 4 },
      { type: 'resolve', name: 'none.local', token: 5 },
    )
    driver.wake()
    await turns(2)
    expect(driver.resources().lookups).toBe(2)
    await network.run({ until: () => peer.resolved.length === 2 })
    expect(peer.resolved).toEqual([
      [4, '192.0.2.77'],
      [5, undefined],
    ])
    await driver.close()
  })

  test('more names than may be asked for at once are answered with none', async () => {
    const { network, peer, driver } = rig(['192.0.2.1'])
    for (let token = 0; token < 100; token++) peer.events.push({ type: 'resolve', name: 'slow.local', token })
    driver.wake()
    await network.run({ until: () => peer.resolved.length === 100 })
    expect(peer.resolved.filter(([, address]) => address !== undefined)).toHaveLength(32)
    expect(driver.counters.lookupsRefused).toBe(68)
    await driver.close()
  })
})
