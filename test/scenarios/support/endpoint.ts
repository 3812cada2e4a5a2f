import type { Crypto, LocalCertificate } from '../../../src/crypto/index.js'
import { generateEcdsaCertificate, nodeCrypto, runtimeCrypto } from '../../../src/crypto/index.js'
import type { ChannelHandle, OpenChannel } from '../../../src/datachannel/types.js'
import type { StunServer, TurnServer } from '../../../src/ice/types.js'
import { Peer, type PeerEvent, type PeerOptions, type TransportView } from '../../../src/peer/index.js'
import { SeededRandom } from '../../support/seeded-random.js'
import { TestChannel } from './test-channel.js'
import type { Datagram, Station, VirtualLink } from './virtual-link.js'

/** Making keys is slow, and every test may use the same ones. */
const certificates = new Map<string, LocalCertificate>()

export function certificateOf(name: string): LocalCertificate {
  let certificate = certificates.get(name)
  if (certificate === undefined)
    certificates.set(name, (certificate = generateEcdsaCertificate({ expires: Date.now() + 86_400_000 })))
  return certificate
}

/** Cryptography whose random bytes depend on nothing but the seed; keys and signatures stay as random as they are. */
export function seededCrypto(seed: number): Crypto {
  const random = new SeededRandom(seed)
  return {
    // Two endpoints with seeds next to each other run over both ways to an AEAD.
    ...(seed % 2 === 0 ? nodeCrypto : runtimeCrypto),
    randomBytes: (length) => Uint8Array.from({ length }, () => Math.floor(random.next() * 256)),
  }
}

export interface EndpointOptions extends Partial<PeerOptions> {
  /** Local addresses: one socket each. */
  readonly addresses?: readonly string[]
  readonly turnServers?: readonly TurnServer[]
  readonly stunServers?: readonly StunServer[]
}

let lastSocketId = 0

/** One peer with the driver's work done for it: sockets on the link, a clock, and channels as applications see them. */
export class Endpoint implements Station {
  readonly name: string
  readonly peer: Peer
  readonly channels = new Map<ChannelHandle, TestChannel>()
  /** Those that the other side opened. */
  readonly incoming: TestChannel[] = []
  readonly events: PeerEvent[] = []
  onEvent: (event: PeerEvent) => void = () => undefined
  onChannel: (channel: TestChannel) => void = () => undefined
  /** What names in candidates are; a name that is missing does not exist. */
  readonly names = new Map<string, string>()
  readonly #link: VirtualLink
  readonly #addresses: readonly string[]
  /** Named in the next gathering. */
  turnServers: readonly TurnServer[]
  readonly #stunServers: readonly StunServer[]
  readonly #sockets = new Map<number, { readonly address: string; readonly port: number }>()
  readonly #bound = new Map<number, readonly number[]>()
  #lastPort = 5000

  constructor(name: string, link: VirtualLink, options: EndpointOptions = {}) {
    const { addresses, turnServers = [], stunServers = [], ...peerOptions } = options
    this.turnServers = turnServers
    this.#stunServers = stunServers
    this.name = name
    this.#link = link
    this.#addresses = addresses ?? [name === 'alice' ? '10.0.0.1' : '10.0.0.2']
    this.peer = new Peer({
      crypto: seededCrypto(link.options.seed * 2 + (name === 'alice' ? 0 : 1)),
      certificates: [certificateOf(name)],
      bundlePolicy: 'balanced',
      iceTransportPolicy: 'all',
      ...peerOptions,
    })
    link.add(this)
  }

  get now(): number {
    return this.#link.now
  }

  get transport(): TransportView {
    const [transport] = this.peer.transports
    if (transport === undefined) throw new Error(`${this.name} has no transport`)
    return transport
  }

