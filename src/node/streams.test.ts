import { describe, expect, test } from 'vitest'
import { VirtualNetwork } from '../../test/support/virtual-network.js'
import { Driver } from './driver.js'
import { FakePeer, turns } from './fake-peer.test-support.js'
import type { StreamSocket } from './io.js'

const SERVER = { address: '198.51.100.1', port: 3478 }
const OURS = '192.0.2.1'

function rig() {
  const network = new VirtualNetwork()
  const server = network.host({ addresses: [SERVER.address] })
  const accepted: { stream: StreamSocket; log: string[] }[] = []
  server.listen(SERVER.address, SERVER.port, (stream, from) => {
    const log: string[] = []
    accepted.push({ stream, log })
    return {
      opened: () => log.push(`opened ${from.address}`),
      received: (data) => log.push(`received ${data.join(' ')}`),
      closed: (reason) => log.push(`closed ${reason}`),
    }
  })
  const io = network.host({ addresses: [OURS] })
  const peer = new FakePeer()
  const driver = new Driver({ io, peer: peer.asPeer(), iceServers: [], onEvent: () => {} })
  const open = async (socketId: number, transportId = 1, port = SERVER.port): Promise<void> => {
    const stream = { socketId, to: { ...SERVER, port }, from: OURS, protocol: 'tcp', serverName: 'x' } as const
    peer.events.push({ type: 'openStream', transportId, stream })
    driver.wake()
    await turns(2)
  }
  return { network, io, peer, driver, accepted, open }
}

describe('streams that the peer asks for', () => {
  test('open, carry bytes both ways by their number, and end when the server ends them', async () => {
    const { network, peer, driver, accepted, open, io } = rig()
    await open(-5)
    expect(driver.resources()).toMatchObject({ sockets: 1 })
    await network.runFor(20)
    expect(peer.log).toContain(`opened -5 from ${OURS}`)
    peer.transmits.push({ socketId: -5, to: SERVER, data: Uint8Array.of(1, 2) })
    driver.wake()
    await network.runFor(10)
    expect(accepted[0]!.log).toEqual([`opened ${OURS}`, 'received 1 2'])
    accepted[0]!.stream.send(Uint8Array.of(3), true)
    await network.runFor(10)
    expect(peer.received).toEqual([{ from: SERVER, data: Uint8Array.of(3) }])
    await accepted[0]!.stream.close()
    await network.runFor(10)
    expect(peer.log.at(-1)).toBe('closed -5: The server ended the connection.')
    expect(driver.resources()).toMatchObject({ sockets: 0 })
    peer.transmits.push({ socketId: -5, to: SERVER, data: Uint8Array.of(1, 2) })
    driver.flush()
    expect(driver.counters.sendErrors).toBe(1)
    await driver.close()
    expect(io.held).toEqual({ sockets: 0, timers: 0 })
  })

  test('that are refused are told at once; too many are refused by us', async () => {
    const { network, peer, driver, open } = rig()
    await open(-1, 1, 80)
    await network.runFor(10)
    expect(peer.log.at(-1)).toBe('closed -1: The server refused the connection.')
    for (let i = 2; i <= 130; i++) await open(-i)
    expect(peer.log.at(-1)).toBe('closed -130: There are too many streams.')
    expect(driver.resources().sockets).toBe(128)
    await driver.close()
    expect(driver.resources().sockets).toBe(0)
  })

  test('closeStream, release and close() end them, also while they open, and tell the peer nothing', async () => {
    const { network, peer, driver, accepted, open, io } = rig()
    await open(-1)
    await open(-2)
    await open(-3, 2)
    await open(-4, 3)
    await network.runFor(20)
    await open(-5)
    const log = peer.log.length
    peer.events.push({ type: 'closeStream', transportId: 1, socketId: -1 })
    peer.events.push({ type: 'closeStream', transportId: 1, socketId: -77 })
    driver.wake()
    await network.runFor(10)
    expect(accepted.map(({ log: theirs }) => theirs.at(-1)?.startsWith('closed'))).toEqual([
      true,
      false,
      false,
      false,
      false,
    ])
    peer.events.push({ type: 'release', transportId: 2 })
    driver.wake()
    await network.runFor(10)
    expect(driver.resources().sockets).toBe(3)
    await driver.close()
    await network.runFor(50)
    expect(accepted.every(({ log: theirs }) => theirs.at(-1) === 'closed undefined')).toBe(true)
    expect(peer.log.slice(log).filter((line) => line.startsWith('closed'))).toEqual([])
    expect(io.held).toEqual({ sockets: 0, timers: 0 })
  })
})
