import { expect, test, vi } from 'vitest'
import { VirtualNetwork } from '../../test/support/virtual-network.js'
import { Driver } from './driver.js'
import { FakePeer } from './fake-peer.test-support.js'

test('a burst of datagrams looks at the clock once for sixteen; what else is told has a time of its own', async () => {
  const network = new VirtualNetwork()
  const peer = new FakePeer()
  const io = network.host({ addresses: ['192.0.2.1'] })
  const driver = new Driver({ io, peer: peer.asPeer(), iceServers: [], onEvent: () => {} })
  peer.events.push({ type: 'gather', transportId: 1, usernameFragment: 'frag' })
  driver.wake()
  await network.run({ until: () => peer.gathered > 0 })
  const other = await network.host({ addresses: ['192.0.2.2'] }).bindUdp('192.0.2.2', undefined, () => {})
  const looks: number[] = []
  const clock = vi.spyOn(io, 'now')
  peer.onReceive = () => looks.push(clock.mock.calls.length)
  for (let i = 0; i < 40; i++) other.send(Uint8Array.of(i), peer.sockets[0]!.local)
  await network.runFor(10)
  // The first wakes the driver, which counts anew.
  expect(looks.map((look) => look - looks[0]!)).toEqual([0, ...Array.from({ length: 39 }, (_, i) => 1 + (i >> 4))])
  const before = clock.mock.calls.length
  peer.onReceive = () => driver.now()
  for (let i = 0; i < 4; i++) other.send(Uint8Array.of(i), peer.sockets[0]!.local)
  await network.runFor(10)
  expect(clock.mock.calls.length - before).toBeGreaterThanOrEqual(8)
  await driver.close()
  await other.close()
})
