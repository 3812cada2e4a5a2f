import { describe, expect, test } from 'vitest'
import { VirtualNetwork } from '../../test/support/virtual-network.js'
import type { PeerEvent } from '../peer/contract.js'
import { Driver } from './driver.js'
import type { DriverOptions } from './driver.js'
import { FakePeer, turns } from './fake-peer.test-support.js'
import { parseStunUrl } from './stun-url.js'

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
    peer.events.push({ type: 'gather', transportId })
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
        'stun:both.example 2001:db8::1 3478',
        'stun:four.example:19302 198.51.100.3 19302',
        'stun:[2001:db8::9]:5 2001:db8::9 5',
        'stun:198.51.100.9 198.51.100.9 3478',
      ].toSorted(),
    )
    expect(peer.log.at(-1)).toBe('end of sockets')
    expect(driver.resources()).toMatchObject({ sockets: 2, lookups: 0 })
    await driver.close()
  })

  test('servers of a family that has no socket are left out; the same URL twice is one', async () => {
    const urls = ['stun:both.example', 'stun:both.example', 'turn:both.example']
    const { peer, driver, gather } = rig(['192.0.2.1'], { iceServers: [{ urls }] })
    await gather()
    expect(peer.servers.map(({ address }) => address)).toEqual(['198.51.100.1'])
    await driver.close()
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
    peer.events.push({ type: 'gather', transportId: 1 })
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

  test('of two gatherings at once the newer alone is told', async () => {
    const { network, peer, driver } = rig(['192.0.2.1'], { iceServers: [{ urls: ['stun:four.example'] }] })
    peer.events.push({ type: 'gather', transportId: 1 }, { type: 'gather', transportId: 1 })
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

test.each([
  ['stun:a.example', { host: 'a.example', port: 3478 }],
  ['STUN:a.example:1', { host: 'a.example', port: 1 }],
  ['stun:[::1]', { host: '::1', port: 3478 }],
  ['stun:[::1]:7', { host: '::1', port: 7 }],
  ['stun:a.example:0', undefined],
  ['stun:a.example:65536', undefined],
  ['stun:', undefined],
  ['stun:::1', undefined],
  ['stuns:a.example', undefined],
  ['turn:a.example', undefined],
])('STUN URL %s', (url, parsed) => {
  expect(parseStunUrl(url)).toEqual(parsed)
})
