/** A peer like libwebrtc, which pairs its sockets of an ICE restart with our candidates from before it. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nodeCrypto } from '../crypto/node.js'
import {
  ERROR_CODE,
  ICE_CONTROLLING,
  METHOD_BINDING,
  parseStunMessage,
  PRIORITY,
  readAttribute,
  shortTermKey,
  StunMessageBuilder,
  USE_CANDIDATE,
  USERNAME,
  verifyIntegrity,
  XOR_MAPPED_ADDRESS,
} from '../stun/index.js'
import { buildCheck } from './binding.js'
import type { IceCandidate, IceParameters, TransportAddress } from './index.js'
import { Peer, VirtualNetwork, type Packet } from './virtual-network.test-support.js'

const OLD: IceParameters = { usernameFragment: 'theirOld', password: 'their password of the first session' }
const NEW: IceParameters = { usernameFragment: 'theirNew', password: 'their password of the restart' }
const OLD_SOCKET: TransportAddress = { address: '192.0.2.7', port: 7 }
const NEW_SOCKET: TransportAddress = { address: '192.0.2.7', port: 77 }

/** Controls, and has one pair per socket: whose remote half stays what it is until the pair is given up. */
class StubbornPeer {
  readonly codes: number[] = []
  readonly #network: VirtualNetwork
  readonly #us: Peer
  readonly #pairs = new Map<TransportAddress, { readonly local: IceParameters; readonly remote: IceParameters }>()
  #known: IceParameters | undefined
  #asked = 0

