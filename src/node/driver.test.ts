import { describe, expect, test } from 'vitest'
import { VirtualNetwork } from '../../test/support/virtual-network.js'
import type { TransportAddress } from '../ice/types.js'
import type { PeerEvent } from '../peer/contract.js'
import { Driver } from './driver.js'
import type { DriverOptions } from './driver-options.js'
import type { Io } from './io.js'
import { nodeIo } from './node-io.js'
import { appEvent, FakePeer, turns } from './fake-peer.test-support.js'
import type { VirtualIo } from '../../test/support/virtual-io.js'

const NOTHING = { sockets: 0, timers: 0, lookups: 0, pendingTasks: 0 }

interface Rig {
  readonly network: VirtualNetwork
  readonly io: VirtualIo
  readonly peer: FakePeer
  readonly driver: Driver
  readonly told: PeerEvent[]
}

function rig(options: Partial<DriverOptions> = {}, addresses = ['192.0.2.1']): Rig {
  const network = new VirtualNetwork({ seed: 3 })
  const io = network.host({ addresses })
  const peer = new FakePeer()
  const told: PeerEvent[] = []
  const driver = new Driver({
    io,
    peer: peer.asPeer(),
    iceServers: [],
    onEvent: (event) => {
      peer.log.push('told')
      told.push(event)
    },
    ...options,
  })
  return { network, io, peer, driver, told }
}

async function gathered(made: Rig): Promise<void> {
  const before = made.peer.gathered
  made.peer.events.push({ type: 'gather', transportId: 1, usernameFragment: 'frag' })
  made.driver.wake()
  await made.network.run({ until: () => made.peer.gathered > before })
}

function datagram(socketId: number, byte: number, port = 9): Parameters<FakePeer['transmits']['push']>[0] {
  return { socketId, to: { address: '192.0.2.2', port }, data: Uint8Array.of(byte) }
}

