import { describe, expect, test } from 'vitest'
import { framePacket, type IceAgent } from '../ice/index.js'
import type { PathStatus, SelectedPair } from '../ice/types.js'
import type { PeerEvent } from './contract.js'
import { TcpPaths } from './tcp-paths.js'

const HERE = '192.0.2.1'
const PEER = { address: '198.51.100.1', port: 443 }
/** Of the one that opens; the one that listens brings its own. */
const ACTIVE = -1
const UDP = 1
const PASSIVE = 2
const STUN = 0
const DTLS = 22

/** What paths ask of ICE, and tell it. */
interface Ice {
  state: IceAgent['state']
  isSettled: boolean
  selectedPair: Pick<SelectedPair, 'socketId' | 'to'> | undefined
  status: PathStatus | undefined
  readonly lost: string[]
}

/** With one base that opens connections, over which nothing has been sent yet, and one that they come to. */
function rig() {
  const ice: Ice = { state: 'checking', isSettled: false, selectedPair: undefined, status: undefined, lost: [] }
  const agent = Object.defineProperties(
    {
      addLocalSocket: () => {},
      removeLocalSocket: () => {},
      pathStatus: () => ice.status,
      pathLost: (_now: number, { to }: { to: { port: number } }) => ice.lost.push(String(to.port)),
    },
    {
      state: { get: () => ice.state },
      isSettled: { get: () => ice.isSettled },
      selectedPair: { get: () => ice.selectedPair },
    },
  ) as unknown as IceAgent
  const events: PeerEvent[] = []
  const counted: string[] = []
  let lastId = 0
  const paths = new TcpPaths({
    transportId: 1,
    agent,
    opens: true,
    nextSocketId: () => --lastId,
    emit: (event) => events.push(event),
    count: (what) => counted.push(what),
  })
  paths.addSocket(0, { socketId: UDP, local: { address: HERE, port: 5000 }, localPreference: 65_535 })
  const passive = { socketId: PASSIVE, local: { address: HERE, port: 6000 }, tcpType: 'passive' } as const
  paths.addSocket(0, { ...passive, localPreference: 65_535 })
  const send = (data: readonly number[], to = PEER) =>
    paths.wrap(0, { socketId: ACTIVE, to, data: Uint8Array.from(data) })
  const opened = () => events.flatMap((event) => (event.type === 'openStream' ? [event.stream.socketId] : []))
  const closed = () => events.flatMap((event) => (event.type === 'closeStream' ? [event.socketId] : []))
  const from = (port: number) => ({ address: `203.0.113.${port % 250}`, port })
  const come = (port: number) => paths.accepted(0, PASSIVE, from(port))
  const hear = (socketId: number, first: number) =>
    paths.receive(0, socketId, framePacket(Uint8Array.of(first))!, () => {})
  return { ice, paths, counted, send, opened, closed, come, hear, from }
}

test('SECURITY 17: while a connection is being opened eight checks wait for it; what others send is repeated, and does not', () => {
  const { paths, send, opened } = rig()
  expect(send([DTLS, 1])).toBeUndefined()
  expect(opened()).toEqual([]) // ICE alone opens connections
  for (let i = 0; i < 20; i++) {
    expect(send([STUN, i])).toBeUndefined()
    expect(send([DTLS, i])).toBeUndefined()
  }
  const [socketId, ...others] = opened()
  expect(others).toEqual([])
  expect(paths.pollTransmit()).toBeUndefined()
  expect(paths.streamOpened(0, socketId!)).toBe(true)
  for (let i = 0; i < 8; i++) {
    expect(paths.pollTransmit()).toEqual({
      ...{ socketId, to: PEER, isControl: true },
      data: framePacket(Uint8Array.of(STUN, i)),
    })
  }
  expect(paths.pollTransmit()).toBeUndefined()
  expect(send([DTLS, 9])).toEqual({ socketId, to: PEER, data: framePacket(Uint8Array.of(DTLS, 9)) })
})

test('SECURITY 19: with 32 connections that were opened, none that comes is taken', () => {
  const { send, opened, come, counted } = rig()
  for (let i = 0; i < 31; i++) send([STUN], { ...PEER, port: 1000 + i })
  expect(come(1)).toBeDefined()
  expect(opened()).toHaveLength(31)
  expect(come(2)).toBeUndefined()
  expect(counted).toEqual(['tcpStreamsRefused'])
})

test('who comes from the same port again has lost the connection before', () => {
  const { come, closed, ice } = rig()
  const [first, other] = [come(7), come(8)]
  expect(closed()).toEqual([])
  const second = come(7)
  expect([first, second].includes(undefined)).toBe(false)
  expect(closed()).toEqual([first])
  expect(ice.lost).toEqual(['7'])
  expect(other).not.toBe(second)
})

test('what was opened proves itself within ten seconds of being open, however long that took', () => {
  const { paths, send, opened, closed, ice } = rig()
  send([STUN])
  expect(paths.nextTimeout()).toBe(Infinity) // the driver bounds that
  const [socketId] = opened()
  paths.streamOpened(5000, socketId!)
  expect(paths.nextTimeout()).toBe(15_000)
  paths.handleTimeout(14_999)
  expect(closed()).toEqual([])
  paths.handleTimeout(15_000)
  expect([closed(), ice.lost]).toEqual([[socketId], ['443']])
})

test('an address that is gone takes its connections with it, and no others', () => {
  const { paths, send, opened, come, closed } = rig()
  send([STUN])
  const taken = come(7)
  paths.removeSocket(0, UDP)
  expect(closed()).toEqual(opened())
  paths.removeSocket(0, PASSIVE)
  expect(closed()).toEqual([...opened(), taken])
})

describe('three seconds after a nomination', () => {
  /** One that is the selected pair's, one that is proven, and one that has just come. */
  function settling() {
    const all = rig()
    const { paths, ice, come, hear, from } = all
    const [winner, loser] = [come(1)!, come(2)!]
    ice.status = 'validated'
    for (const socketId of [winner, loser]) hear(socketId, STUN)
    const newcomer = come(3)!
    Object.assign(ice, { state: 'connected', isSettled: true, selectedPair: { socketId: PASSIVE, to: from(1) } })
    paths.nominated(0)
    return { ...all, winner, loser, newcomer }
  }

  test('losers are closed; what has just come may be the new way of the peer, and stays', () => {
    const { paths, closed, loser } = settling()
    paths.handleTimeout(2999)
    expect(closed()).toEqual([])
    paths.handleTimeout(3000)
    expect(closed()).toEqual([loser])
  })

  test('nobody is closed while the pair seems lost; that is looked at again', () => {
    const { paths, closed, loser, ice } = settling()
    ice.state = 'disconnected'
    paths.handleTimeout(3000)
    expect(closed()).toEqual([])
    ice.state = 'connected'
    paths.handleTimeout(6000)
    expect(closed()).toEqual([loser])
  })
})
