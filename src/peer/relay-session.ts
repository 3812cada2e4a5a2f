import { ipFamily, type IpFamily, type Millis } from '../core/index.js'
import type { Crypto } from '../crypto/types.js'
import type { IceTransmit, LocalSocket, SocketId, TransportAddress, TurnServer } from '../ice/types.js'
import { StreamFrames, TurnClient, type PeerData } from '../turn/index.js'

export interface RelaySessionOptions {
  readonly crypto: Crypto
  readonly server: TurnServer
  /** The host socket that it is for: over UDP it goes through it, a stream starts from its address. */
  readonly socket: LocalSocket
  /** Of the socket, or of a stream that is yet to be asked for. */
  readonly socketId: SocketId
  /** Where it was redirected from, the first server first. */
  readonly redirectedFrom: readonly TransportAddress[]
}

/**
 * One allocation, what it goes through, and the ids by which ICE knows its relayed addresses.
 *
 *   waiting ──its turn──▶ opening (streams) ──▶ asking ──▶ relaying ──released──▶ ending ──▶ over
 *      └──────────────────────┴────────────────────┴── refused, redirected, lost ─────────────▲
 */
export class RelaySession {
  readonly server: TurnServer
  readonly socket: LocalSocket
  readonly socketId: SocketId
  readonly redirectedFrom: readonly TransportAddress[]
  readonly client: TurnClient
  phase: 'waiting' | 'opening' | 'asking' | 'relaying' | 'ending' | 'over' = 'waiting'
  /** Answers that this gathering waits for are still to come. */
  isPending = true
  /** The configuration that is gathered with names the server. */
  isNamed = true
  readonly relayed = new Map<IpFamily, { readonly socketId: SocketId; readonly local: TransportAddress }>()
  mapped: TransportAddress
  #frames: StreamFrames | undefined

  constructor(options: RelaySessionOptions) {
    const { crypto, server, socket } = options
    this.server = server
    this.socket = socket
    this.socketId = options.socketId
    this.redirectedFrom = options.redirectedFrom
    this.mapped = socket.local
    if (this.isStream) this.#frames = new StreamFrames()
    const { username, password, address, port } = server
    this.client = new TurnClient({
      crypto,
      username,
      password,
      server: { address, port },
      isStream: this.isStream,
      family: 'both',
    })
  }

  get isStream(): boolean {
    return this.server.protocol !== 'udp'
  }

  /** RFC 8656 §5: there is one allocation at most with the same. */
  sharesPath(other: Pick<RelaySession, 'server' | 'socket'>): boolean {
    const { address, port, protocol } = this.server
    const { server, socket } = other
    const isSameServer = server.address === address && server.port === port && server.protocol === protocol
    return isSameServer && socket.socketId === this.socket.socketId
  }

  /** A datagram of a peer's from one of the relayed addresses to the wire. */
  wrap(now: Millis, peer: TransportAddress, data: Uint8Array): IceTransmit | undefined {
    const wrapped = this.client.send(now, peer, data)
    return wrapped && { socketId: this.socketId, to: this.client.server, data: wrapped }
  }

  pollTransmit(now: Millis): IceTransmit | undefined {
    const transmit = this.client.pollTransmit(now)
    if (transmit === undefined) return undefined
    const { data, isControl } = transmit
    const wire = { socketId: this.socketId, to: this.client.server, data }
    return isControl ? { ...wire, isControl } : wire
  }

  /** The id of the relayed address that something of this peer has come to. */
  idFor(peer: TransportAddress): SocketId | undefined {
    const family = ipFamily(peer.address)
    return family && this.relayed.get(family)?.socketId
  }

  /** False when the bytes are none of TURN's. What peers sent is passed on. */
  receive(now: Millis, data: Uint8Array, deliver: (data: PeerData) => void): boolean {
    if (this.#frames === undefined) return this.#receiveFrame(now, data, deliver)
    const frames = this.#frames.push(data)
    if (frames === undefined) this.client.transportLost('The TURN server sent what is neither STUN nor ChannelData.')
    for (const frame of frames ?? []) this.#receiveFrame(now, frame, deliver)
    return true
  }

  #receiveFrame(now: Millis, frame: Uint8Array, deliver: (data: PeerData) => void): boolean {
    const result = this.client.receive(now, frame)
    if (typeof result !== 'object') return result
    deliver(result)
    return true
  }
}