describe('draining', () => {
  test('transmits come before events, and the timer after both', async () => {
    const { peer, driver, network, io } = rig()
    peer.transmits.push(datagram(1, 1), datagram(1, 2))
    peer.events.push(appEvent(1), appEvent(2))
    peer.timeoutAt = driver.now() + 50
    driver.wake()
    expect(peer.log).toEqual([])
    await turns(3)
    const events = ['event gatheringState', 'told', 'event gatheringState', 'told']
    expect(peer.log).toEqual(['transmit', 'transmit', ...events])
    expect(driver.resources()).toEqual({ ...NOTHING, timers: 1 })
    await network.runFor(60)
    expect(peer.log.at(-1)).toBe('timeout')
    expect(io.held.timers).toBe(0)
    await driver.close()
  })

  test('many wakes are one drain', async () => {
    let drains = 0
    const { driver } = rig({ onDrained: () => drains++ })
    for (let i = 0; i < 100; i++) driver.wake()
    expect(driver.resources().pendingTasks).toBe(1)
    await turns(3)
    expect(drains).toBe(1)
    await driver.close()
  })

  test('datagrams of one turn are one drain', async () => {
    const network = new VirtualNetwork()
    const peer = new FakePeer()
    const driver = new Driver({
      io: network.host({ addresses: ['192.0.2.1'] }),
      peer: peer.asPeer(),
      iceServers: [],
      onEvent: () => {},
    })
    await gathered({ network, peer, driver } as Rig)
    const other = await network.host({ addresses: ['192.0.2.2'] }).bindUdp('192.0.2.2', undefined, () => {})
    for (let i = 0; i < 20; i++) other.send(Uint8Array.of(i), peer.sockets[0]!.local)
    peer.log.length = 0
    peer.onReceive = () => peer.transmits.push(datagram(1, 0))
    await network.runFor(10)
    expect(peer.log).toEqual([...Array<string>(20).fill('receive'), ...Array<string>(20).fill('transmit')])
    expect(peer.received[7]).toEqual({ from: other.local, data: Uint8Array.of(7) })
    await driver.close()
    await other.close()
  })

  test('what a handler causes is sent in the same task, before anything else has a turn', async () => {
    const { peer, driver } = rig({
      onEvent: () => {
        peer.transmits.push(datagram(1, 1))
        driver.wake()
        setImmediate(() => peer.log.push('next turn'))
      },
    })
    peer.events.push(appEvent(1))
    driver.wake()
    await turns(3)
    expect(peer.log).toEqual(['event gatheringState', 'transmit', 'next turn'])
    await driver.close()
  })

  test('all microtasks of one event run before the next, however long their chain', async () => {
    const order: string[] = []
    const { peer, driver } = rig({
      onEvent: (event) => {
        const id = 'transportId' in event ? event.transportId : 0
        order.push(`event ${id}`)
        void (async () => {
          for (let i = 0; i < 10; i++) await Promise.resolve()
          order.push(`after ${id}`)
        })()
      },
    })
    peer.events.push(appEvent(1), appEvent(2))
    driver.wake()
    await turns(2)
    expect(order).toEqual(['event 1', 'after 1', 'event 2', 'after 2'])
    await driver.close()
  })

  test('a handler that throws is reported as uncaught, and the next event is told all the same', async () => {
    const thrown: unknown[] = []
    const before = process.listeners('uncaughtException')
    process.removeAllListeners('uncaughtException')
    process.on('uncaughtException', (error) => thrown.push(error.message))
    let told = 0
    const { peer, driver } = rig({
      onEvent: () => {
        if (++told === 1) throw new Error('the application')
      },
    })
    peer.events.push(appEvent(1), appEvent(2))
    driver.wake()
    await turns(4)
    process.removeAllListeners('uncaughtException')
    for (const listener of before) process.on('uncaughtException', listener)
    expect(thrown).toEqual(['the application'])
    expect(told).toBe(2)
    await driver.close()
    expect(driver.resources()).toEqual(NOTHING)
  })

  test('a flood of transmits is sent in slices: other tasks and events have their turns between', async () => {
    const { peer, driver } = rig()
    for (let i = 0; i < 2000; i++) peer.transmits.push(datagram(1, i & 255))
    driver.wake()
    const sentByTurn: number[] = []
    while (peer.transmits.length > 0) {
      await turns(1)
      sentByTurn.push(2000 - peer.transmits.length)
    }
    peer.events.push(appEvent(1))
    expect(sentByTurn.length).toBeGreaterThan(5)
    expect(Math.max(...sentByTurn.map((sent, i) => sent - (sentByTurn[i - 1] ?? 0)))).toBeLessThanOrEqual(256)
    await driver.close()
  })

  test('events are told while there is always more to send', async () => {
    const { peer, driver, told } = rig()
    for (let i = 0; i < 1000; i++) peer.transmits.push(datagram(1, i & 255))
    peer.events.push(appEvent(1))
    driver.wake()
    await turns(1)
    expect(told).toHaveLength(1)
    expect(peer.transmits.length).toBeGreaterThan(0)
    await driver.close()
  })

  test('many events are told even while there is more to send', async () => {
    const { peer, driver, told } = rig()
    for (let i = 0; i < 300; i++) peer.transmits.push(datagram(1, i & 255))
    for (let i = 0; i < 500; i++) peer.events.push(appEvent(i))
    driver.wake()
    await turns(1)
    expect(told).toHaveLength(500)
    await driver.close()
  })

  test('an endless supply of events leaves turns to others', async () => {
    const { peer, driver } = rig({ onEvent: () => peer.events.push(appEvent(1)) })
    peer.events.push(appEvent(1))
    driver.wake()
    await turns(5) // would never come
    await driver.close()
  })

  test.each([
    ['simulated', undefined],
    ['real', nodeIo],
  ])('an endless exchange of handler and peer leaves turns to others, on a %s clock', async (_, io) => {
    const { peer, driver } = rig({
      ...(io !== undefined && { io }),
      onEvent: () => {
        peer.log.length = 0
        peer.transmits.push(datagram(1, 1))
        driver.wake()
      },
    })
    peer.onTransmit = () => peer.events.push(appEvent(1))
    peer.events.push(appEvent(1))
    driver.wake()
    await turns(5) // would never come
    await driver.close()
  })

  test('drivers share the budget of a turn: who comes too late has the next one', async () => {
    // A clock that every look at it moves on: five looks and the turn is over.
    let now = 0
    const clocked: Io = { ...nodeIo, now: () => now++, createTimer: () => ({ arm() {}, unref() {} }) }
    const order: number[] = []
    const drivers = [1, 2, 3].map((id) => {
      const { peer, driver } = rig({ io: clocked, onDrained: () => order.push(id) })
      peer.onTransmit = () => (now += 10)
      peer.transmits.push(datagram(1, 1))
      driver.wake()
      return driver
    })
    const finishedByTurn: number[] = []
    while (order.length < 3) {
      await turns(1)
      finishedByTurn.push(order.length)
    }
    expect(order).toEqual([1, 2, 3])
    expect(finishedByTurn.length).toBeGreaterThan(2)
    await Promise.all(drivers.map((driver) => driver.close()))
  })

  test('a wake-up costs one task for each driver that it is for, and none besides', async () => {
    let tasks = 0
    const queueTask = (callback: () => void): void => {
      tasks++
      nodeIo.queueTask(callback)
    }
    const counted: Io = { ...nodeIo, now: () => 0, queueTask } // no turn is ever used up
    const rigs = [1, 2, 3, 4].map(() => rig({ io: counted }))
    for (let round = 1; round <= 3; round++) {
      for (const { peer, driver } of rigs) {
        peer.transmits.push(datagram(1, 1))
        driver.wake()
      }
      await turns(3)
      expect(tasks).toBe(4 * round)
    }
    expect(rigs.map(({ peer }) => peer.transmits.length)).toEqual([0, 0, 0, 0])
    await Promise.all(rigs.map(({ driver }) => driver.close()))
  })

  test('flush() sends in the call and tells later', async () => {
    const { peer, driver } = rig()
    peer.transmits.push(datagram(1, 1))
    peer.events.push(appEvent(1))
    driver.flush()
    expect(peer.log).toEqual(['transmit'])
    await turns(2)
    expect(peer.log).toEqual(['transmit', 'event gatheringState', 'told'])
    await driver.close()
  })

  test('timers of the layer above fire on the clock, count as resources, and are gone with close()', async () => {
    const { driver, network, io } = rig()
    const fired: string[] = []
    const [first, second] = ['first', 'second'].map((name) => driver.createTimer(() => fired.push(name)))
    const start = driver.now()
    first!.arm(start + 100)
    second!.arm(start + 50)
    second!.arm(Infinity)
    expect(driver.resources().timers).toBe(1)
    await network.run({ until: () => fired.length > 0 })
    expect([fired, driver.now() - start]).toEqual([['first'], 100])
    first!.arm(start + 200)
    void driver.close()
    second!.arm(start + 300)
    expect([driver.resources().timers, io.held.timers]).toEqual([0, 0])
  })

  test('queueTask() keeps the order, also across close()', async () => {
    const { driver } = rig()
    const order: number[] = []
    for (const place of [1, 2]) driver.queueTask(() => order.push(place))
    expect(driver.resources().pendingTasks).toBe(2)
    const closed = driver.close()
    driver.queueTask(() => order.push(3))
    expect(order).toEqual([])
    await closed
    expect(order).toEqual([1, 2, 3])
  })

  test('queueTick() waits for promises, but for no turn of the event loop, and close() for it', async () => {
    const { driver } = rig()
    const order: string[] = []
    const turned = turns(1).then(() => order.push('turn'))
    driver.queueTick(() => order.push('tick'))
    let chain = Promise.resolve()
    for (let i = 0; i < 10; i++) chain = chain.then()
    void chain.then(() => order.push('chain'))
    expect(driver.resources().pendingTasks).toBe(1)
    await Promise.all([driver.close(), turned])
    expect(order).toEqual(['chain', 'tick', 'turn'])
  })

  test('the timer follows the deadline, earlier, later and away', async () => {
    const { peer, driver, network } = rig()
    const start = driver.now()
    for (const at of [start + 100, start + 30, start + 70]) {
      peer.timeoutAt = at
      driver.wake()
      await turns(2)
    }
    await network.runFor(50)
    expect(peer.times).toEqual([])
    await network.runFor(50)
    expect(peer.times).toEqual([start + 70])
    peer.timeoutAt = driver.now() + 10
    driver.wake()
    await turns(2)
    peer.timeoutAt = Infinity
    driver.wake()
    await network.runFor(50)
    expect(peer.times).toHaveLength(1)
    await driver.close()
  })
})

