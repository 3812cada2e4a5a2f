/** A network on a virtual clock: hosts, NATs and a seeded link that loses, delays, reorders and duplicates. */
import { nodeCrypto } from '../crypto/node.js'
import type { Crypto } from '../crypto/types.js'
import { METHOD_BINDING, parseStunMessage, StunMessageBuilder, XOR_MAPPED_ADDRESS } from '../stun/index.js'
import { generateIceParameters, IceAgent, type IceAgentOptions, type IceEvent, type TransportAddress } from './index.js'

export interface LinkOptions {
  readonly seed: number
  readonly lossRatio: number
  readonly duplicateRatio: number
  /** One way. */
  readonly delayMillis: number
  /** Up to so much more, for each packet anew: reorders. */
  readonly jitterMillis: number
}

export interface Packet {
  readonly from: TransportAddress
  readonly to: TransportAddress
  readonly data: Uint8Array
}

/** Mulberry32: small, and the same everywhere. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = Math.imul(state ^ (state >>> 15), state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

/** The real thing, with repeatable randomness. */
export function seededCrypto(seed: number): Crypto {
  const random = seededRandom(seed)
  return {
    ...nodeCrypto,
    randomBytes: (length) => Uint8Array.from({ length }, () => Math.floor(random() * 256)),
    hash: (...args) => nodeCrypto.hash(...args),
    hmac: (...args) => nodeCrypto.hmac(...args),
    hmacSha1: (...args) => nodeCrypto.hmacSha1(...args),
    timingSafeEqual: (a, b) => nodeCrypto.timingSafeEqual(a, b),
  }
}

/** Whoever is asked what it has to send, and told that time has passed. */
export interface Participant {
  readonly agent: Pick<IceAgent, 'nextTimeout' | 'handleTimeout'>
  drain(): void
}

export class VirtualNetwork {
  now = 1000
  readonly sent: Packet[] = []
  /** Packets for which it says false vanish. */
  passes: (packet: Packet) => boolean = () => true
  readonly #options: LinkOptions
  readonly #random: () => number
  readonly #listeners = new Map<string, (packet: Packet) => void>()
  readonly #peers: Participant[] = []
  readonly #tasks: { at: number; order: number; run: () => void }[] = []
  #order = 0

  constructor(options: Partial<LinkOptions> = {}) {
    this.#options = { seed: 1, lossRatio: 0, duplicateRatio: 0, delayMillis: 10, jitterMillis: 0, ...options }
    this.#random = seededRandom(this.#options.seed)
  }

  listen(address: TransportAddress, receive: (packet: Packet) => void): void {
    this.#listeners.set(keyOf(address), receive)
  }

  unlisten(address: TransportAddress): void {
    this.#listeners.delete(keyOf(address))
  }

  addPeer(peer: Participant): void {
    this.#peers.push(peer)
  }

  after(millis: number, run: () => void): void {
    this.#tasks.push({ at: this.now + millis, order: this.#order++, run })
  }

