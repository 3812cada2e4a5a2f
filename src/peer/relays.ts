import { appended, SparseMap, ipFamily, isLoopback, type Millis } from '../core/index.js'
import type { Crypto } from '../crypto/types.js'
import { isBehindMulticastName, type IceAgent } from '../ice/index.js'
import type { IceCandidate, IceTransmit, LocalSocket, SocketId, TransportAddress } from '../ice/types.js'
import type { PeerData, TurnEvent } from '../turn/index.js'
import type { CandidateError, PeerEvent, TransportId } from './contract.js'
import { packetKind } from './demux.js'
import { isForRelays, isSameWay, isStream, RelaySession, type Server } from './relay-session.js'
import { ServerAssociation } from './server-association.js'

export interface RelaysOptions {
  readonly crypto: Crypto
  readonly transportId: TransportId
  readonly agent: IceAgent
  /** Negative, and new each time. */
  readonly nextSocketId: () => SocketId
  readonly emit: (event: PeerEvent) => void
  readonly tellError: (error: CandidateError) => void
  readonly count: (what: string) => void
}

export type DeliverDatagram = (socketId: SocketId, from: TransportAddress, data: Uint8Array) => void

/** What one transport asks for at most: servers times interfaces. */
const MAX_SESSIONS = 32
const MAX_REDIRECTIONS = 3
const NOT_REACHED = 'No address of this host reaches the STUN server.'
/** RTCPeerConnectionIceErrorEvent. */
const SERVER_NOT_REACHED = 701
/** RFC 8489 §9.2.5: the user name or the password is wrong. */
const UNAUTHORIZED = 401
/** RFC 8445 §14.2: gathering is paced as checks are. */
const PACE_MILLIS = 50
/** A nomination may be followed by a better one (RFC 8445 §8.1.1 leaves room, and libwebrtc uses it): relays wait that long. */
const RELEASE_AFTER_MILLIS = 3000

/**
 * The allocations of one transport, between its ICE agent and the sockets: see decision record 008. They are asked for while
 * candidates are gathered, told to the agent as bases, and given back when they lose or everything ends. Servers over DTLS that are
 * asked for our address alone are kept as if that were an allocation without a relay.
 */
export class Relays {
  readonly #options: RelaysOptions
  readonly #agent: IceAgent
  #sockets: LocalSocket[] = []
  #servers: Server[] = []
  #sessions: RelaySession[] = []
  /** By the ids of their relayed addresses. */
  readonly #byRelay = new SparseMap<SocketId, RelaySession>()
  #nextStartAt: Millis = -Infinity
  #releaseAt: Millis = Infinity
  #socketsEnded = false
  #closed = false
  /** Numbers relays over one socket, so that no two have the same priority (RFC 8445 §5.1.2.1). */
  #relayCount = 0

  constructor(options: RelaysOptions) {
    this.#options = options
    this.#agent = options.agent
  }

  /** Nothing is left that a server would have to answer; a last word may wait in {@link pollTransmit}. */
  get isEmpty(): boolean {
    return this.#sessions.length === 0 || this.#sessions.every(({ phase }) => phase === 'over')
  }

  addCountsTo(add: (counts: Readonly<Record<string, number>>) => void): void {
    for (const { client, association } of this.#sessions) {
      add(client.counters)
      if (association !== undefined) add(association.counters)
    }
  }

  // -- what the driver says -------------------------------------------------------------------------------------------

