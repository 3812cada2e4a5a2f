import { RTCPeerConnection } from '../../../src/index.js'
import type { RTCConfiguration, RTCDataChannel, RTCDataChannelInit, RTCIceCandidate } from '../../../src/index.js'
import { withIo } from '../../../src/node/index.js'
import type { Io } from '../../../src/node/io.js'
import type { LinkOptions, RunOptions } from '../../support/virtual-network.js'
import { ChannelHistory } from './channel-history.js'
import { ConnectionHistory } from './connection-history.js'

/** A simulated network, or sockets of this machine with the same face. */
export interface PairNetwork {
  readonly counters: { readonly sent: number }
  setLink(link: Partial<LinkOptions>): void
  run(options: RunOptions): Promise<void>
  runFor(millis: number): Promise<void>
}

export interface PairHost extends Io {
  /** What is still bound or armed. */
  readonly held: { readonly sockets: number; readonly timers: number }
}

export interface Side<Host extends PairHost = PairHost> {
  readonly name: 'a' | 'b'
  readonly io: Host
  readonly connection: RTCPeerConnection
  readonly history: ConnectionHistory
  /** One for each channel that was made or received here, in order. */
  readonly channels: ChannelHistory[]
}

/** The moments between the calls of a negotiation, in order; each is after the one before it. */
export const SIGNALLING = ['new', 'offer set', 'offer received', 'answer set', 'answered'] as const
export type SignallingMoment = (typeof SIGNALLING)[number]

/** Two connections, each on a host of its own, that trickle to each other; everything that they and their channels tell is written down. */
export abstract class ConnectionPair<Network extends PairNetwork = PairNetwork, Host extends PairHost = PairHost> {
  readonly network: Network
  readonly a: Side<Host>
  readonly b: Side<Host>
  readonly #flush: readonly (() => void)[]

  constructor(network: Network, hosts: { readonly a: Host; readonly b: Host }, configuration: RTCConfiguration) {
    this.network = network
    this.a = sideOn(hosts.a, 'a', configuration)
    this.b = sideOn(hosts.b, 'b', configuration)
    this.#flush = [trickle(this.a.connection, this.b.connection), trickle(this.b.connection, this.a.connection)]
    for (const side of [this.a, this.b]) {
      side.connection.addEventListener('datachannel', ({ channel }) => {
        side.channels.push(new ChannelHistory(channel))
      })
    }
  }

  /** The host of one side is cut off: nothing comes or goes. */
  abstract vanish(side: Side<Host>): void

  abstract comeBack(side: Side<Host>): void

  /** Ends both, after which nothing may happen any more. */
  abstract end(): Promise<void>

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
}

function sideOn<Host extends PairHost>(io: Host, name: 'a' | 'b', configuration: RTCConfiguration): Side<Host> {
  const connection = withIo(io, () => new RTCPeerConnection(configuration))
  return { name, io, connection, history: new ConnectionHistory(connection), channels: [] }
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
