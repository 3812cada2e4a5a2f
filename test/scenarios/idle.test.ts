import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { RTCPeerConnection } from '../../src/index.js'
import { withIo } from '../../src/node/index.js'
import { Peer } from '../../src/peer/index.js'
import { VirtualNetwork } from '../support/virtual-network.js'

const MINUTE = 60_000

const open: RTCPeerConnection[] = []

afterEach(() => {
  vi.restoreAllMocks()
  for (const one of open.splice(0)) one.close()
})

let network: VirtualNetwork
let ours: RTCPeerConnection
let theirs: RTCPeerConnection
let heard: unknown[]
let channel: ReturnType<RTCPeerConnection['createDataChannel']>

/** Two connections that have said nothing for so long that each has asked the other for consent. */
beforeEach(async () => {
  network = new VirtualNetwork({ seed: 7 })
  const connect = (address: string): RTCPeerConnection => {
    const connection = withIo(network.host({ addresses: [address] }), () => new RTCPeerConnection())
    open.push(connection)
    return connection
  }
  ours = connect('192.0.2.1')
  theirs = connect('192.0.2.2')
  heard = []
  theirs.ondatachannel = ({ channel: came }) => (came.onmessage = ({ data }) => heard.push(data))
  channel = ours.createDataChannel('idle')
  ours.onicecandidate = ({ candidate }) => void theirs.addIceCandidate(candidate ?? undefined)
  theirs.onicecandidate = ({ candidate }) => void ours.addIceCandidate(candidate ?? undefined)
  await ours.setLocalDescription()
  await theirs.setRemoteDescription(ours.localDescription!)
  await theirs.setLocalDescription()
  await ours.setRemoteDescription(theirs.localDescription!)
  await network.run({ until: () => channel.readyState === 'open' })
  await network.runFor(MINUTE)
})

test('checks for consent, and their answers, cause no pass over the layers', async () => {
  const polled = vi.spyOn(Peer.prototype, 'pollTransmit')
  const timedOut = vi.spyOn(Peer.prototype, 'handleTimeout')
  const received = vi.spyOn(Peer.prototype, 'receive')
  const before = network.counters.sent
  await network.runFor(10 * MINUTE)
  const datagrams = network.counters.sent - before
  // Both ask every five seconds, and are answered.
  expect(datagrams).toBeGreaterThan(4 * 120 * 0.95)
  expect(datagrams).toBeLessThan(4 * 120 * 1.05)
  expect([polled, timedOut, received].map(({ mock }) => mock.calls.length)).toEqual([0, 0, 0])
  expect([ours.connectionState, theirs.connectionState]).toEqual(['connected', 'connected'])
  expect([ours.iceConnectionState, theirs.iceConnectionState]).toEqual(['completed', 'connected'])
})

test('what the application sends in between goes at once', async () => {
  for (let i = 0; i < 50; i++) {
    channel.send(`${i}`)
    await network.run({ until: () => heard.length === i + 1, maxVirtualMillis: 200 })
    await network.runFor(i * 137)
  }
  expect(heard).toEqual(Array.from({ length: 50 }, (_, i) => `${i}`))
})

test('silence is told, and ends the consent after 30 s', async () => {
  const begun = network.now
  const states: [string, number][] = []
  ours.oniceconnectionstatechange = () => states.push([ours.iceConnectionState, network.now - begun])
  network.setLink({ lossRatio: 1 })
  await network.run({ until: () => ours.iceConnectionState === 'failed' })
  expect(states.map(([state]) => state)).toEqual(['disconnected', 'failed'])
  // RFC 7675 §5.1: 30 s from the last answer, which was up to 6 s ago.
  expect(states[1]![1]).toBeLessThanOrEqual(30_000)
  expect(states[1]![1]).toBeGreaterThan(23_000)
})

test('three of ten datagrams are lost: the connection lives', async () => {
  const ends = [ours, theirs]
  const seen = new Set<string>()
  for (const end of ends) end.onconnectionstatechange = () => seen.add(end.connectionState)
  network.setLink({ lossRatio: 0.3 })
  await network.runFor(10 * MINUTE)
  // Four transmissions in a row are lost now and then, which is told, and is over with the next answer.
  network.setLink({ lossRatio: 0 })
  await network.runFor(MINUTE)
  expect(ends.map((end) => end.connectionState)).toEqual(['connected', 'connected'])
  expect([...seen].filter((state) => state !== 'connected' && state !== 'disconnected')).toEqual([])
})
