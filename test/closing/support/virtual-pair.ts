import { RTCPeerConnection } from '../../../src/index.js'
import type { RTCConfiguration, RTCDataChannel, RTCDataChannelInit, RTCIceCandidate } from '../../../src/index.js'
import { withIo } from '../../../src/node/index.js'
import type { VirtualIo } from '../../support/virtual-io.js'
import { VirtualNetwork } from '../../support/virtual-network.js'
import type { NetworkOptions } from '../../support/virtual-network.js'
import { ChannelHistory } from './channel-history.js'
import { ConnectionHistory } from './connection-history.js'

const ADDRESS = { a: '192.0.2.1', b: '192.0.2.2' }

export interface Side {
  readonly name: 'a' | 'b'
  readonly io: VirtualIo
  readonly connection: RTCPeerConnection
  readonly history: ConnectionHistory
  /** One for each channel that was made or received here, in order. */
  readonly channels: ChannelHistory[]
}

/** The moments between the calls of a negotiation, in order; each is after the one before it. */
export const SIGNALLING = ['new', 'offer set', 'offer received', 'answer set', 'answered'] as const
export type SignallingMoment = (typeof SIGNALLING)[number]

/**
 * Two connections, each on a host of its own in a simulated network, that trickle to each other; everything that they
 * and their channels tell is written down.
 */
export class VirtualPair {
  readonly network: VirtualNetwork
  readonly a: Side
  readonly b: Side
  readonly #flush: readonly (() => void)[]

  constructor(options: NetworkOptions = {}, configuration: RTCConfiguration = {}) {
    this.network = new VirtualNetwork(options)
    this.a = this.#side('a', configuration)
    this.b = this.#side('b', configuration)
    this.#flush = [trickle(this.a.connection, this.b.connection), trickle(this.b.connection, this.a.connection)]
    for (const side of [this.a, this.b]) {
      side.connection.addEventListener('datachannel', ({ channel }) => {
        side.channels.push(new ChannelHistory(channel))
      })
    }
  }

  create(side: Side, label = 'test', init: RTCDataChannelInit = {}): RTCDataChannel {
    const channel = side.connection.createDataChannel(label, init)
    side.channels.push(new ChannelHistory(channel))
    return channel
  }

  /** Runs the negotiation that `a` begins, or its part until a moment. */
  async negotiate(until: SignallingMoment = 'answered'): Promise<void> {
    const [a, b] = [this.a.connection, this.b.connection]
    const steps: (() => Promise<unknown>)[] = [
      () => a.setLocalDescription(),
      () => b.setRemoteDescription(a.localDescription!),
      () => b.setLocalDescription(),
      () => a.setRemoteDescription(b.localDescription!),
    ]
    for (const step of steps.slice(0, SIGNALLING.indexOf(until))) {
      await step()
      this.deliverCandidates()
    }
    this.observeTransports()
  }

  /** Those that waited for a description. */
  deliverCandidates(): void {
    for (const flush of this.#flush) flush()
  }

  /** The objects that descriptions have made so far. */
  observeTransports(): void {
    for (const { history } of [this.a, this.b]) history.observeTransports()
  }

  /** A channel of `a` and what `b` has of it, both open, on a connected pair. */
  async channels(label = 'test', init: RTCDataChannelInit = {}): Promise<[RTCDataChannel, RTCDataChannel]> {
    const ours = this.create(this.a, label, init)
    if (this.a.connection.remoteDescription === null) await this.negotiate()
    const count = this.b.channels.length
    await this.network.run({ until: () => ours.readyState === 'open' && this.b.channels.length > count - 1 })
    const theirs = () => this.b.channels.find(({ channel }) => channel.label === label)?.channel
    await this.network.run({ until: () => theirs()?.readyState === 'open' && this.b.history.isConnected })
    return [ours, theirs()!]
  }

  get allChannels(): readonly ChannelHistory[] {
    return [...this.a.channels, ...this.b.channels]
  }

  /** What is not as it must be, in words: events out of order, and, of closed connections, what is still held. */
  violations(): string[] {
    const found = this.allChannels.flatMap((history) => history.violations())
    for (const { name, connection, history, io } of [this.a, this.b]) {
      found.push(...history.violations().map((words) => `${name}: ${words}`))
      if (connection.signalingState !== 'closed') continue
      const { sockets, timers } = io.held
      if (sockets + timers > 0) found.push(`${name} is closed and holds ${sockets} sockets and ${timers} timers`)
    }
    return found
  }

  /** Ends both; lets an hour pass, in which nothing may happen any more. */
  async end(): Promise<void> {
    this.a.connection.close()
    this.b.connection.close()
    await this.network.runFor(1000)
    const { sent } = this.network.counters
    await this.network.runFor(3_600_000)
    if (this.network.counters.sent !== sent) throw new Error('closed connections have sent datagrams')
  }

  #side(name: 'a' | 'b', configuration: RTCConfiguration): Side {
    const io = this.network.host({ addresses: [ADDRESS[name]] })
    const connection = withIo(io, () => new RTCPeerConnection(configuration))
    return { name, io, connection, history: new ConnectionHistory(connection), channels: [] }
  }

  /** The network between the two, for one direction, is the other's interface: nothing comes or goes. */
  vanish(side: Side): void {
    side.io.unplug(ADDRESS[side.name])
  }

  comeBack(side: Side): void {
    side.io.plug(ADDRESS[side.name])
  }
}

/** Candidates that come before the description that they belong to wait for it. Yields what delivers those. */
function trickle(from: RTCPeerConnection, to: RTCPeerConnection): () => void {
  const waiting: (RTCIceCandidate | null)[] = []
  const flush = (): void => {
    if (to.remoteDescription === null) return
    for (const candidate of waiting.splice(0)) if (to.signalingState !== 'closed') void to.addIceCandidate(candidate)
  }
  from.addEventListener('icecandidate', ({ candidate }) => {
    waiting.push(candidate)
    flush()
  })
  return flush
}