  /** Candidates are gathered, again or for the first time: servers are named anew. */
  beginGathering(): void {
    this.#servers = []
    this.#socketsEnded = false
    this.#releaseAt = Infinity
    for (const session of this.#sessions) session.isNamed = session.isPending = false
  }

  addSocket(now: Millis, socket: LocalSocket): void {
    this.#agent.addLocalSocket(now, socket)
    if (this.#sockets.some(({ socketId }) => socketId === socket.socketId)) return
    this.#sockets = appended(this.#sockets, socket)
    for (const server of this.#servers) this.#ask(server, socket, [])
    this.#pump(now)
  }

  /** Its address is gone, and with it the way to every server from there. */
  removeSocket(now: Millis, socketId: SocketId): void {
    this.#agent.removeLocalSocket(now, socketId)
    const at = this.#sockets.findIndex((socket) => socket.socketId === socketId)
    if (at >= 0) this.#sockets.splice(at, 1)
    for (const { socket, client } of this.#sessions)
      if (socket.socketId === socketId) client.transportLost('The network interface is gone.')
    this.#pump(now)
  }

  addServer(now: Millis, server: Server): void {
    if (this.#closed || ipFamily(server.address) === undefined) return
    this.#servers.push(server)
    for (const socket of this.#sockets) this.#ask(server, socket, [])
    this.#pump(now)
  }

  endOfLocalSockets(now: Millis): void {
    this.#tellUnreached()
    this.#socketsEnded = true
    this.#settleGathering(now)
  }

  serverUnreachable(now: Millis, { address, port }: TransportAddress): void {
    for (const { server, phase, client, isStream, association } of this.#sessions) {
      const isMeant = !isStream && server.address === address && server.port === port
      const isWaited = phase === 'asking' || (association !== undefined && phase !== 'relaying' && phase !== 'ending')
      if (isMeant && isWaited) client.transportLost('The server is not there: its port is closed.')
    }
    this.#pump(now)
  }

  /** False when it is not a stream of this transport. */
  streamOpened(now: Millis, socketId: SocketId): boolean {
    const session = this.#sessions.find((one) => one.socketId === socketId && one.isStream)
    if (session?.phase === 'opening') {
      session.phase = 'asking'
      session.client.start()
    }
    this.#pump(now)
    return session !== undefined
  }

  streamClosed(now: Millis, socketId: SocketId, reason: string): boolean {
    const session = this.#sessions.find((one) => one.socketId === socketId && one.isStream)
    session?.client.transportLost(reason)
    this.#pump(now)
    return session !== undefined
  }

  // -- what ICE says --------------------------------------------------------------------------------------------------

  /** The peer may send from this address, and we shall send to it: servers are to let it through. */
  permit(now: Millis, candidate: IceCandidate): void {
    if (isBehindMulticastName(candidate)) return
    const { address, port } = candidate
    for (const { client } of this.#sessions) client.permit(now, { address, port })
  }

  /** Data flows over this pair from now on. */
  selected(now: Millis, socketId: SocketId, peer: TransportAddress): void {
    this.#byRelay.get(socketId)?.client.bindChannel(now, peer)
  }

  /** The selected pair is; what it does not need is given back soon. */
  nominated(now: Millis): void {
    if (this.#sessions.length > 0) this.#releaseAt = now + RELEASE_AFTER_MILLIS
  }

  /** Gives everything back; {@link isEmpty} says when the servers know, or cannot be told. */
  close(now: Millis): void {
    this.#closed = true
    this.#releaseAt = Infinity
    for (const session of this.#sessions) this.#release(now, session)
    this.#pump(now)
  }

  /** The time for it is over: whatever servers know. */
  abandon(now: Millis): void {
    for (const { client } of this.#sessions) client.transportLost('closed')
    this.#pump(now)
  }

  // -- datagrams ------------------------------------------------------------------------------------------------------

  /** What ICE, or what runs over it, sends: as it is, or through the relay that it is for. */
  wrap(now: Millis, transmit: IceTransmit): IceTransmit | undefined {
    if (transmit.socketId > 0) return transmit
    const wrapped = this.#byRelay.get(transmit.socketId)?.wrap(now, transmit.to, transmit.data)
    if (wrapped === undefined) this.#pump(now)
    return wrapped
  }

  /** False when no server of ours sent it, or what it sent is none of TURN's. */
  receive(
    now: Millis,
    socketId: SocketId,
    from: TransportAddress,
    data: Uint8Array,
    deliver: DeliverDatagram,
  ): boolean {
    let isOurs = false
    for (const session of this.#sessions) {
      if (session.socketId !== socketId || isOurs) continue
      const { address, port } = session.client.server
      // RFC 8489 §6.3.1: over UDP an answer comes from where the request went. Streams have one other end.
      if (!session.isStream && (from.address !== address || from.port !== port)) continue
      isOurs =
        session.association === undefined
          ? session.receive(now, data, this.#deliveryOf(session, deliver))
          : this.#receiveRecords(now, session.association, data, deliver)
    }
    if (isOurs) this.#pump(now)
    return isOurs
  }

  /** SECURITY: of a server that is asked over DTLS nothing counts that comes beside it. */
  #receiveRecords(now: Millis, association: ServerAssociation, data: Uint8Array, deliver: DeliverDatagram): boolean {
    if (packetKind(data) !== 'dtls') return false
    const sharing = this.#sessions.filter((session) => session.association === association)
    for (const message of association.receive(now, data)) {
      sharing.some((session) => session.receiveMessage(now, message, this.#deliveryOf(session, deliver)))
    }
    return true
  }

  #deliveryOf(session: RelaySession, deliver: DeliverDatagram): (data: PeerData) => void {
    return ({ peer, data }) => {
      const id = session.idFor(peer)
      if (id !== undefined && !this.#closed) deliver(id, peer, data)
    }
  }

  // -- Layer ----------------------------------------------------------------------------------------------------------

  nextTimeout(): Millis {
    if (this.#sessions.length === 0) return Infinity
    let next = this.#releaseAt
    for (const session of this.#sessions)
      next = Math.min(next, this.#mayStart(session) ? this.#nextStartAt : session.nextTimeout())
    return next
  }

  handleTimeout(now: Millis): void {
    if (this.#sessions.length === 0) return
    for (const session of this.#sessions) if (session.nextTimeout() <= now) session.handleTimeout(now)
    if (now >= this.#releaseAt) this.#releaseLosers(now)
    this.#pump(now)
  }

  pollTransmit(now: Millis): IceTransmit | undefined {
    for (const session of this.#sessions) {
      const transmit = session.pollTransmit(now)
      if (transmit !== undefined) return transmit
      if (session.phase === 'over') this.#forget(session)
    }
    return undefined
  }

  // -- sessions -------------------------------------------------------------------------------------------------------

  #ask(server: Server, socket: LocalSocket, redirectedFrom: readonly TransportAddress[]): void {
    if (!canReach(socket.local.address, server.address)) return
    const known = this.#sessions.find((one) => !isLeaving(one) && one.sharesPath({ server, socket }))
    if (known === undefined) return this.#begin(server, socket, redirectedFrom)
    if (known.isNamed) return // two URLs, or two entries, that mean the same
    known.isNamed = true
    // A restart of ICE may mean that much has changed, so it is asked whether the server still has the allocation.
    known.isPending = true
    if (known.phase === 'relaying') known.client.revalidate()
  }

  #begin(server: Server, socket: LocalSocket, redirectedFrom: readonly TransportAddress[]): void {
    if (this.#sessions.length >= MAX_SESSIONS) return this.#options.count('turnServersRefused')
    const { crypto, nextSocketId } = this.#options
    const socketId = isStream(server) ? nextSocketId() : socket.socketId
    const association = server.protocol === 'dtls' ? this.#associationWith(server, socketId) : undefined
    this.#sessions.push(new RelaySession({ crypto, server, socket, socketId, redirectedFrom, association }))
  }

  /** RFC 6347 §4.2.8: one on a 5-tuple, whatever it is used for. */
  #associationWith(server: Server, socketId: SocketId): ServerAssociation {
    const { address, port } = server
    const sharing = this.#sessions.find(({ association, server: other, socketId: otherId }) => {
      const isSame = otherId === socketId && other.address === address && other.port === port
      return isSame && association !== undefined && association.endReason === undefined
    })
    if (sharing?.association !== undefined) return sharing.association
    const { serverName, verify = () => 'There is nobody to check the certificate.' } = server
    return new ServerAssociation({ crypto: this.#options.crypto, serverName, verify })
  }

  /** On the same 5-tuple there is one allocation, and it is just being deleted. */
  #mayStart(session: RelaySession): boolean {
    if (session.phase !== 'waiting' || session.isStream) return session.phase === 'waiting'
    return !this.#sessions.some((one) => one.phase === 'ending' && one.sharesPath(session))
  }

  #startNext(now: Millis): void {
    const next = this.#sessions.find((session) => this.#mayStart(session))
    if (next === undefined || now < this.#nextStartAt) return
    this.#nextStartAt = now + PACE_MILLIS
    if (next.association !== undefined) {
      next.phase = 'opening'
      next.association.start(now)
      return
    }
    if (!next.isStream) {
      next.phase = 'asking'
      next.client.start()
      return
    }
    next.phase = 'opening'
    const { address, port, protocol, serverName } = next.server
    const stream = {
      socketId: next.socketId,
      to: { address, port },
      from: next.socket.local.address,
      protocol: protocol === 'tls' ? protocol : 'tcp',
      serverName,
    } as const
    this.#options.emit({ type: 'openStream', transportId: this.#options.transportId, stream })
  }

  #release(now: Millis, session: RelaySession): void {
    if (isLeaving(session)) return
    this.#retire(now, session)
    session.phase = 'ending'
    session.isPending = false
    session.client.close(now)
  }

  /** Nothing of the agent's goes through it any more. */
  #retire(now: Millis, session: RelaySession): void {
    for (const { socketId } of session.relayed.values()) {
      this.#byRelay.delete(socketId)
      this.#agent.removeLocalSocket(now, socketId)
    }
    session.relayed.clear()
  }

  #releaseLosers(now: Millis): void {
    this.#releaseAt = Infinity
    const { state, selectedPair, isSettled } = this.#agent
    if (!isSettled) return // the next nomination comes here again
    if (selectedPair === undefined || (state !== 'connected' && state !== 'completed')) {
      this.#releaseAt = now + RELEASE_AFTER_MILLIS // while it seems lost, the others may be needed
      return
    }
    const winner = this.#byRelay.get(selectedPair.socketId)
    for (const session of this.#sessions) if (session !== winner && !session.isPending) this.#release(now, session)
    if (this.#sessions.some(({ isPending }) => isPending)) this.#releaseAt = now + RELEASE_AFTER_MILLIS
  }

  // -- events ---------------------------------------------------------------------------------------------------------

  #pump(now: Millis): void {
    this.#startNext(now)
    for (const session of this.#sessions) {
      session.followAssociation()
      for (let event = session.client.pollEvent(); event !== undefined; event = session.client.pollEvent())
        this.#handle(now, session, event)
    }
    if (this.#sessions.some(({ phase }) => phase === 'over')) {
      this.#removeEnded()
      this.#startNext(now)
    }
    this.#settleGathering(now)
  }

  #handle(now: Millis, session: RelaySession, event: TurnEvent): void {
    switch (event.type) {
      case 'allocated':
        for (const local of event.relayed) {
          const socketId = this.#options.nextSocketId()
          session.relayed.set(ipFamily(local.address)!, { socketId, local })
          this.#byRelay.set(socketId, session)
        }
        session.mapped = event.mapped ?? session.socket.local
        session.phase = 'relaying'
        // The configuration has changed while the server was asked.
        return session.isNamed ? this.#offer(now, session) : this.#release(now, session)
      case 'confirmed':
        return this.#offer(now, session)
      case 'closed':
        return this.#end(now, session)
      case 'redirected':
        this.#end(now, session)
        return this.#redirect(session, { ...event.server, domain: event.domain })
      case 'failed': {
        const wasRelaying = session.phase === 'relaying'
        const { code, reason } = event
        this.#end(now, session)
        if (!session.isNamed || this.#closed) return
        // Only after a restart of ICE: the server has forgotten, so it is asked anew.
        if (wasRelaying && session.isPending && code !== SERVER_NOT_REACHED)
          return this.#begin(session.server, session.socket, session.redirectedFrom)
        if (!wasRelaying || session.isPending) this.#tellError(session, code, reason)
        if (code === UNAUTHORIZED) this.#askAsAnother(session)
      }
    }
  }

  /**
   * Entries of the configuration may lead to one server, of which there is one allocation at most on a path (RFC 8656 §5): where
   * the credentials of one are wrong, those of the next have their turn.
   */
  #askAsAnother({ server: refused, socket }: RelaySession): void {
    const at = this.#servers.indexOf(refused)
    if (at < 0 || !isForRelays(refused)) return
    const next = this.#servers.slice(at + 1).find((server) => {
      const isAnother =
        isForRelays(server) && (server.username !== refused.username || server.password !== refused.password)
      return isAnother && isSameWay(server, refused)
    })
    if (next !== undefined) this.#begin(next, socket, [])
  }

  #offer(now: Millis, session: RelaySession): void {
    session.isPending = false
    const { server, socket, mapped, relayed } = session
    const { protocol, url } = server
    // W3C has no word for DTLS: it is over UDP, and the URL says that it is secure.
    const relayProtocol = protocol === 'dtls' ? 'udp' : protocol
    if (!session.isStream) this.#agent.addServerReflexive(now, socket.socketId, mapped, server)
    for (const { socketId, local } of relayed.values()) {
      const localPreference = Math.max(0, socket.localPreference - this.#relayCount++)
      this.#agent.addRelay(now, { socketId, local, localPreference, related: mapped, protocol: relayProtocol, url })
    }
    for (const candidate of this.#agent.remoteCandidates) {
      const { address, port, protocol: transport } = candidate
      if (transport === 'udp' && !isBehindMulticastName(candidate)) session.client.permit(now, { address, port })
    }
    if (this.#agent.isSettled) this.#releaseAt = Math.min(this.#releaseAt, now + RELEASE_AFTER_MILLIS)
  }

  #end(now: Millis, session: RelaySession): void {
    this.#retire(now, session)
    if (session.isStream && session.phase !== 'waiting') {
      const { transportId } = this.#options
      this.#options.emit({ type: 'closeStream', transportId, socketId: session.socketId })
    }
    session.phase = 'over'
    const { association } = session
    const isShared = this.#sessions.some((one) => one.association === association && one.phase !== 'over')
    if (!isShared) association?.leave(now)
  }

  /** Where there is an association, it has a last word, after which it is forgotten. */
  #removeEnded(): void {
    this.#sessions = this.#sessions.filter(({ phase, association }) => phase !== 'over' || association !== undefined)
    for (const session of this.#sessions) if (session.phase === 'over') session.isPending = false
  }

  #forget(session: RelaySession): void {
    this.#sessions = this.#sessions.filter((one) => one !== session)
  }

  /** RFC 8489 §10: with the same credentials, never to where it came from, and not for ever. */
  #redirect(session: RelaySession, to: TransportAddress & { readonly domain: string | undefined }): void {
    const { address, port, domain } = to
    const tried = [...session.redirectedFrom, session.client.server]
    const isLoop = tried.some((one) => one.address === address && one.port === port)
    if (isLoop || tried.length > MAX_REDIRECTIONS || !canReach(session.socket.local.address, address))
      return this.#tellError(session, 300, 'The TURN server names another one that cannot be used.')
    const server = { ...session.server, address, port, serverName: domain ?? session.server.serverName }
    this.#ask(server, session.socket, tried)
  }

  /** As the agent has it for STUN servers over UDP: told once for each URL that no socket can ask. */
  #tellUnreached(): void {
    const [first] = this.#sockets
    const canBeAsked = ({ address }: Server): boolean =>
      this.#sockets.some(({ local }) => canReach(local.address, address))
    const unreached = this.#servers.filter((server) => !isForRelays(server))
    const urls = new Set(unreached.map(({ url }) => url))
    for (const server of unreached) if (canBeAsked(server)) urls.delete(server.url)
    if (first === undefined) return
    for (const url of urls)
      this.#options.tellError({ local: first.local, url, errorCode: SERVER_NOT_REACHED, errorText: NOT_REACHED })
  }

  #tellError({ socket, server }: RelaySession, errorCode: number, errorText: string): void {
    // W3C: null where the address is not told as a candidate.
    const local = this.#agent.hidesHosts ? undefined : socket.local
    this.#options.tellError({ local, url: server.url, errorCode, errorText })
  }

  #settleGathering(now: Millis): void {
    if (!this.#socketsEnded || this.#closed || this.#sessions.some(({ isPending }) => isPending)) return
    this.#socketsEnded = false
    this.#agent.endOfLocalSockets(now)
  }
}

function isLeaving({ phase }: RelaySession): boolean {
  return phase === 'ending' || phase === 'over'
}

/** As for STUN servers: of one family, and loopback with loopback; link-local addresses lead to no server. */
function canReach(local: string, server: string): boolean {
  return ipFamily(local) === ipFamily(server) && isLoopback(local) === isLoopback(server) && !/^fe[89ab]/.test(local)
}
