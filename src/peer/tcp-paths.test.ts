import { expect, test } from 'vitest'
import { framePacket, IceAgent } from '../ice/index.js'
import { seededCrypto } from '../ice/virtual-network.test-support.js'
import type { PeerEvent } from './contract.js'
import { TcpPaths } from './tcp-paths.js'

const PEER = { address: '198.51.100.1', port: 443 }
const ACTIVE = -1

/** With one active base, from which nothing has been sent yet. */
function rig() {
  const events: PeerEvent[] = []
  let lastId = 0
  const paths = new TcpPaths({
    transportId: 1,
    agent: new IceAgent({ crypto: seededCrypto(3), role: 'controlling', transportPolicy: 'all' }),
    opens: true,
    nextSocketId: () => --lastId,
    emit: (event) => events.push(event),
    count: () => {},
  })
  paths.addSocket(0, { socketId: 1, local: { address: '192.0.2.1', port: 5000 }, localPreference: 65_535 })
  const send = (...data: number[]) => paths.wrap(0, { socketId: ACTIVE, to: PEER, data: Uint8Array.from(data) })
  const opened = () => events.flatMap((event) => (event.type === 'openStream' ? [event.stream.socketId] : []))
  return { paths, send, opened }
}

const STUN = 0
const DTLS = 22

test('SECURITY 17: while a connection is being opened eight checks wait for it; what others send is repeated, and does not', () => {
  const { paths, send, opened } = rig()
  expect(send(DTLS, 1)).toBeUndefined()
  expect(opened()).toEqual([]) // ICE alone opens connections
  for (let i = 0; i < 20; i++) {
    expect(send(STUN, i)).toBeUndefined()
    expect(send(DTLS, i)).toBeUndefined()
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
  expect(send(DTLS, 9)).toEqual({ socketId, to: PEER, data: framePacket(Uint8Array.of(DTLS, 9)) })
})
