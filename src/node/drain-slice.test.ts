import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { VirtualNetwork } from '../../test/support/virtual-network.js'
import { DrainSlice } from './drain-slice.js'
import { Driver } from './driver.js'
import { appEvent, FakePeer, turns } from './fake-peer.test-support.js'
import type { UdpSocket } from './io.js'
import { SLICE } from './slice.js'

describe('a slice', () => {
  test('ends by the clock, or when the turn does', () => {
    const slice = new DrainSlice()
    slice.begin(100, 105)
    expect([slice.end, slice.isOver(103.9), slice.isOver(104)]).toEqual([104, false, true])
    slice.begin(100, 101)
    expect([slice.end, slice.isOver(101)]).toEqual([101, true])
  })

  test('gives events a millisecond of their own, however late it is', () => {
    const slice = new DrainSlice()
    slice.begin(100, 105)
    slice.beginEvents(106)
    expect([slice.eventTold({ now: () => 106.9 }), slice.eventTold({ now: () => 107 })]).toEqual([false, true])
  })

  test('ends by the counts where the clock stands still', () => {
    fc.assert(
      fc.property(fc.array(fc.boolean(), { minLength: 2000, maxLength: 2000 }), (choices) => {
        const slice = new DrainSlice()
        slice.begin(0, 5)
        slice.beginEvents(0)
        let [transmits, events] = [0, 0]
        for (const isEvent of choices) {
          if (slice.isOver(0)) break
          if (!isEvent) transmits += slice.takeTransmits()
          else if (slice.eventTold({ now: () => 0 })) break
          else events++
        }
        expect(transmits).toBeLessThanOrEqual(SLICE.transmits)
        expect(events).toBeLessThan(1024)
      }),
      { numRuns: 20 },
    )
  })
})

/** A driver whose socket tells, in the peer's log, when it may read on. */
async function rig(onEvent: (peer: FakePeer, driver: Driver) => void) {
  const network = new VirtualNetwork({ seed: 3 })
  const io = network.host({ addresses: ['192.0.2.1'] })
  const peer = new FakePeer()
  const bind = io.bindUdp.bind(io)
  const from = { address: '192.0.2.2', port: 9 }
  const socket = { bring: () => {}, waiting: 0 }
  io.bindUdp = async (address, range, receive): Promise<UdpSocket> => {
    socket.bring = () => receive(Uint8Array.of(1), from)
    const settled = (): void => {
      peer.log.push('reads on')
      if (socket.waiting-- > 0) socket.bring()
    }
    return Object.assign(await bind(address, range, receive), { settled })
  }
  const driver = new Driver({
    io,
    peer: peer.asPeer(),
    iceServers: [],
    onEvent: () => {
      peer.log.push('told')
      onEvent(peer, driver)
    },
  })
  peer.events.push({ type: 'gather', transportId: 1, usernameFragment: 'frag' })
  driver.wake()
  await network.run({ until: () => peer.gathered > 0 })
  await turns(2)
  peer.log.length = 0
  const send = (count: number): void => {
    const { socketId } = peer.sockets[0]!
    for (let i = 0; i < count; i++) peer.transmits.push({ socketId, to: from, data: Uint8Array.of(1) })
  }
  return { peer, driver, send, socket }
}

describe('in a slice of a driver', () => {
  test('events wait for one batch of datagrams, not for all that there are', async () => {
    const { peer, driver, send } = await rig(() => {})
    send(200)
    peer.events.push(appEvent(1))
    driver.wake()
    await turns(1)
    expect(peer.log.slice(0, peer.log.indexOf('told')).filter((line) => line === 'transmit')).toHaveLength(
      SLICE.transmitsPerPass,
    )
    expect(peer.transmits).toEqual([]) // the rest went in the same slice
    await driver.close()
  })

  test('the answer to an event goes before what waits at the socket is read', async () => {
    const { peer, driver, send, socket } = await rig((_, one) => {
      send(1)
      one.wake()
    })
    peer.events.push(appEvent(1))
    socket.bring()
    await turns(1)
    const log = peer.log.slice(peer.log.indexOf('told'))
    expect(log.slice(0, 3)).toEqual(['told', 'transmit', 'reads on'])
    await driver.close()
  })

  test('who always has more to send is read from all the same', async () => {
    const { peer, driver, send, socket } = await rig(() => {})
    peer.onTransmit = () => {
      send(1)
      driver.wake()
    }
    send(1)
    socket.waiting = 3
    socket.bring()
    await turns(8)
    expect(peer.log.filter((line) => line === 'reads on')).toHaveLength(4)
    peer.onTransmit = undefined
    await turns(3)
    await driver.close()
  })
})
