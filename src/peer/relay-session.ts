import { ipFamily, type IpFamily, type Millis } from '../core/index.js'
import type { Crypto } from '../crypto/types.js'
import type {
  IceTransmit,
  LocalSocket,
  SecureStunServer,
  SocketId,
  StunServer,
  TransportAddress,
  TurnServer,
} from '../ice/types.js'
import { BindingClient, StreamFrames, TurnClient, type PeerData } from '../turn/index.js'
import type { ServerAssociation } from './server-association.js'

/** What is asked over DTLS for an address alone is, for the rest, a server like those that are asked for relays. */
export type Server = TurnServer | SecureStunServer

export interface RelaySessionOptions {
  readonly crypto: Crypto
  readonly server: Server
  /** The host socket that it is for: over UDP it goes through it, a stream starts from its address. */
  readonly socket: LocalSocket
  /** Of the socket, or of a stream that is yet to be asked for. */
  readonly socketId: SocketId
  /** Where it was redirected from, the first server first. */
  readonly redirectedFrom: readonly TransportAddress[]
  /** With the server, where it is asked over DTLS; others on the same path may share it. */
  readonly association: ServerAssociation | undefined
}

/**
 * One allocation, what it goes through, and the ids by which ICE knows its relayed addresses.
 *
 *   waiting ──its turn──▶ opening (streams, DTLS) ──▶ asking ──▶ relaying ──released──▶ ending ──▶ over
 *      └──────────────────────┴──────────────────────────┴── refused, redirected, lost ─────────────▲
 */
export class RelaySession {
  readonly server: Server
  readonly socket: LocalSocket
  readonly socketId: SocketId
  readonly redirectedFrom: readonly TransportAddress[]
  readonly client: TurnClient | BindingClient
  readonly association: ServerAssociation | undefined
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
    this.association = options.association
    this.client = clientOf(crypto, server, this.isStream)
  }

  get isStream(): boolean {
    return isStream(this.server)
  }

  /** RFC 8656 §5: there is one allocation at most with the same. */
  sharesPath({ server, socket }: Pick<RelaySession, 'server' | 'socket'>): boolean {
    return socket.socketId === this.socket.socketId && isSameWay(server, this.server)
  }

  /** A datagram of a peer's from one of the relayed addresses to the wire. */
  wrap(now: Millis, peer: TransportAddress, data: Uint8Array): IceTransmit | undefined {
    const wrapped = this.client.send(now, peer, data)
    return wrapped && this.#protected(wrapped)
  }

  pollTransmit(now: Millis): IceTransmit | undefined {
    const record = this.association?.pollTransmit(now)
    if (record !== undefined) return { socketId: this.socketId, to: this.client.server, data: record }
    const transmit = this.client.pollTransmit(now)
    if (transmit === undefined) return undefined
    const { data, isControl } = transmit
    if (this.association !== undefined) return this.#protected(data)
    const wire = { socketId: this.socketId, to: this.client.server, data }
    return isControl ? { ...wire, isControl } : wire
  }

  nextTimeout(): Millis {
    const next = this.client.nextTimeout()
    return this.association === undefined ? next : Math.min(next, this.association.nextTimeout())
  }

  handleTimeout(now: Millis): void {
    this.association?.handleTimeout(now)
    if (this.client.nextTimeout() <= now) this.client.handleTimeout(now)
  }

  /** Something has become of the handshake: the server may be asked, or never. */
  followAssociation(): void {
    if (this.association === undefined || this.phase === 'waiting') return
    const { isOpen, endReason } = this.association
    const reason =
      endReason ?? (isOpen && this.phase === 'opening' ? this.association.refusalOf(this.server.serverName) : undefined)
    if (reason !== undefined) return this.client.transportLost(reason)
    if (!isOpen || this.phase !== 'opening') return
    this.phase = 'asking'
    this.client.start()
  }

  /** The id of the relayed address that something of this peer has come to. */
  idFor(peer: TransportAddress): SocketId | undefined {
    const family = ipFamily(peer.address)
    return family && this.relayed.get(family)?.socketId
  }

  /** False when the bytes are none of TURN's. What peers sent is passed on. */
  receive(now: Millis, data: Uint8Array, deliver: (data: PeerData) => void): boolean {
    if (this.#frames === undefined) return this.receiveMessage(now, data, deliver)
    const frames = this.#frames.push(data)
    if (frames === undefined) this.client.transportLost('The TURN server sent what is neither STUN nor ChannelData.')
    for (const frame of frames ?? []) this.receiveMessage(now, frame, deliver)
    return true
  }

  /** One message, out of whatever it came in. */
  receiveMessage(now: Millis, message: Uint8Array, deliver: (data: PeerData) => void): boolean {
    const result = this.client.receive(now, message)
    if (typeof result !== 'object') return result
    deliver(result)
    return true
  }

  /** What goes to the server, in a record where it is asked over DTLS. */
  #protected(message: Uint8Array): IceTransmit | undefined {
    const data = this.association === undefined ? message : this.association.seal(message)
    return data && { socketId: this.socketId, to: this.client.server, data }
  }
}

function clientOf(crypto: Crypto, server: Server, isStream: boolean): TurnClient | BindingClient {
  const { address, port } = server
  const at = { crypto, server: { address, port } }
  if (!isForRelays(server)) return new BindingClient(at)
  const { username, password } = server
  return new TurnClient({ ...at, username, password, isStream, family: 'both' })
}

export function isStream({ protocol }: Pick<Server, 'protocol'>): boolean {
  return protocol === 'tcp' || protocol === 'tls'
}

export function isSecure(server: StunServer): server is SecureStunServer {
  return 'verify' in server
}

/** Whether they are one server, reached in one way, and asked for the same. */
export function isSameWay(one: Server, other: Server): boolean {
  const isSameServer = one.address === other.address && one.port === other.port && one.protocol === other.protocol
  return isSameServer && isForRelays(one) === isForRelays(other)
}

/** And not for our address alone. */
export function isForRelays(server: Server): server is TurnServer {
  return 'username' in server
}
