import { SparseMap, ipFamily, type Millis } from '../core/index.js'
import { ACTIVE_PORT, FramedPackets, framePacket, type IceAgent } from '../ice/index.js'
import type { IceTransmit, LocalSocket, SocketId, TransportAddress } from '../ice/types.js'
import type { PeerEvent, TransportId } from './contract.js'
import { packetKind } from './demux.js'
import type { DeliverDatagram } from './relays.js'

export interface TcpPathsOptions {
  readonly transportId: TransportId
  readonly agent: IceAgent
  /** Whether connections are opened; taken they are where the driver listens. */
  readonly opens: boolean
  /** Negative, and new each time. */
  readonly nextSocketId: () => SocketId
  readonly emit: (event: PeerEvent) => void
  readonly count: (what: string) => void
}

/** Opened and taken, of one transport: a peer that names more places than this is not reached at the rest. */
const MAX_STREAMS = 32
/** Taken from whoever knocked, in all and from one address: who is not the peer can keep no more of them. */
const MAX_STRANGERS = 16
const MAX_STRANGERS_PER_ADDRESS = 4
/** A check of the peer, or an answer to ours, has to come in this time. */
const PROVE_WITHIN_MILLIS = 10_000
/** A check, and what the peer's own check made us answer, while the connection is being opened. */
const MAX_WAITING = 8
/** A nomination may be followed by a better one, as with relays. */
const RELEASE_AFTER_MILLIS = 3000

/** Where connections leave, or come. */
interface TcpBase extends LocalSocket {
  /** Of an active one: the UDP socket on the same address. */
  readonly of: SocketId | undefined
}

interface TcpStream {
  readonly socketId: SocketId
  readonly base: LocalSocket
  readonly remote: TransportAddress
  readonly packets: FramedPackets
  isOpen: boolean
  /** Something authentic has come over it. */
  isProven: boolean
  proveBy: Millis
  /** Frames. */
  readonly waiting: Uint8Array[]
}

/**
 * ICE-TCP of one transport (RFC 6544), between its agent and the streams of the driver. For the agent a base of TCP is one like any
 * other, and a connection is the path between the base and one address of the peer:
 *
 *   active base ── first check to an address ──▶ opening ──▶ unproven ── authentic answer ──▶ proven
 *   passive base ── a connection comes ────────────────────▶ unproven ── authentic check ───▶ proven
 *
 * What fails, proves nothing in time, or is not the selected pair's when that has settled, is closed; its pair fails.
 */
export class TcpPaths {
  readonly #options: TcpPathsOptions
  readonly #agent: IceAgent
  readonly #bases = new SparseMap<SocketId, TcpBase>()
  readonly #streams = new SparseMap<SocketId, TcpStream>()
  readonly #byPath = new SparseMap<string, TcpStream>()
  #releaseAt: Millis = Infinity

  constructor(options: TcpPathsOptions) {
    this.#options = options
    this.#agent = options.agent
  }

  /** No connection is there, nor anything to be done about them. */
  get isEmpty(): boolean {
    return this.#streams.size === 0 && this.#releaseAt === Infinity
  }

  // -- what the driver says -------------------------------------------------------------------------------------------

