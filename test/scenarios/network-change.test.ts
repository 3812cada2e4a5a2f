import { afterEach, describe, expect, test } from 'vitest'
import { RTCPeerConnection } from '../../src/index.js'
import type { RTCConfiguration } from '../../src/index.js'
import { withIo } from '../../src/node/index.js'
import { exchangeDescriptions, trickle } from '../support/signalling.js'
import type { VirtualIo } from '../support/virtual-io.js'
import { VirtualNetwork } from '../support/virtual-network.js'

const [WIFI, MOBILE, BOB] = ['192.0.2.1', '198.51.100.1', '203.0.113.1']
const MESSAGES = 120
const MESSAGE_BYTES = 8 << 10

const open: RTCPeerConnection[] = []

afterEach(() => {
  for (const connection of open.splice(0)) connection.close()
})

function connectionOn(io: VirtualIo, configuration?: RTCConfiguration): RTCPeerConnection {
  const connection = withIo(io, () => new RTCPeerConnection(configuration))
  open.push(connection)
  return connection
}

/** Whoever needs to negotiates, over signalling that survives everything. */
function signal(from: RTCPeerConnection, to: RTCPeerConnection): void {
  trickle(from, to)
  from.onnegotiationneeded = () => void exchangeDescriptions(from, to)
}

/** A connection in the middle of a transfer from the host whose network will change. */
async function transferring(configuration?: RTCConfiguration) {
  const network = new VirtualNetwork({
    seed: 11,
    link: { latencyMillis: 20, bytesPerMilli: 500, queueBytes: 1 << 17 },
  })
  const io = network.host({ addresses: [WIFI, MOBILE] })
  io.unplug(MOBILE)
  const alice = connectionOn(io, configuration)
  const bob = connectionOn(network.host({ addresses: [BOB] }))
  signal(alice, bob)
  signal(bob, alice)
  const received: number[] = []
  bob.ondatachannel = ({ channel }) => {
    channel.onmessage = ({ data }) => received.push(new Uint8Array(data as ArrayBuffer)[0]! | 0)
  }
  const channel = alice.createDataChannel('transfer')
  channel.onopen = () => {
    for (let i = 0; i < MESSAGES; i++) channel.send(new Uint8Array(MESSAGE_BYTES).fill(i & 255))
  }
  await network.run({ until: () => received.length > MESSAGES / 8 })
  const complete = Array.from({ length: MESSAGES }, (_, i) => i & 255)
  const selected = (): string | null => alice.sctp!.transport.iceTransport.getSelectedCandidatePair()!.local.address
  return { network, io, alice, bob, channel, received, complete, selected }
}

describe('an address that goes away in the middle of a transfer', () => {
  test('and another that comes: with restartOnNetworkChange ICE restarts by itself, and nothing is lost', async () => {
    const { network, io, alice, received, complete, selected } = await transferring({
      tincan: { restartOnNetworkChange: true },
    })
    const states: string[] = []
    alice.oniceconnectionstatechange = () => states.push(alice.iceConnectionState)
    io.unplug(WIFI)
    io.plug(MOBILE)
    await network.run({ until: () => received.length === MESSAGES })
    expect(received).toEqual(complete)
    expect(selected()).toBe(MOBILE)
    expect(states[0]).toBe('disconnected')
    expect(states.at(-1)).toMatch(/^(connected|completed)$/)
    expect(alice.localDescription!.sdp).not.toContain(` ${WIFI} `)
    alice.close()
    await network.runFor(0)
    expect(io.held).toEqual({ sockets: 0, timers: 0 })
  })

  test('a minute before another one comes: the restart waits for it', async () => {
    const { network, io, alice, received, complete } = await transferring({ tincan: { restartOnNetworkChange: true } })
    let negotiations = 0
    alice.addEventListener('negotiationneeded', () => negotiations++)
    io.unplug(WIFI)
    await network.runFor(60_000)
    expect([alice.iceConnectionState, negotiations]).toEqual(['failed', 0])
    io.plug(MOBILE)
    await network.run({ until: () => received.length === MESSAGES })
    expect(received).toEqual(complete)
    expect(negotiations).toBe(1)
  })

  // Whether the addresses are looked at before or after a check of consent finds that the path works again.
  test.each([3000, 4000, 4500, 5000, 5500, 6000])(
    'the only one, and comes back within %i ms: the path is the same, and nothing is lost',
    async (millis) => {
      const { network, io, alice, received, complete, selected } = await transferring({
        tincan: { restartOnNetworkChange: true },
      })
      let negotiations = 0
      alice.addEventListener('negotiationneeded', () => negotiations++)
      io.unplug(WIFI)
      await network.run({ until: () => alice.iceConnectionState === 'disconnected' })
      await network.runFor(millis)
      io.plug(WIFI)
      await network.run({ until: () => received.length === MESSAGES })
      expect(received).toEqual(complete)
      expect([negotiations, selected()]).toEqual([0, WIFI])
    },
  )

  test('the only one, and comes back, but the path does not: once that is sure, ICE restarts', async () => {
    const { network, io, alice, received, complete, selected } = await transferring({
      tincan: { restartOnNetworkChange: true },
    })
    const askedWhile: string[] = []
    alice.addEventListener('negotiationneeded', () => askedWhile.push(alice.iceConnectionState))
    io.unplug(WIFI)
    await network.run({ until: () => alice.iceConnectionState === 'disconnected' })
    await network.runFor(5000)
    network.setLink({ lossRatio: 1 })
    io.plug(WIFI)
    await network.run({ until: () => askedWhile.length > 0 })
    network.setLink({ lossRatio: 0 })
    await network.run({ until: () => received.length === MESSAGES })
    expect(received).toEqual(complete)
    expect([askedWhile, selected()]).toEqual([['failed'], WIFI])
  })

  test('is noticed without the option, too: disconnected at once, and the socket is gone; nothing restarts', async () => {
    const { network, io, alice, received, complete } = await transferring()
    io.unplug(WIFI)
    io.plug(MOBILE)
    await network.run({ until: () => alice.iceConnectionState === 'disconnected', maxVirtualMillis: 2000 })
    expect(io.held.sockets).toBe(0)
    await network.runFor(10_000)
    expect(received.length).toBeLessThan(MESSAGES)
    alice.restartIce()
    await network.run({ until: () => received.length === MESSAGES })
    expect(received).toEqual(complete)
  })

  test('takes along what listens on it for TCP, and its name', async () => {
    const { network, io } = await transferring({ tincan: { iceTcp: 'both', mdnsHostCandidates: true } })
    await network.runFor(5000) // TCP connections that nobody uses are gone by then
    expect([io.held.sockets, [...network.names.values()]]).toEqual([2, [[WIFI]]])
    io.unplug(WIFI)
    io.plug(MOBILE)
    await network.runFor(3000)
    expect([io.held.sockets, network.names.size]).toEqual([0, 0])
  })

  test('one that is not in use changes nothing', async () => {
    const { network, io, alice, received, complete, selected } = await transferring({
      tincan: { restartOnNetworkChange: true },
    })
    let negotiations = 0
    alice.addEventListener('negotiationneeded', () => negotiations++)
    io.plug(MOBILE)
    await network.runFor(3000)
    io.unplug(MOBILE)
    await network.run({ until: () => received.length === MESSAGES })
    expect(received).toEqual(complete)
    expect([negotiations, selected()]).toEqual([0, WIFI])
  })
})