  send(packet: Packet): void {
    this.sent.push(packet)
    const { lossRatio, duplicateRatio, delayMillis, jitterMillis } = this.#options
    const copies = this.#random() < lossRatio ? 0 : this.#random() < duplicateRatio ? 2 : 1
    for (let i = 0; i < copies; i++) {
      this.after(delayMillis + this.#random() * jitterMillis, () => {
        if (this.passes(packet)) this.#listeners.get(keyOf(packet.to))?.(packet)
      })
    }
  }

  /** A STUN server that tells everybody their address. */
  addStunServer(address: TransportAddress): void {
    this.listen(address, ({ from, data }) => {
      const message = parseStunMessage(data)
      if (message?.class !== 'request') return
      const builder = new StunMessageBuilder('success', METHOD_BINDING, message.transactionId)
      this.send({ from: address, to: from, data: builder.add(XOR_MAPPED_ADDRESS, from).fingerprint().finish() })
    })
  }

  runFor(millis: number): void {
    this.runUntil(() => false, millis)
  }

  /** Whether the condition became true in time. */
  runUntil(condition: () => boolean, timeoutMillis = 60_000): boolean {
    const end = this.now + timeoutMillis
    for (let idle = 0; ; idle++) {
      for (const peer of this.#peers) peer.drain()
      if (condition()) return true
      const at = Math.min(...this.#tasks.map((task) => task.at), ...this.#peers.map((peer) => peer.agent.nextTimeout()))
      if (at > end) break
      if (at > this.now) idle = 0
      else if (idle > 1000) throw new Error(`the clock stands still at ${this.now}`)
      this.now = Math.max(this.now, at)
      this.#runDueTasks()
      for (const peer of this.#peers) peer.agent.handleTimeout(this.now)
    }
    this.now = end
    return false
  }

  #runDueTasks(): void {
    this.#tasks.sort((a, b) => a.at - b.at || a.order - b.order)
    while (this.#tasks[0] !== undefined && this.#tasks[0].at <= this.now) this.#tasks.shift()!.run()
  }
}

export type NatKind = 'full-cone' | 'port-restricted' | 'symmetric'

/** One public address; ports in order of their need. */
export class Nat {
  readonly #network: VirtualNetwork
  readonly #publicAddress: string
  readonly #kind: NatKind
  readonly #publicPorts = new Map<string, number>()
  readonly #sentTo = new Set<string>()

  constructor(network: VirtualNetwork, publicAddress: string, kind: NatKind) {
    this.#network = network
    this.#publicAddress = publicAddress
    this.#kind = kind
  }

  send(packet: Packet, deliverInside: (packet: Packet) => void): void {
    const inside = keyOf(packet.from)
    const mapping = this.#kind === 'symmetric' ? `${inside} ${keyOf(packet.to)}` : inside
    let port = this.#publicPorts.get(mapping)
    if (port === undefined) {
      port = 40_000 + this.#publicPorts.size
      this.#publicPorts.set(mapping, port)
      this.#network.listen({ address: this.#publicAddress, port }, (back) => {
        const known = this.#sentTo.has(`${port} ${keyOf(back.from)}`)
        if (known || this.#kind === 'full-cone') deliverInside({ ...back, to: packet.from })
      })
    }
    this.#sentTo.add(`${port} ${keyOf(packet.to)}`)
    this.#network.send({ ...packet, from: { address: this.#publicAddress, port } })
  }
}

export interface PeerOptions {
  readonly addresses: readonly string[]
  readonly nat?: Nat
  readonly stunServer?: TransportAddress
  readonly agent?: Partial<IceAgentOptions>
  readonly seed?: number
}

/** An agent with sockets on the network, and a record of what it told. */
export class Peer {
  readonly agent: IceAgent
  readonly events: IceEvent[] = []
  readonly sockets = new Map<number, TransportAddress>()
  onEvent: (event: IceEvent) => void = () => {}
  readonly #network: VirtualNetwork
  readonly #options: PeerOptions
  readonly #crypto: Crypto
  #nextSocketId = 1

  constructor(network: VirtualNetwork, role: 'controlling' | 'controlled', options: PeerOptions) {
    this.#network = network
    this.#options = options
    this.#crypto = seededCrypto((options.seed ?? 0) * 2 + (role === 'controlling' ? 1 : 2))
    this.agent = new IceAgent({ crypto: this.#crypto, role, transportPolicy: 'all', ...options.agent })
    network.addPeer(this)
  }

  /** In order, of all generations. */
  get states(): string[] {
    return this.events.flatMap((event) => (event.type === 'state' ? [event.state] : []))
  }

  gather(): void {
    const { agent } = this
    agent.startGathering(this.#network.now, generateIceParameters(this.#crypto))
    if (this.sockets.size === 0) for (const address of this.#options.addresses) this.bind(address)
    const server = this.#options.stunServer
    if (server !== undefined) agent.addStunServer(this.#network.now, { ...server, url: 'stun:stun.example' })
    agent.endOfLocalSockets(this.#network.now)
  }

  bind(address: string): number {
    const socketId = this.#nextSocketId++
    const local = { address, port: 5000 + socketId }
    this.sockets.set(socketId, local)
    this.#network.listen(local, (packet) => this.deliver(socketId, packet))
    this.agent.addLocalSocket(this.#network.now, { socketId, local, localPreference: 65535 - socketId })
    return socketId
  }

  deliver(socketId: number, { from, data }: Packet): void {
    this.agent.receive(this.#network.now, { socketId, from, data })
  }

  drain(): void {
    for (let out; (out = this.agent.pollTransmit(this.#network.now)) !== undefined;) {
      const { socketId, to, data } = out
      const packet = { from: this.sockets.get(socketId)!, to, data: data.slice() }
      if (this.#options.nat) this.#options.nat.send(packet, (back) => this.deliver(socketId, back))
      else this.#network.send(packet)
    }
    for (let event; (event = this.agent.pollEvent()) !== undefined;) {
      this.events.push(event)
      this.onEvent(event)
    }
  }
}

export interface SignalOptions {
  /** How long parameters take, one way. */
  readonly parametersDelayMillis?: number
  /** For each candidate; undefined: candidates are not told at all. */
  readonly candidateDelayMillis?: (() => number) | undefined
}

/** Tells the peer what `peer` has: parameters, then candidates as they come, then their end. */
export function trickle(network: VirtualNetwork, peer: Peer, other: Peer, options: SignalOptions = {}): void {
  const { parametersDelayMillis = 5, candidateDelayMillis = () => 5 } = options
  const parameters = peer.agent.localParameters!
  network.after(parametersDelayMillis, () => other.agent.setRemote(network.now, { ...parameters, iceLite: false }))
  let last = network.now
  peer.onEvent = (event) => {
    if (event.type === 'localCandidate') {
      const delay = candidateDelayMillis()
      last = Math.max(last, network.now + delay)
      network.after(delay, () => void other.agent.addRemoteCandidate(network.now, event.candidate))
    } else if (event.type === 'gatheringState' && event.state === 'complete') {
      network.after(last - network.now, () => other.agent.setRemoteEndOfCandidates(network.now))
    }
  }
}

/** Offerer and answerer, gathered and trickling to each other. */
export function negotiate(network: VirtualNetwork, a: Peer, b: Peer, options: SignalOptions = {}): void {
  a.gather()
  b.gather()
  trickle(network, a, b, options)
  trickle(network, b, a, options)
}

export function isUp(peer: Peer): boolean {
  return peer.agent.state === 'connected' || peer.agent.state === 'completed'
}

/** Up, and over a nominated pair. */
export function isNominated(peer: Peer): boolean {
  return isUp(peer) && peer.agent.isSettled
}

function keyOf({ address, port }: TransportAddress): string {
  return `${address} ${port}`
}
