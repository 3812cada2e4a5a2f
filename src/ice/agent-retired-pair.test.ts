/** A peer that goes on over the pair of before an ICE restart, after one of the new credentials is nominated, as Firefox may. */
import { beforeEach, expect, test } from 'vitest'
import { parseStunMessage } from '../stun/index.js'
import type { IceParameters } from './index.js'
import { type End, ScriptedPeer } from './scripted-peer.test-support.js'
import type { RelayedSocket } from './types.js'
import { Peer, VirtualNetwork } from './virtual-network.test-support.js'

const OLD: End = {
  socket: { address: '192.0.2.7', port: 7 },
  local: { usernameFragment: 'theirOld', password: 'their password of the first session' },
}
const NEW: End = {
  socket: { address: '192.0.2.7', port: 77 },
  local: { usernameFragment: 'theirNew', password: 'their password of the restart' },
}
const NEXT: End = {
  socket: { address: '192.0.2.7', port: 777 },
  local: { usernameFragment: 'theirNext', password: 'their password of the restart after that' },
}
const RELAY: RelayedSocket = {
  socketId: 50,
  local: { address: '198.51.100.5', port: 50 },
  localPreference: 1,
  related: { address: '192.0.2.1', port: 5001 },
  protocol: 'udp',
  url: 'turn:turn.example',
}
/** Theirs too, but not what was selected. */
const ELSEWHERE: End = { ...OLD, socket: { address: '192.0.2.7', port: 8 } }

let network: VirtualNetwork
let us: Peer
let peer: ScriptedPeer
let former: IceParameters

beforeEach(() => {
  network = new VirtualNetwork({ delayMillis: 1 })
  us = new Peer(network, 'controlled', { addresses: ['192.0.2.1'] })
  peer = new ScriptedPeer(network, us, 'controlling')
  for (const end of [OLD, NEW, NEXT, ELSEWHERE]) peer.listen(end)
  peer.signal(OLD)
  former = us.agent.localParameters!
  peer.check(OLD, former, true)
  expect(us.agent.selectedPair?.to).toEqual(OLD.socket)
})

function restart(): void {
  peer.signal(NEW)
  peer.check(NEW, us.agent.localParameters!, true)
  expect(us.agent.selectedPair?.to).toEqual(NEW.socket)
  expect(us.agent.isSettled).toBe(true)
}

test('what it sends is taken, what it asks is answered, for half a minute after it was last heard', () => {
  restart()
  expect(us.agent.pathStatus(1, OLD.socket)).toBe('validated')
  for (let i = 0; i < 4; i++) {
    network.runFor(20_000)
    peer.check(OLD, former)
    expect(peer.answers.at(-1)).toBe('success')
  }
  for (let i = 0; i < 4; i++) {
    network.runFor(20_000)
    us.agent.heard(network.now, 1, OLD.socket)
    expect(us.agent.pathStatus(1, OLD.socket)).toBe('validated')
  }
  // Over long after its last check, and over by silence alone.
  network.runFor(36_500)
  expect(us.agent.pathStatus(1, OLD.socket)).toBe('unknown')
  peer.check(OLD, former)
  expect(peer.answers.at(-1)).toBe(401)
})

test('nothing of ours goes there but answers, and it is not selected again', () => {
  restart()
  const sent = network.sent.length
  for (let i = 0; i < 3; i++) {
    network.runFor(10_000)
    peer.check(OLD, former, true)
  }
  const ours = network.sent.slice(sent).filter(({ to }) => to.port === OLD.socket.port)
  expect(ours.map(({ data }) => parseStunMessage(data)!.class)).toEqual(['success', 'success', 'success'])
  expect(us.agent.selectedPair?.to).toEqual(NEW.socket)
})

test('only that pair is: other addresses that knew the former password are strangers', () => {
  restart()
  peer.check(ELSEWHERE, former)
  expect(peer.answers.at(-1)).toBe(401)
  expect(us.agent.pathStatus(1, ELSEWHERE.socket)).toBe('unknown')
  expect(us.agent.pathStatus(2, OLD.socket)).toBe('unknown')
})

test('it cannot be prolonged by who does not know the password', () => {
  restart()
  for (let i = 0; i < 5; i++) {
    network.runFor(10_000)
    peer.check(OLD, { ...former, password: 'a guess of somebody else' })
  }
  expect(us.agent.pathStatus(1, OLD.socket)).toBe('unknown')
})

test.each<[string, () => void]>([
  ['another endpoint', () => us.agent.forgetFormer(network.now)],
  ['the end of its socket', () => us.agent.removeLocalSocket(network.now, 1)],
  ['the end of its path', () => us.agent.pathLost(network.now, { socketId: 1, to: OLD.socket, broke: true })],
  ['close()', () => us.agent.close()],
])('%s ends it', (_, end) => {
  restart()
  expect(us.agent.pathStatus(1, OLD.socket)).toBe('validated')
  end()
  expect(us.agent.pathStatus(1, OLD.socket)).toBe('unknown')
})

test('the next restart retires the pair of this one', () => {
  restart()
  const second = us.agent.localParameters!
  peer.signal(NEXT)
  expect([OLD, NEW].map(({ socket }) => us.agent.pathStatus(1, socket))).toEqual(['validated', 'validated'])
  peer.check(NEXT, us.agent.localParameters!, true)
  expect(us.agent.selectedPair?.to).toEqual(NEXT.socket)
  expect([OLD, NEW].map(({ socket }) => us.agent.pathStatus(1, socket))).toEqual(['unknown', 'validated'])
  peer.check(NEW, second)
  expect(peer.answers.at(-1)).toBe('success')
})

test('where the pair of the new credentials has the same addresses, nothing of the former ones is heard', () => {
  peer.signal({ ...NEW, socket: OLD.socket })
  peer.listen({ ...NEW, socket: OLD.socket })
  peer.check({ ...NEW, socket: OLD.socket }, us.agent.localParameters!, true)
  expect(us.agent.isSettled).toBe(true)
  peer.check(OLD, former)
  expect(peer.answers.at(-1)).toBe(401)
})

test('with the policy "relay" nothing goes to it, and nothing of it is taken', () => {
  us.agent.setTransportPolicy('relay')
  peer.signal(NEW)
  us.sockets.set(50, RELAY.local)
  network.listen(RELAY.local, (packet) => us.deliver(50, packet))
  us.agent.addRelay(network.now, RELAY)
  peer.check(NEW, us.agent.localParameters!, true, RELAY.local)
  expect(us.agent.selectedPair).toMatchObject({ socketId: 50, to: NEW.socket })
  expect(us.agent.pathStatus(1, OLD.socket)).toBe('unknown')
  const sent = network.sent.length
  peer.check(OLD, former)
  expect(network.sent.slice(sent).filter(({ from }) => from.port === us.sockets.get(1)!.port)).toEqual([])
})