  constructor(network: VirtualNetwork, us: Peer) {
    this.#network = network
    this.#us = us
    for (const socket of [OLD_SOCKET, NEW_SOCKET]) network.listen(socket, (packet) => this.#receive(socket, packet))
  }

  learn(ours: IceParameters): void {
    this.#known = ours
  }

  pair(socket: TransportAddress, local: IceParameters): void {
    this.#pairs.set(socket, { local, remote: this.#known! })
  }

  pairWhereNone(socket: TransportAddress, local: IceParameters): void {
    if (!this.#pairs.has(socket)) this.pair(socket, local)
  }

  check(socket: TransportAddress): void {
    const pair = this.#pairs.get(socket)
    if (pair === undefined) return
    const transactionId = new Uint8Array(12).fill(++this.#asked)
    const check = { ...pair, transactionId, priority: 1, role: 'controlling', tieBreaker: 1n, nominate: true } as const
    this.#network.send({ from: socket, to: this.#us.sockets.get(1)!, data: buildCheck(nodeCrypto, check) })
  }

  #receive(socket: TransportAddress, { from, data }: Packet): void {
    const message = parseStunMessage(data)
    if (message === undefined) return
    const pair = this.#pairs.get(socket)
    if (message.class === 'request') {
      const [, theirs = ''] = readAttribute(message, USERNAME)!.split(':')
      if (pair === undefined && theirs === this.#known?.usernameFragment) this.pair(socket, NEW)
      const isRight = this.#pairs.get(socket)?.remote.usernameFragment ?? theirs
      const builder = new StunMessageBuilder(
        isRight === theirs ? 'success' : 'error',
        METHOD_BINDING,
        message.transactionId,
      )
      if (isRight !== theirs) builder.add(ERROR_CODE, { code: 401, reason: 'Unauthorized' })
      else builder.add(XOR_MAPPED_ADDRESS, from).integrity(nodeCrypto, shortTermKey(this.#keyOf(socket).password))
      this.#network.send({ from: socket, to: from, data: builder.fingerprint().finish() })
    } else if (message.class === 'error' && pair !== undefined) {
      const { code } = readAttribute(message, ERROR_CODE)!
      this.codes.push(code)
      const isAuthentic = verifyIntegrity(nodeCrypto, message, shortTermKey(pair.remote.password), 'sha1')
      if (isAuthentic && ![401, 420, 487, 500].includes(code)) this.#pairs.delete(socket)
    }
  }

  #keyOf(socket: TransportAddress): IceParameters {
    return socket === OLD_SOCKET ? OLD : NEW
  }
}

function candidate({ address, port }: TransportAddress): IceCandidate {
  return { foundation: '1', component: 1, protocol: 'udp', priority: 1000, address, port, type: 'host' }
}

function connected() {
  const network = new VirtualNetwork({ delayMillis: 1 })
  const us = new Peer(network, 'controlled', { addresses: ['192.0.2.1'] })
  const peer = new StubbornPeer(network, us)
  us.gather()
  peer.learn(us.agent.localParameters!)
  peer.pair(OLD_SOCKET, OLD)
  us.agent.setRemote(network.now, { ...OLD, iceLite: false })
  us.agent.addRemoteCandidate(network.now, candidate(OLD_SOCKET))
  peer.check(OLD_SOCKET)
  expect(network.runUntil(() => us.agent.selectedPair !== undefined, 5000)).toBe(true)
  return { network, us, peer }
}

/** Our answer: it is known to the peer after a while. */
function answer({ network, us, peer }: ReturnType<typeof connected>, signallingMillis: number): void {
  us.gather()
  us.agent.setRemote(network.now, { ...NEW, iceLite: false })
  const ours = us.agent.localParameters!
  network.after(signallingMillis, () => {
    peer.learn(ours)
    peer.pairWhereNone(NEW_SOCKET, NEW)
  })
}

test('until our answer can be there, such a pair works; then it is refused, and checked with the new parameters', () => {
  const rig = connected()
  const { network, us, peer } = rig
  peer.pair(NEW_SOCKET, NEW)
  peer.check(NEW_SOCKET)
  network.runFor(10)
  expect(us.agent.pathStatus(1, NEW_SOCKET)).toBe('pending')
  expect([NEW_SOCKET, OLD_SOCKET].map((from) => us.agent.hasAsked(1, from))).toEqual([true, false])
  answer(rig, 100)
  us.agent.addRemoteCandidate(network.now, candidate(NEW_SOCKET))
  network.runFor(900)
  peer.check(NEW_SOCKET)
  network.runFor(99)
  expect(peer.codes).toEqual([])
  expect([1, 2].map((socketId) => us.agent.hasAsked(socketId, NEW_SOCKET))).toEqual([true, false])
  expect(us.agent.selectedPair!.to).toEqual(OLD_SOCKET)
  network.runFor(1)
  peer.check(NEW_SOCKET)
  network.runFor(10)
  expect(peer.codes).toEqual([400])
  expect(us.agent.pathStatus(1, NEW_SOCKET)).toBe('validated')
  peer.check(NEW_SOCKET)
  network.runFor(10)
  expect(us.agent.selectedPair!.to).toEqual(NEW_SOCKET)
  expect(us.agent.selectedPair!.local.usernameFragment).toBe(us.agent.localParameters!.usernameFragment)
})

test('who does not know the password of before is a stranger', () => {
  const rig = connected()
  const { network, us, peer } = rig
  const ours = us.agent.localParameters!
  answer(rig, 100)
  network.runFor(2000)
  peer.learn({ ...ours, password: 'a guess of somebody else' })
  peer.pair(NEW_SOCKET, NEW)
  peer.check(NEW_SOCKET)
  network.runFor(10)
  expect(peer.codes).toEqual([401])
  expect(us.agent.pathStatus(1, NEW_SOCKET)).toBe('unknown')
})

test('such a check without what a check must have is refused and has no consequences', () => {
  const rig = connected()
  const { network, us, peer } = rig
  const { usernameFragment, password } = us.agent.localParameters!
  peer.pair(NEW_SOCKET, NEW)
  answer(rig, 100)
  network.runFor(2000)
  const username = `${usernameFragment}:${NEW.usernameFragment}`
  const builder = new StunMessageBuilder('request', METHOD_BINDING, new Uint8Array(12)).add(USERNAME, username)
  builder.add(ICE_CONTROLLING, 1n).add(USE_CANDIDATE, true).integrity(nodeCrypto, shortTermKey(password))
  expect(readAttribute(parseStunMessage(builder.fingerprint().finish())!, PRIORITY)).toBeUndefined()
  const sent = network.sent.length
  network.send({ from: NEW_SOCKET, to: us.sockets.get(1)!, data: builder.finish() })
  network.runFor(10)
  expect(peer.codes).toEqual([400])
  expect(network.sent.slice(sent).filter(({ to }) => to.port === NEW_SOCKET.port)).toHaveLength(1)
})

test('in whatever order their checks, our answer and their candidate come, the new session is selected', () => {
  const delay = fc.integer({ min: 0, max: 3000 })
  fc.assert(
    fc.property(delay, delay, delay, delay, fc.boolean(), (pairAt, answerAt, signalling, candidateAt, dropsOld) => {
      const rig = connected()
      const { network, us, peer } = rig
      const former = us.agent.localParameters!
      // Before it has the answer it knows our former parameters only.
      network.after(pairAt, () => pairAt < answerAt + signalling && peer.pair(NEW_SOCKET, NEW))
      network.after(answerAt, () => answer(rig, signalling))
      network.after(answerAt + candidateAt, () => us.agent.addRemoteCandidate(network.now, candidate(NEW_SOCKET)))
      for (let at = 0; at < 20_000; at += 500) network.after(at, () => peer.check(NEW_SOCKET))
      if (dropsOld) network.passes = ({ from, to }) => from.port !== OLD_SOCKET.port && to.port !== OLD_SOCKET.port
      network.runFor(answerAt)
      expect(us.agent.localParameters).not.toEqual(former)
      expect(network.runUntil(() => us.agent.selectedPair?.to.port === NEW_SOCKET.port, 20_000)).toBe(true)
      expect(us.agent.selectedPair!.local.usernameFragment).toBe(us.agent.localParameters!.usernameFragment)
    }),
    { numRuns: 60 },
  )
})
