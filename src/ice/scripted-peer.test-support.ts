/** A peer that asks and answers where the test says, with credentials that the test chooses: it knows no sessions. */
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
import type { IceCandidate, IceParameters, IceRole, TransportAddress } from './index.js'
import type { Peer, VirtualNetwork } from './virtual-network.test-support.js'

export interface End {
  readonly socket: TransportAddress
  readonly local: IceParameters
}

export class ScriptedPeer {
  /** Of our answers to its checks, newest last: `success`, or the code of the error. */
  readonly answers: (string | number)[] = []
  readonly #network: VirtualNetwork
  readonly #us: Peer
  readonly #role: IceRole
  #asked = 0

  constructor(network: VirtualNetwork, us: Peer, role: IceRole) {
    this.#network = network
    this.#us = us
    this.#role = role
  }

  /** From now on it answers there. */
  listen({ socket, local }: End): void {
    this.#network.listen(socket, ({ from, data }) => {
      const message = parseStunMessage(data)
      if (message === undefined) return
      if (message.class !== 'request') {
        this.answers.push(message.class === 'success' ? 'success' : readAttribute(message, ERROR_CODE)!.code)
        return
      }
      const reply = new StunMessageBuilder('success', METHOD_BINDING, message.transactionId)
      reply.add(XOR_MAPPED_ADDRESS, from).integrity(nodeCrypto, shortTermKey(local.password))
      this.#network.send({ from: socket, to: from, data: reply.fingerprint().finish() })
    })
  }

  /** One check, and the time for its answer. */
  check({ socket: from, local }: End, remote: IceParameters, nominate = false, to = this.#us.sockets.get(1)!): void {
    const transactionId = new Uint8Array(12).fill(++this.#asked)
    const check = { local, remote, transactionId, priority: 1, role: this.#role, tieBreaker: 1n, nominate }
    this.#network.send({ from, to, data: buildCheck(nodeCrypto, check) })
    this.#network.runFor(100)
  }

  /** Both sides know each other's parameters, and we this candidate. */
  signal({ socket: { address, port }, local }: End): void {
    const { agent } = this.#us
    this.#us.gather()
    agent.setRemote(this.#network.now, { ...local, iceLite: false })
    const own: IceCandidate = {
      foundation: '1',
      component: 1,
      protocol: 'udp',
      priority: 1000,
      address,
      port,
      type: 'host',
    }
    agent.addRemoteCandidate(this.#network.now, own)
  }
}
