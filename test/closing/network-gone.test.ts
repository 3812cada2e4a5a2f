import { afterEach, describe, expect, test } from 'vitest'
import { resourcesOf, RTCPeerConnection } from '../../src/index.js'
import { nodeIo, withIo } from '../../src/node/index.js'
import type { Io } from '../../src/node/index.js'
import { VirtualNetwork } from '../support/virtual-network.js'
import { VirtualPair } from './support/virtual-pair.js'

const LINK = { latencyMillis: 10 }
const NOTHING = { sockets: 0, timers: 0, lookups: 0, pendingTasks: 0 }

let open: RTCPeerConnection[] = []
afterEach(() => {
  for (const connection of open) connection.close()
  open = []
})

describe('P8, P10: a network that goes away', () => {
  const moments = [0, 10, 20, 30, 50, 70, 90, 300]

  test.each(moments)(
    "a's interface vanishes %i ms into the connection, and both are closed a minute later",
    async (ms) => {
      const pair = new VirtualPair({ link: LINK })
      const ours = pair.create(pair.a)
      await pair.negotiate()
      await pair.network.runFor(ms)
      pair.vanish(pair.a)
      if (ours.readyState === 'open') ours.send(new Uint8Array(100_000))
      ours.close()
      await pair.network.runFor(60_000)
      for (const { connection } of [pair.a, pair.b]) {
        expect(['connecting', 'failed']).toContain(connection.connectionState)
      }
      await pair.end()
      expect(pair.violations()).toEqual([])
      for (const { events } of pair.allChannels) expect(events.at(-1)).toBe('close')
    },
  )

  test.each(moments)('everything is dropped from %i ms on, and a is closed in it', async (ms) => {
    const pair = new VirtualPair({ link: LINK })
    pair.create(pair.a)
    await pair.negotiate()
    await pair.network.runFor(ms)
    pair.network.setLink({ lossRatio: 1 })
    await pair.network.runFor(100)
    pair.a.connection.close()
    await pair.network.runFor(1000)
    expect(resourcesOf(pair.a.connection)).toEqual(NOTHING)
    await pair.network.run({ until: () => pair.b.connection.connectionState === 'failed', maxVirtualMillis: 120_000 })
    await pair.end()
    expect(pair.violations()).toEqual([])
  })

  test('a host without an address, and one that has only the other family', async () => {
    const network = new VirtualNetwork()
    for (const addresses of [[], ['2001:db8::7']]) {
      const io = network.host({ addresses })
      const connection = withIo(io, () => new RTCPeerConnection())
      open.push(connection)
      connection.createDataChannel('')
      await connection.setLocalDescription()
      await network.runFor(1000)
      expect(connection.iceGatheringState).toBe('complete')
      connection.close()
      await network.runFor(1000)
      expect([resourcesOf(connection), io.held]).toEqual([NOTHING, { sockets: 0, timers: 0 }])
    }
  })

  test('names of servers and candidates that are still being looked up', async () => {
    const pair = new VirtualPair({ link: LINK }, { iceServers: [{ urls: 'stun:nowhere.invalid' }] })
    pair.create(pair.a)
    await pair.negotiate()
    const candidate = 'candidate:1 1 udp 2130706431 0b2c0a2e-7ad1-4f6c-9f6e-3a4c7f0e3c11.local 5000 typ host'
    void pair.a.connection.addIceCandidate({ candidate, sdpMid: '0' })
    await pair.network.runFor(1)
    expect(resourcesOf(pair.a.connection).lookups).toBeGreaterThan(0)
    const told = pair.a.history.events.length
    pair.a.connection.close()
    await pair.network.runFor(0)
    expect(resourcesOf(pair.a.connection)).toEqual(NOTHING)
    await pair.network.runFor(60_000)
    expect(pair.a.history.events.slice(told)).toEqual([])
    await pair.end()
    expect(pair.violations()).toEqual([])
  })
})

describe('P8, P10: an operating system that refuses', () => {
  async function lifeOn(io: Io): Promise<void> {
    const connection = withIo(io, () => new RTCPeerConnection({ tincan: { includeLoopback: true } }))
    open.push(connection)
    const channel = connection.createDataChannel('')
    const isComplete = new Promise((resolve) => {
      connection.addEventListener('icecandidate', ({ candidate }) => {
        if (candidate === null) resolve(undefined)
      })
    })
    await connection.setLocalDescription()
    await isComplete
    const closed = new Promise((resolve) => channel.addEventListener('close', resolve))
    connection.close()
    await closed
    await connection[Symbol.asyncDispose]()
    expect(resourcesOf(connection)).toEqual(NOTHING)
  }

  test.each(['EACCES', 'EADDRNOTAVAIL', 'EMFILE'])('to bind: %s', async (code) => {
    await lifeOn({ ...nodeIo, bindUdp: () => Promise.reject(Object.assign(new Error(`bind ${code}`), { code })) })
  })

  test('to bind at once: closed while the socket is being bound', async () => {
    const connection = withIo(nodeIo, () => new RTCPeerConnection({ tincan: { includeLoopback: true } }))
    open.push(connection)
    connection.createDataChannel('')
    await connection.setLocalDescription()
    connection.close()
    await connection[Symbol.asyncDispose]()
    expect(resourcesOf(connection)).toEqual(NOTHING)
  })

  test('to send, to a peer whose port is closed', async () => {
    const [a, b] = [0, 1].map(() => new RTCPeerConnection({ tincan: { includeLoopback: true } })) as [
      RTCPeerConnection,
      RTCPeerConnection,
    ]
    open.push(a, b)
    a.createDataChannel('')
    await a.setLocalDescription()
    await b.setRemoteDescription(a.localDescription!)
    await b.setLocalDescription()
    await a.setRemoteDescription(b.localDescription!)
    // Nobody listens at the discard port.
    await a.addIceCandidate({ candidate: 'candidate:1 1 udp 2130706431 127.0.0.1 9 typ host', sdpMid: '0' })
    await a.addIceCandidate({ candidate: 'candidate:2 1 udp 2130706430 240.0.0.1 9 typ host', sdpMid: '0' })
    const checking = new Promise<void>((resolve) => {
      const look = () => (a.iceConnectionState === 'new' ? undefined : resolve())
      a.addEventListener('iceconnectionstatechange', look)
      look()
    })
    await checking
    a.close()
    await a[Symbol.asyncDispose]()
    expect(resourcesOf(a)).toEqual(NOTHING)
  })
})