  /** A UDP socket: connections are opened from its address. Or one that listens. */
  addSocket(now: Millis, socket: LocalSocket): void {
    const { localPreference } = socket
    if (socket.tcpType === 'passive') return this.#addBase(now, { ...socket, of: undefined })
    const of = socket.socketId
    if (!this.#options.opens || this.#activeOf(of) !== undefined) return
    const socketId = this.#options.nextSocketId()
    const local = { address: socket.local.address, port: ACTIVE_PORT }
    const base = { socketId, local, localPreference, tcpType: 'active', of } as const
    this.#addBase(now, socket.name === undefined ? base : { ...base, name: socket.name })
  }

  /** The address is gone, and what was opened from there, or taken. */
  removeSocket(now: Millis, socketId: SocketId): void {
    const baseId = this.#activeOf(socketId) ?? socketId
    if (!this.#bases.delete(baseId)) return
    this.#agent.removeLocalSocket(now, baseId)
    for (const stream of this.#streams.values()) if (stream.base.socketId === baseId) this.#close(stream)
  }

  /** A connection came; `undefined` when it is not wanted. */
  accepted(now: Millis, listenerId: SocketId, from: TransportAddress): SocketId | undefined {
    const base = this.#bases.get(listenerId)
    if (base?.tcpType !== 'passive' || ipFamily(from.address) === undefined) return undefined
    const strangers = [...this.#streams.values()].filter(({ isProven, base: { tcpType } }) => {
      return !isProven && tcpType === 'passive'
    })
    const alike = strangers.filter(({ remote }) => remote.address === from.address)
    const isCrowded = strangers.length >= MAX_STRANGERS || alike.length >= MAX_STRANGERS_PER_ADDRESS
    if (isCrowded || this.#streams.size >= MAX_STREAMS) {
      this.#options.count('tcpStreamsRefused')
      return undefined
    }
    const former = this.#byPath.get(pathKey(listenerId, from)) // the same port again: it has lost the other end
    if (former !== undefined) this.#lose(now, former)
    return this.#add(base, from, now).socketId
  }

  /** False when it is not a stream of ours. */
  streamOpened(now: Millis, socketId: SocketId): boolean {
    const stream = this.#streams.get(socketId)
    if (stream === undefined) return false
    stream.isOpen = true
    stream.proveBy = now + PROVE_WITHIN_MILLIS
    return true
  }

  streamClosed(now: Millis, socketId: SocketId): boolean {
    const stream = this.#streams.get(socketId)
    if (stream === undefined) return false
    this.#forget(stream)
    this.#agent.pathLost(now, { socketId: stream.base.socketId, to: stream.remote, broke: stream.isOpen })
    return true
  }

  // -- what ICE says --------------------------------------------------------------------------------------------------

  /** Data flows over a pair that is; the connections of others end soon. */
  nominated(now: Millis): void {
    if (this.#streams.size > 0) this.#releaseAt = now + RELEASE_AFTER_MILLIS
  }

  // -- packets --------------------------------------------------------------------------------------------------------

  /** Whether what is sent from it goes over connections. */
  owns(baseId: SocketId): boolean {
    return this.#bases.has(baseId)
  }

  /** A packet of ICE's, or of what runs over it, as bytes of a stream; `undefined` when it has to wait, or there is none. */
  wrap(now: Millis, { socketId, to, data }: IceTransmit): IceTransmit | undefined {
    const isCheck = packetKind(data) === 'stun'
    const stream = this.#byPath.get(pathKey(socketId, to)) ?? (isCheck ? this.#open(now, socketId, to) : undefined)
    const frame = framePacket(data)
    if (stream === undefined || frame === undefined) return undefined
    if (stream.isOpen) return this.#transmit(stream, frame, isCheck)
    if (isCheck && stream.waiting.length < MAX_WAITING) stream.waiting.push(frame)
    return undefined
  }

  pollTransmit(): IceTransmit | undefined {
    if (this.#streams.size === 0) return undefined
    for (const stream of this.#streams.values()) {
      const frame = stream.isOpen ? stream.waiting.shift() : undefined
      if (frame !== undefined) return this.#transmit(stream, frame, true)
    }
    return undefined
  }

  /** Bytes of a stream; false when it is not one of ours. */
  receive(now: Millis, socketId: SocketId, data: Uint8Array, deliver: DeliverDatagram): boolean {
    const stream = this.#streams.get(socketId)
    if (stream === undefined) return false
    for (const packet of stream.packets.push(data)) {
      // SECURITY: whoever connects has to be the peer. It begins with a check, and nobody else can make one that is authentic.
      if (!stream.isProven && packetKind(packet) !== 'stun') {
        this.#options.count('tcpFromStranger')
        this.#lose(now, stream)
        return true
      }
      deliver(stream.base.socketId, stream.remote, packet)
      stream.isProven ||= this.#hasProof(stream)
      if (!this.#streams.has(socketId)) return true
    }
    return true
  }

  // -- time -----------------------------------------------------------------------------------------------------------

  nextTimeout(): Millis {
    let next = this.#releaseAt
    if (this.#streams.size === 0) return next
    for (const { isProven, proveBy } of this.#streams.values()) if (!isProven) next = Math.min(next, proveBy)
    return next
  }

  handleTimeout(now: Millis): void {
    if (this.#streams.size > 0) this.#loseUnproven(now)
    if (now >= this.#releaseAt) this.#releaseLosers(now)
  }

  // -- inside ---------------------------------------------------------------------------------------------------------

  #activeOf(udpSocketId: SocketId): SocketId | undefined {
    for (const { socketId, of } of this.#bases.values()) if (of === udpSocketId) return socketId
    return undefined
  }

  #addBase(now: Millis, base: TcpBase): void {
    this.#bases.set(base.socketId, base)
    this.#agent.addLocalSocket(now, base)
  }

  #open(now: Millis, baseId: SocketId, to: TransportAddress): TcpStream | undefined {
    const base = this.#bases.get(baseId)
    if (base?.tcpType !== 'active') return undefined
    if (this.#streams.size >= MAX_STREAMS) {
      this.#options.count('tcpStreamsRefused')
      this.#agent.pathLost(now, { socketId: baseId, to, broke: false })
      return undefined
    }
    const stream = this.#add(base, to, Infinity)
    const { transportId, emit } = this.#options
    const request = {
      socketId: stream.socketId,
      to,
      from: base.local.address,
      protocol: 'tcp',
      serverName: '',
    } as const
    emit({ type: 'openStream', transportId, stream: request })
    return stream
  }

  /** @param openedAt Infinity while it is being opened, which the driver bounds */
  #add(base: LocalSocket, remote: TransportAddress, openedAt: Millis): TcpStream {
    const stream = {
      socketId: this.#options.nextSocketId(),
      base,
      remote,
      packets: new FramedPackets(),
      isOpen: openedAt < Infinity,
      isProven: false,
      proveBy: openedAt + PROVE_WITHIN_MILLIS,
      waiting: [],
    }
    this.#streams.set(stream.socketId, stream)
    this.#byPath.set(pathKey(base.socketId, remote), stream)
    return stream
  }

  /** Nobody repeats what ICE says over a stream (RFC 8489 §6.2.2), but everything else is repeated. */
  #transmit({ socketId, remote }: TcpStream, data: Uint8Array, isCheck: boolean): IceTransmit {
    return { socketId, to: remote, data, ...(isCheck && { isControl: true }) }
  }

  /** We know of a path that we check ourselves before anybody answers; of one that came, when an authentic check did. */
  #hasProof({ base, remote }: TcpStream): boolean {
    const status = this.#agent.pathStatus(base.socketId, remote)
    return status === 'validated' || (base.tcpType === 'passive' && status === 'pending')
  }

  #loseUnproven(now: Millis): void {
    for (const stream of this.#streams.values()) if (!stream.isProven && now >= stream.proveBy) this.#lose(now, stream)
  }

  #releaseLosers(now: Millis): void {
    this.#releaseAt = Infinity
    const { state, selectedPair, isSettled } = this.#agent
    if (!isSettled) return // the next nomination comes here again
    if (selectedPair === undefined || (state !== 'connected' && state !== 'completed')) {
      this.#releaseAt = now + RELEASE_AFTER_MILLIS // while it seems lost, the others may be needed
      return
    }
    const winner = this.#byPath.get(pathKey(selectedPair.socketId, selectedPair.to))
    for (const stream of this.#streams.values()) if (stream !== winner && mayGo(stream)) this.#lose(now, stream)
  }

  #lose(now: Millis, stream: TcpStream): void {
    this.#close(stream)
    this.#agent.pathLost(now, { socketId: stream.base.socketId, to: stream.remote, broke: false })
  }

  #close(stream: TcpStream): void {
    this.#forget(stream)
    const { transportId, emit } = this.#options
    emit({ type: 'closeStream', transportId, socketId: stream.socketId })
  }

  #forget({ socketId, base, remote }: TcpStream): void {
    this.#streams.delete(socketId)
    this.#byPath.delete(pathKey(base.socketId, remote))
  }
}

/** What has just come may be the peer's new way here. */
function mayGo({ isProven, base }: TcpStream): boolean {
  return isProven || base.tcpType === 'active'
}

function pathKey(baseId: SocketId, { address, port }: TransportAddress): string {
  return `${baseId} ${address} ${port}`
}
