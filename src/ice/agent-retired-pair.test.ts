/** A peer that goes on over the pair of before an ICE restart, after one of the new credentials is nominated, as Firefox may. */
import { beforeEach, expect, test } from 'vitest'
import { nodeCrypto } from '../crypto/node.js'
import {
  ERROR_CODE,
  METHOD_BINDING,
  parseStunMessage,
  readAttribute,
  shortTermKey,
  StunMessageBuilder,
  XOR_MAPPED_ADDRESS,
} from '../stun/index.js'
import { buildCheck } from './binding.js'
import type { IceCandidate, IceParameters, TransportAddress } from './index.js'
import type { RelayedSocket } from './types.js'
import { Peer, VirtualNetwork } from './virtual-network.test-support.js'

const OLD = {
  socket: { address: '192.0.2.7', port: 7 },
  local: { usernameFragment: 'theirOld', password: 'their password of the first session' },
}
const NEW = {
  socket: { address: '192.0.2.7', port: 77 },
  local: { usernameFragment: 'theirNew', password: 'their password of the restart' },
}
const NEXT = {
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
const ELSEWHERE: TransportAddress = { address: '192.0.2.7', port: 8 }

let network: VirtualNetwork
let us: Peer
/** Of our answers to the checks of the peer, newest last: `success`, or the code of the error. */
let answers: (string | number)[]

function listen({ socket, local }: typeof OLD): void {
  network.listen(socket, ({ from, data }) => {
    const message = parseStunMessage(data)
    if (message === undefined) return
    if (message.class !== 'request') {
      answers.push(message.class === 'success' ? 'success' : readAttribute(message, ERROR_CODE)!.code)
      return
    }
    const reply = new StunMessageBuilder('success', METHOD_BINDING, message.transactionId)
    reply.add(XOR_MAPPED_ADDRESS, from).integrity(nodeCrypto, shortTermKey(local.password))
    network.send({ from: socket, to: from, data: reply.fingerprint().finish() })
  })
}

let asked = 0
function check(
  from: TransportAddress,
  local: IceParameters,
  remote: IceParameters,
  nominate = false,
  to = us.sockets.get(1)!,
): void {
  const transactionId = new Uint8Array(12).fill(++asked)
  const role = 'controlling'
  const data = buildCheck(nodeCrypto, { local, remote, transactionId, priority: 1, role, tieBreaker: 1n, nominate })
  network.send({ from, to, data })
  network.runFor(100)
}

function learn({ socket, local }: typeof OLD): void {
  us.gather()
  us.agent.setRemote(network.now, { ...local, iceLite: false })
  const { address, port } = socket
  const candidate: IceCandidate = {
    foundation: '1',
    component: 1,
    protocol: 'udp',
    priority: 1000,
    address,
    port,
    type: 'host',
  }
  us.agent.addRemoteCandidate(network.now, candidate)
}

let former: IceParameters

beforeEach(() => {
  network = new VirtualNetwork({ delayMillis: 1 })
  us = new Peer(network, 'controlled', { addresses: ['192.0.2.1'] })
  answers = []
  listen(OLD)
  listen(NEW)
  listen(NEXT)
  learn(OLD)
  former = us.agent.localParameters!
  check(OLD.socket, OLD.local, former, true)
  expect(us.agent.selectedPair?.to).toEqual(OLD.socket)
})

function restart(): void {
  learn(NEW)
  check(NEW.socket, NEW.local, us.agent.localParameters!, true)
  expect(us.agent.selectedPair?.to).toEqual(NEW.socket)
  expect(us.agent.isSettled).toBe(true)
}

test('what it sends is taken, what it asks is answered, for half a minute after it was last heard', () => {
  restart()
  expect(us.agent.pathStatus(1, OLD.socket)).toBe('validated')
  for (let i = 0; i < 4; i++) {
    network.runFor(20_000)
    check(OLD.socket, OLD.local, former)
    expect(answers.at(-1)).toBe('success')
  }
  for (let i = 0; i < 4; i++) {
    network.runFor(20_000)
    us.agent.heard(network.now, 1, OLD.socket)
    expect(us.agent.pathStatus(1, OLD.socket)).toBe('validated')
  }
  // Over long after its last check, and over by silence alone.
  network.runFor(36_500)
  expect(us.agent.pathStatus(1, OLD.socket)).toBe('unknown')
  check(OLD.socket, OLD.local, former)
  expect(answers.at(-1)).toBe(401)
})

test('nothing of ours goes there but answers, and it is not selected again', () => {
  restart()
  const sent = network.sent.length
  for (let i = 0; i < 3; i++) {
    network.runFor(10_000)
    check(OLD.socket, OLD.local, former, true)
  }
  const ours = network.sent.slice(sent).filter(({ to }) => to.port === OLD.socket.port)
  expect(ours.map(({ data }) => parseStunMessage(data)!.class)).toEqual(['success', 'success', 'success'])
  expect(us.agent.selectedPair?.to).toEqual(NEW.socket)
})

test('only that pair is: other addresses that knew the former password are strangers', () => {
  restart()
  network.listen(ELSEWHERE, ({ data }) => {
    answers.push(readAttribute(parseStunMessage(data)!, ERROR_CODE)!.code)
  })
  check(ELSEWHERE, OLD.local, former)
  expect(answers.at(-1)).toBe(401)
  expect(us.agent.pathStatus(1, ELSEWHERE)).toBe('unknown')
  expect(us.agent.pathStatus(2, OLD.socket)).toBe('unknown')
})

test('it cannot be prolonged by who does not know the password', () => {
  restart()
  for (let i = 0; i < 5; i++) {
    network.runFor(10_000)
    check(OLD.socket, OLD.local, { ...former, password: 'a guess of somebody else' })
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
  learn(NEXT)
  expect([OLD, NEW].map(({ socket }) => us.agent.pathStatus(1, socket))).toEqual(['validated', 'validated'])
  check(NEXT.socket, NEXT.local, us.agent.localParameters!, true)
  expect(us.agent.selectedPair?.to).toEqual(NEXT.socket)
  expect([OLD, NEW].map(({ socket }) => us.agent.pathStatus(1, socket))).toEqual(['unknown', 'validated'])
  check(NEW.socket, NEW.local, second)
  expect(answers.at(-1)).toBe('success')
})

test('where the pair of the new credentials has the same addresses, nothing of the former ones is heard', () => {
  learn({ ...NEW, socket: OLD.socket })
  listen({ ...NEW, socket: OLD.socket })
  check(OLD.socket, NEW.local, us.agent.localParameters!, true)
  expect(us.agent.isSettled).toBe(true)
  check(OLD.socket, OLD.local, former)
  expect(answers.at(-1)).toBe(401)
})

test('with the policy "relay" nothing goes to it, and nothing of it is taken', () => {
  us.agent.setTransportPolicy('relay')
  learn(NEW)
  us.sockets.set(50, RELAY.local)
  network.listen(RELAY.local, (packet) => us.deliver(50, packet))
  us.agent.addRelay(network.now, RELAY)
  check(NEW.socket, NEW.local, us.agent.localParameters!, true, RELAY.local)
  expect(us.agent.selectedPair).toMatchObject({ socketId: 50, to: NEW.socket })
  expect(us.agent.pathStatus(1, OLD.socket)).toBe('unknown')
  const sent = network.sent.length
  check(OLD.socket, OLD.local, former)
  expect(network.sent.slice(sent).filter(({ from }) => from.port === us.sockets.get(1)!.port)).toEqual([])
})