describe('close()', () => {
  test('P5, P9: sends what the peer holds in the call, then lets everything go', async () => {
    const made = rig()
    const { network, peer, driver, io } = made
    await gathered(made)
    const arrived: number[] = []
    const other = network.host({ addresses: ['192.0.2.2'] })
    const socket = await other.bindUdp('192.0.2.2', { min: 9, max: 9 }, (data) => arrived.push(data[0]!))
    peer.timeoutAt = driver.now() + 1000
    driver.wake()
    await turns(2)
    expect(driver.resources()).toEqual({ ...NOTHING, sockets: 1, timers: 1 })
    peer.transmits.push(datagram(1, 7), datagram(1, 8))
    peer.close()
    const closed = driver.close()
    expect(peer.transmits).toEqual([])
    const again = driver.close()
    expect(again).toBe(closed)
    await closed
    expect(driver.resources()).toEqual(NOTHING)
    expect(io.held).toEqual({ sockets: 0, timers: 0 })
    await network.runFor(50)
    expect(arrived).toEqual([7, 8])
    await socket.close()
  })

  test('P7: nothing is told and nothing polled after it, whatever was on its way', async () => {
    const made = rig({ iceServers: [{ urls: ['stun:stun.example'] }] })
    const { network, peer, driver, told } = made
    network.names.set('stun.example', ['192.0.2.9'])
    await gathered(made)
    const other = await network.host({ addresses: ['192.0.2.2'] }).bindUdp('192.0.2.2', undefined, () => {})
    other.send(Uint8Array.of(1), peer.sockets[0]!.local)
    peer.events.push(
      appEvent(1),
      { type: 'resolve', name: 'a.example', token: 1 },
      { type: 'gather', transportId: 2, usernameFragment: 'frag' },
    )
    peer.timeoutAt = driver.now() + 10
    driver.wake()
    const log = peer.log.length
    peer.close()
    await driver.close()
    driver.wake()
    driver.flush()
    await network.runFor(10_000)
    expect(peer.log.slice(log)).toEqual([])
    expect(told).toEqual([])
    expect(driver.resources()).toEqual(NOTHING)
    await other.close()
  })

  test.each(['at once', 'in the task of the drain', 'while binding', 'while resolving'])(
    'P1: in every state: %s after gathering began',
    async (when) => {
      const made = rig({ iceServers: [{ urls: ['stun:nowhere.example'] }] })
      const { network, peer, driver, io } = made
      peer.events.push(
        { type: 'gather', transportId: 1, usernameFragment: 'frag' },
        { type: 'resolve', name: 'b.example', token: 5 },
      )
      if (when === 'in the task of the drain') peer.events.push(appEvent(1))
      driver.wake()
      if (when === 'while binding') setImmediate(() => void driver.close())
      if (when === 'while resolving') await turns(4)
      else if (when !== 'at once') await turns(1)
      const before = peer.log.filter((line) => /socket|server|end|resolved/.test(line)).length
      await driver.close()
      await network.runFor(30_000)
      expect(peer.log.filter((line) => /socket|server|end|resolved/.test(line))).toHaveLength(before)
      expect(peer.gathered).toBe(0)
      expect(io.held).toEqual({ sockets: 0, timers: 0 })
      expect(driver.resources()).toEqual(NOTHING)
    },
  )

  test('P1: inside an event handler; the rest of the events is not told', async () => {
    const closings: Promise<void>[] = []
    const { peer, driver, told } = rig({
      onEvent: (event) => {
        told.push(event)
        closings.push(driver.close(), driver.close())
      },
    })
    peer.events.push(appEvent(1), appEvent(2))
    driver.wake()
    await turns(3)
    await Promise.all(closings)
    expect(told).toEqual([appEvent(1)])
    expect(driver.resources()).toEqual(NOTHING)
  })

  test('P10: an interface that vanished while open: sends are counted, and close() ends', async () => {
    const made = rig()
    await gathered(made)
    made.io.unplug('192.0.2.1')
    made.peer.transmits.push(datagram(1, 1))
    made.driver.wake()
    await turns(2)
    made.peer.transmits.push(datagram(1, 2))
    await made.driver.close()
    expect(made.driver.counters.sendErrors).toBe(2)
    expect(made.driver.resources()).toEqual(NOTHING)
  })

  test('a peer that has still to talk to servers is heard out, without a word to the application', async () => {
    const made = rig()
    const { network, peer, driver, told, io } = made
    await gathered(made)
    const requests: { byte: number; from: TransportAddress }[] = []
    const server = await network
      .host({ addresses: ['192.0.2.2'] })
      .bindUdp('192.0.2.2', { min: 9, max: 9 }, (data, from) => {
        requests.push({ byte: data[0]!, from })
        server.send(Uint8Array.of(data[0]! + 100), from)
      })
    peer.close()
    peer.transmits.push(datagram(1, 1))
    peer.timeoutAt = driver.now() + 500
    // The answer is answered, and the answer to that is the end.
    peer.onReceive = (_, data) => {
      if (data[0] === 101) peer.transmits.push(datagram(1, 2))
      else {
        peer.events.push(appEvent(1), { type: 'release', transportId: 1 })
        peer.timeoutAt = Infinity
      }
    }
    const closed = driver.close()
    expect(driver.resources()).toEqual({ ...NOTHING, sockets: 1, timers: 1 })
    await network.run({ until: () => peer.received.length === 2 })
    await closed
    expect(requests.map(({ byte }) => byte)).toEqual([1, 2])
    expect(told).toEqual([])
    expect(io.held).toEqual({ sockets: 0, timers: 0 })
    await server.close()
  })

  test('its timeouts go on; a peer that never comes to an end is cut off after 2.5 s', async () => {
    const made = rig()
    const { network, peer, driver, io } = made
    await gathered(made)
    peer.close()
    const begun = driver.now()
    peer.timeoutAt = begun + 500
    peer.onTimeout = () => (peer.timeoutAt = driver.now() + 500)
    const closed = driver.released()
    await network.run({ until: () => io.held.sockets === 0 })
    expect(driver.now()).toBe(begun + 2500)
    expect(peer.times.map((at) => at - begun)).toEqual([500, 1000, 1500, 2000, 2500])
    await closed
    expect(driver.resources()).toEqual(NOTHING)
    expect(io.held).toEqual({ sockets: 0, timers: 0 })
  })

  test('before anything began: nothing was held, nothing is', async () => {
    const { driver, io } = rig()
    expect(driver.resources()).toEqual(NOTHING)
    expect(io.held).toEqual({ sockets: 0, timers: 0 })
    await driver.close()
    expect(driver.resources()).toEqual(NOTHING)
  })
})