  socketIdOf(address: string): number {
    for (const [socketId, local] of this.#sockets) if (local.address === address) return socketId
    throw new Error(`no socket at ${address}`)
  }

  /** Every state that a transport told, in order. */
  states(type: 'iceState' | 'dtlsState' | 'sctpState'): string[] {
    return this.events.flatMap((event) => (event.type === type ? [event.state] : []))
  }

  open(parameters: Partial<OpenChannel> = {}): TestChannel {
    const whole: OpenChannel = {
      label: '',
      protocol: '',
      ordered: true,
      priority: 'low',
      negotiated: false,
      ...parameters,
    }
    const handle = this.peer.openChannel(whole)
    if (handle === undefined) throw new Error('no channel')
    const channel = new TestChannel(this.peer, () => this.now, handle, whole)
    this.channels.set(handle, channel)
    return channel
  }

  /** As the driver closes: what is still to be said goes out in this call, then the sockets are gone. */
  close(): void {
    this.peer.close(this.now)
    this.drain()
  }

  /** The process is gone, without a word. */
  vanish(): void {
    for (const transportId of [...this.#bound.keys()]) this.#release(transportId)
  }

  drain(): void {
    for (let turns = 0; turns < 1000; turns++) {
      this.#transmit()
      const event = this.peer.pollEvent()
      if (event === undefined) return
      for (let next: PeerEvent | undefined = event; next !== undefined; next = this.peer.pollEvent()) this.#handle(next)
    }
    throw new Error(`${this.name} never settles`)
  }

  nextTimeout(): number {
    return this.peer.nextTimeout()
  }

  handleTimeout(now: number): void {
    this.peer.handleTimeout(now)
  }

  #transmit(): void {
    for (let sent = this.peer.pollTransmit(this.now); sent !== undefined; sent = this.peer.pollTransmit(this.now)) {
      const from = this.#sockets.get(sent.socketId)
      if (from !== undefined) this.#link.send({ from, to: sent.to, data: sent.data.slice() })
    }
  }

  #handle(event: PeerEvent): void {
    this.events.push(event)
    this.onEvent(event)
    if (event.type === 'gather') this.#gather(event.transportId)
    else if (event.type === 'release') this.#release(event.transportId)
    else if (event.type === 'resolve') this.peer.nameResolved(this.now, event.token, this.names.get(event.name))
    else if (event.type === 'channel') {
      const { handle } = event.event
      if (event.event.type === 'channel') {
        const channel = new TestChannel(this.peer, () => this.now, handle, event.event.parameters)
        this.channels.set(handle, channel)
        this.incoming.push(channel)
        this.onChannel(channel)
      }
      this.channels.get(handle)?.handleEvent(event.event)
    }
  }

  /** Sockets live as long as their transport: a restart of ICE finds those of the first gathering. */
  #gather(transportId: number): void {
    if (!this.#bound.has(transportId)) {
      const socketIds = this.#addresses.map((address, index) => this.#bind(transportId, address, 65_535 - index))
      this.#bound.set(transportId, socketIds)
    }
    for (const server of this.#stunServers) this.peer.addStunServer(this.now, transportId, server)
    for (const server of this.turnServers) this.peer.addTurnServer(this.now, transportId, server)
    this.peer.endOfLocalSockets(this.now, transportId)
  }

  #bind(transportId: number, address: string, localPreference: number): number {
    const local = { address, port: ++this.#lastPort }
    const socketId = ++lastSocketId
    this.#sockets.set(socketId, local)
    this.#link.listen(local, (datagram: Datagram) => {
      // A driver that reads many at once uses the memory again.
      const data = datagram.data.slice()
      this.peer.receive(this.now, socketId, datagram.from, data)
      data.fill(0xee)
    })
    this.peer.addLocalSocket(this.now, transportId, { socketId, local, localPreference })
    return socketId
  }

  #release(transportId: number): void {
    for (const socketId of this.#bound.get(transportId) ?? []) {
      this.#link.unlisten(this.#sockets.get(socketId)!)
      this.#sockets.delete(socketId)
    }
    this.#bound.delete(transportId)
  }
}
