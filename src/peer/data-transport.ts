import { type Millis, ProtocolError } from '../core/index.js'
import { DataChannels } from '../datachannel/index.js'
import type { ChannelHandle, ChannelOutput } from '../datachannel/types.js'
import { RECORD_OVERHEAD_BYTES } from '../dtls/index.js'
import type { DescribeInputs, Plan, SctpPlan, TransportPlan } from '../jsep/types.js'
import { SctpAssociation } from '../sctp/index.js'
import type { ExchangedInits, SctpOptions } from '../sctp/index.js'
import type { SctpEvent } from '../sctp/types.js'
import type { IceTransmit, SelectedPair } from '../ice/types.js'
import type { PeerEvent, PeerOptions, SctpView } from './contract.js'
import { addCounts } from './counters.js'
import { InitExchange, initsOf, verificationTagOf } from './init-exchange.js'
import { Rest } from './rest.js'
import type { Transport } from './transport.js'

/** What browsers take in one message, and advertise. */
const DEFAULT_MAX_MESSAGE_SIZE_BYTES = 262_144

/** RFC 8841 §6.1: where the peer says nothing. */
const DEFAULT_REMOTE_MAX_MESSAGE_SIZE_BYTES = 65_536

/** The words of our ABORT (RFC 9260 §3.3.10.12, "User-Initiated Abort"). */
const ABORT_REASON = 'connection closed'

const SECTION_REJECTED = 'section rejected'

/** An ABORT is one packet; more than a few would mean that the association does not stop. */
const MAX_LAST_PACKETS = 4

/** Of IP: tunnels and PPPoE, Ethernet, jumbo frames. */
const MTU_CANDIDATES = [1400, 1492, 1500, 9000]
const UDP_HEADER_BYTES = 8

export type DataEvent = Extract<PeerEvent, { readonly type: 'sctpState' }> | ChannelOutput

type DataOptions = Pick<PeerOptions, 'crypto' | 'maxMessageSizeBytes' | 'messageMemory' | 'sctpNegotiationAcceleration'>

interface NewId {
  readonly handle: ChannelHandle
  readonly id: number
}

interface Association {
  readonly sctp: SctpAssociation
  readonly transport: Transport
  readonly localPort: number
  readonly remotePort: number
  /** The section that it was made for; none once that was rejected. */
  readonly mid: string | undefined
  /** What the descriptions said of both sides: it needs no handshake. */
  readonly exchanged: ExchangedInits | undefined
  /** What ours said of it. */
  readonly localInit: string | undefined
  /** What ICE sends over; `undefined` until it has selected a pair. */
  pair: SelectedPair | undefined
  /** What descriptions have said of it since it is there: the peer of a renewed one may begin with that. */
  said?: ExchangedInits | undefined
  /** Hears what the peer sent so while our COOKIE ECHO was on its way. */
  presumed?: SctpAssociation | undefined
}

/**
 * SCTP and the data channels on it: the association comes with the answer, connects when DTLS has, and takes every
 * channel along when it goes.
 *
 *   none ──answer──▶ connecting ──both INITs (in packets, or in the descriptions)──▶ connected ──ABORT, SHUTDOWN, DTLS ended, section rejected──▶ closed
 *                        ▲─────────────────────── another DTLS association, port or section ─────┴──────────┘
 */
export class DataTransport {
  readonly #channels: DataChannels
  /** Of every association, but for the ports. */
  readonly #sctpOptions: SctpOptions
  readonly #inits: InitExchange
  /** What descriptions say of it. */
  readonly describing: Pick<DescribeInputs, 'maxMessageSizeBytes' | 'sctpInit'>
  #association: Association | undefined
  #state: SctpView['state'] = 'connecting'
  #remoteMaxMessageSizeBytes = 0
  #maxChannels: number | null = null
  #stateEvent: Extract<DataEvent, { type: 'sctpState' }> | undefined
  /** Of messages in events that were polled here and not taken yet. */
  #queuedBytes = 0
  /** Of messages that were, and that the application says it has not read. */
  #unreadBytes = 0
  #unreadIsTold = true
  readonly #rest = new Rest()

  constructor(options: DataOptions) {
    const { crypto, maxMessageSizeBytes = DEFAULT_MAX_MESSAGE_SIZE_BYTES, messageMemory } = options
    this.#sctpOptions = {
      crypto,
      localPort: 0,
      remotePort: 0,
      maxMessageSizeBytes,
      zeroChecksum: true,
      maxRetransmissions: Infinity, // ICE consent tells whether the peer is there (RFC 7675)
      ...(messageMemory !== undefined && { messageMemory }),
    }
    this.#inits = new InitExchange(this.#sctpOptions)
    this.describing = {
      maxMessageSizeBytes,
      ...(options.sctpNegotiationAcceleration !== false && {
        sctpInit: (section) => this.#inits.describe(section, this.#association),
      }),
    }
    this.#channels = new DataChannels({ maxMessageSizeBytes })
  }

  /** For whoever may change something about them. */
  get channels(): DataChannels {
    this.#rest.end()
    return this.#channels
  }

  get view(): SctpView | undefined {
    return (
      this.#association && {
        transportId: this.#association.transport.id,
        state: this.#state,
        maxMessageSizeBytes: this.#remoteMaxMessageSizeBytes,
        maxChannels: this.#maxChannels,
      }
    )
  }

  addCountsTo(total: Record<string, number>): void {
    if (this.#association !== undefined) addCounts(total, 'sctp', this.#association.sctp.counters)
    addCounts(total, 'datachannel', this.#channels.counters)
  }

  /** The answer is there. Yields the channels that got an id by it. */
  apply(now: Millis, { sctp, sections }: Plan, transport: Transport | undefined, isStable: boolean): readonly NewId[] {
    this.#rest.end()
    if (transport?.dtlsRole !== undefined) {
      const assigned = this.#channels.setDtlsRole(transport.dtlsRole)
      if (sctp?.remotePort !== undefined) this.#begin(now, { ...sctp, remotePort: sctp.remotePort }, transport)
      return assigned
    }
    // RFC 8841 §10.3: a section with port 0 ends the association.
    const isRejected = sctp === undefined && isStable && sections.some(({ kind }) => kind === 'application')
    if (isRejected) this.#reject(now)
    return []
  }

  /** Who is who is known, and SCTP may begin as soon as DTLS has ended its handshake. */
  #begin(now: Millis, plan: SctpPlan & { readonly remotePort: number }, transport: Transport): void {
    this.#remoteMaxMessageSizeBytes = plan.remoteMaxMessageSizeBytes ?? DEFAULT_REMOTE_MAX_MESSAGE_SIZE_BYTES
    const former = this.#association
    // Running, or ended: W3C "closed" is for good. Another port, section, or DTLS association begins another one (RFC 8841 §9.3).
    const isKnown = former?.transport === transport && former.remotePort === plan.remotePort && former.mid === plan.mid
    if (isKnown) former.said = initsOf(plan)
    if (isKnown || transport.dtlsState === 'closed' || transport.dtlsState === 'failed') return
    this.end(undefined)
    const { localPort, remotePort, mid } = plan
    const exchanged = this.#inits.settle(plan)
    const localInit = exchanged && plan.localInit
    const pair = transport.agent.selectedPair
    const sctp = this.#associate(now, { transport, localPort, remotePort, mid, exchanged, localInit, pair })
    this.#state = 'connecting'
    this.#channels.attach(sctp)
    const early = this.#inits.takeEarly(transport.id)
    if (transport.dtlsState !== 'connected') return
    sctp.connect(now, exchanged)
    if (exchanged !== undefined) for (const packet of early) sctp.receive(now, packet)
  }

  #associate(now: Millis, over: Omit<Association, 'sctp'>): SctpAssociation {
    const { localPort, remotePort, transport, mid, exchanged, localInit, pair, said } = over
    const sctp = new SctpAssociation({ ...this.#sctpOptions, localPort, remotePort })
    this.#association = { sctp, transport, localPort, remotePort, mid, exchanged, localInit, pair, said }
    this.#maxChannels = null
    this.#unreadIsTold = false
    if (pair !== undefined) sctp.searchMtu(now, mtuCandidates(transport, pair))
    return sctp
  }

  /**
   * The peer begins anew beneath its channels ({@link Transport.renew}): so do we, and the channels stay as they are. What the
   * former association had not delivered is lost. False where the association just ends.
   */
  renew(now: Millis, transport: Transport, plan?: TransportPlan): boolean {
    const former = this.#association
    if (former?.transport !== transport || this.#state === 'closed' || !transport.renew(now, 'all', plan)) return false
    this.#rest.end()
    this.#channels.move(this.#associate(now, { ...former, exchanged: undefined, localInit: undefined }))
    if (transport.dtlsRole !== undefined) this.#channels.setDtlsRole(transport.dtlsRole)
    if (this.#state !== 'connecting') this.#stateEvent = { type: 'sctpState', state: 'connecting' }
    this.#state = 'connecting'
    return true
  }

  /**
   * The transport begins a new DTLS association: what ran over the one before ends with it, and the next answer makes a new
   * SCTP association (RFC 8842 §3.1, RFC 8841 §9.3). What is still to be said to the former peer.
   */
  restart(now: Millis, transport: Transport): readonly IceTransmit[] {
    if (this.#association?.transport !== transport) return []
    this.#rest.end()
    const last = this.#abort(now)
    this.#association = undefined
    this.#maxChannels = null
    if (this.#state !== 'connecting') this.#stateEvent = { type: 'sctpState', state: 'connecting' }
    this.#state = 'connecting'
    this.#channels.restart()
    return last
  }

  /**
   * What the plan has for the section is not the association that there is: the peer named another port (RFC 8841 §9.3), or
   * the section moved to another transport. That one ends as {@link restart} has it.
   */
  supersede(now: Millis, plan: SctpPlan, transport: Transport | undefined): readonly IceTransmit[] {
    const former = this.#association
    if (former === undefined || this.#state === 'closed' || plan.remotePort === undefined) return []
    if (former.transport === transport && former.remotePort === plan.remotePort) return []
    return this.restart(now, former.transport)
  }

  dtlsConnected(now: Millis, transport: Transport): void {
    if (this.#association?.transport !== transport) return
    this.#rest.end()
    this.#association.sctp.connect(now, this.#association.exchanged)
  }

  /** ICE selected a pair: SCTP is told when that is another one than before. */
  pairSelected(now: Millis, transport: Transport, pair: SelectedPair): void {
    const association = this.#association
    if (association?.transport !== transport) return
    this.#rest.end()
    const former = association.pair
    association.pair = pair
    if (former === undefined) return association.sctp.searchMtu(now, mtuCandidates(transport, pair))
    const isOtherNetwork = former.local.address !== pair.local.address || former.to.address !== pair.to.address
    const isOtherPair = former.socketId !== pair.socketId || former.to.port !== pair.to.port
    if (!isOtherNetwork && !isOtherPair) return
    association.sctp.pathChanged(now, isOtherNetwork)
    association.sctp.searchMtu(now, mtuCandidates(transport, pair))
  }

  dtlsEnded(transport: Transport, error: ProtocolError | undefined): void {
    if (this.#association?.transport !== transport) return
    this.end(error ?? new ProtocolError('dtls.closed', 'the peer closed the DTLS transport under its data channels'))
  }

  /** Nothing carries channels any more: the association is gone, and every channel with it. */
  end(error: ProtocolError | undefined): void {
    if (this.#association === undefined || this.#state === 'closed') return
    this.#rest.end()
    this.#enterClosed(error)
    this.#channels.closeAll(error)
  }

  /** The section is rejected (RFC 8841 §10.3): the association ends in order, and channels will not be. */
  #reject(now: Millis): void {
    if (this.#state !== 'closed') this.#association?.sctp.abort(now, SECTION_REJECTED)
    this.end(undefined)
    if (this.#association === undefined) this.#channels.closeAll(undefined)
    else this.#association = { ...this.#association, mid: undefined }
  }

  /** An event with a message of so many bytes was taken; until then they count as not read. */
  messageTaken(bytes: number): void {
    this.#queuedBytes -= bytes
    this.#unreadChanged()
  }

  /** True when a SACK is due because of it. */
  setUnreadBytes(bytes: number): boolean {
    this.#unreadBytes = bytes
    this.#unreadChanged()
    return this.#tellUnread()
  }

  /** Also when it is closed: a peer that has not heard of it is told again (RFC 9260 §8.4). */
  receive(now: Millis, transport: Transport, packet: Uint8Array): void {
    if (this.#inits.hold(transport.id, packet) || this.#association?.transport !== transport) return
    this.#rest.end()
    this.#tellUnread()
    const { sctp, said } = this.#association
    if (sctp.state === 'connecting' && said !== undefined && verificationTagOf(packet) === said.localTag)
      this.#receiveAsSaid(now, this.#association, said, packet)
    else sctp.receive(now, packet)
  }

  /**
   * Chromium may begin anew with the INITs that the descriptions still say, and answers our handshake all the same, which makes it
   * forget what it has sent. So there is none where it was the first to send; where it comes too late for that, what was sent counts.
   * Unless the handshake is that of the INIT that it said, as ours would be: then all is sent again.
   */
  #receiveAsSaid(now: Millis, association: Association, said: ExchangedInits, packet: Uint8Array): void {
    const { sctp, localPort, remotePort } = association
    if (sctp.presume(now, said)) return sctp.receive(now, packet)
    if (sctp.peerTag === said.peer.verificationTag) return
    if (association.presumed === undefined) {
      association.presumed = new SctpAssociation({ ...this.#sctpOptions, localPort, remotePort })
      association.presumed.connect(now, said)
    }
    association.presumed.receive(now, packet)
  }

  pollTransmit(now: Millis): IceTransmit | undefined {
    if (now < this.#rest.until) return undefined
    this.#rest.end()
    this.#channels.flush(now)
    const association = this.#association
    // Nobody tells us when it can send again, so there is no rest until then.
    if (!association?.transport.canSend) return undefined
    this.#tellUnread()
    for (;;) {
      const datagram = takePacket(now, association)
      if (datagram === undefined) this.#rest.sentAll()
      if (datagram !== 'unsealed') return datagram
    }
  }

  /** What happened, in order; the association's own end is told before that of its channels. */
  pollEvent(now: Millis): DataEvent | undefined {
    if (now < this.#rest.until) return undefined
    const told = this.#hasEvents ? this.#takeEvent(now) : undefined
    if (told === undefined) this.#rest.toldAll()
    else this.#rest.end()
    return told
  }

  get #hasEvents(): boolean {
    if (this.#stateEvent !== undefined || this.#channels.hasEvents) return true
    const association = this.#association
    return association !== undefined && (association.sctp.hasEvents || association.presumed !== undefined)
  }

  #takeEvent(now: Millis): DataEvent | undefined {
    const channels = this.#channels
    for (;;) {
      const state = this.#stateEvent
      this.#stateEvent = undefined
      const told = state ?? channels.pollEvent()
      if (told?.type === 'message' || told?.type === 'messages') {
        this.#queuedBytes += told.type === 'message' ? told.data.length : told.run.bytes
        this.#unreadChanged()
      }
      if (told !== undefined) return told
      const association = this.#association
      const messages = this.#state === 'connected' ? association?.sctp.pollMessages() : undefined
      if (messages !== undefined) {
        this.#rest.end()
        channels.handleMessages(now, messages)
        continue
      }
      const event =
        this.#state === 'closed' ? undefined : (nextMessage(association?.presumed) ?? association?.sctp.pollEvent())
      if (event === undefined) return undefined
      this.#rest.end()
      if (event.type === 'closed' && event.error?.code === 'sctp.abort' && this.renew(now, association!.transport))
        continue
      channels.handleSctpEvent(now, event)
      if (event.type === 'connected') this.#enterConnected()
      else if (event.type === 'closed') this.#enterClosed(event.error)
    }
  }

  /** Until when there is nothing to send, to tell or to do; -1 when that is not known. */
  get restsUntil(): Millis {
    return this.#rest.until
  }

  /**
   * SCTP's clock stands still while there is no consent to send: whether the peer is there is then for ICE to say, and
   * a restart finds the association as it was, however long the outage.
   */
  nextTimeout(): Millis {
    if (this.#rest.until >= 0) return this.#rest.until
    this.#tellUnread()
    const sctp = this.#running()?.nextTimeout() ?? Infinity
    const next = Math.min(sctp, this.#channels.nextTimeout())
    this.#rest.begin(next)
    return next
  }

  handleTimeout(now: Millis): void {
    if (now < this.#rest.until) return
    this.#rest.end()
    this.#tellUnread()
    this.#running()?.handleTimeout(now)
    this.#channels.handleTimeout(now)
  }

  /** ABORT, with user-initiated abort as its cause, and nothing after it. */
  close(now: Millis): readonly IceTransmit[] {
    this.#rest.end()
    const last = this.#abort(now)
    this.#state = 'closed'
    this.#channels.closeAll(undefined)
    while (this.#channels.pollEvent() !== undefined); // P4: the connection's close is all that is told
    this.#stateEvent = undefined
    return last
  }

  /** SCTP hears of it when it matters: before a packet is taken or made, and when it says when it has something to do. */
  #unreadChanged(): void {
    this.#rest.end()
    this.#unreadIsTold = false
  }

  #tellUnread(): boolean {
    if (this.#unreadIsTold) return false
    this.#unreadIsTold = true
    return this.#association?.sctp.setUnreadBytes(this.#queuedBytes + this.#unreadBytes) === true
  }

  #abort(now: Millis): readonly IceTransmit[] {
    const association = this.#association
    const last: IceTransmit[] = []
    if (!association?.transport.canSend || this.#state === 'closed') return last
    association.sctp.abort(now, ABORT_REASON)
    for (let i = 0; i < MAX_LAST_PACKETS; i++) {
      const datagram = takePacket(now, association)
      if (datagram === undefined || datagram === 'unsealed') break
      last.push({ ...datagram, data: datagram.data.slice() })
    }
    return last
  }

  #running(): SctpAssociation | undefined {
    return this.#state !== 'closed' && this.#association?.transport.canSend ? this.#association.sctp : undefined
  }

  #enterConnected(): void {
    this.#state = 'connected'
    if (this.#association !== undefined) this.#association.presumed = undefined
    this.#maxChannels = this.#channels.maxChannels ?? null
    this.#stateEvent = { type: 'sctpState', state: 'connected' }
  }

  #enterClosed(error: ProtocolError | undefined): void {
    this.#state = 'closed'
    this.#stateEvent = { type: 'sctpState', state: 'closed', ...(error === undefined ? {} : { error }) }
  }
}

function nextMessage(sctp: SctpAssociation | undefined): SctpEvent | undefined {
  for (let event = sctp?.pollEvent(); event !== undefined; event = sctp?.pollEvent()) {
    if (event.type === 'message') return event
  }
  return undefined
}

/**
 * Where packets are assembled, and become records: one after the other, each gone before the next. The largest that UDP takes.
 */
const packetMemory = new Uint8Array(2 ** 16)

/** The next packet as a datagram, its data valid until the next one; `undefined` when there is none. */
function takePacket(now: Millis, { sctp, transport }: Association): IceTransmit | 'unsealed' | undefined {
  const length = sctp.writeTransmit(now, packetMemory, transport.headBytes)
  return length === 0 ? undefined : (transport.seal(now, packetMemory, length) ?? 'unsealed')
}

/** Lengths of packets that are worth a probe. A relay takes long datagrams apart as it likes, and TCP any. */
function mtuCandidates(transport: Transport, { local, remote, socketId, to }: SelectedPair): readonly number[] {
  if (!transport.wholeSockets.has(socketId) || local.protocol !== 'udp' || remote.type === 'relay') return []
  const ipBytes = to.address.includes(':') ? 40 : 20
  return MTU_CANDIDATES.map((bytes) => bytes - ipBytes - UDP_HEADER_BYTES - RECORD_OVERHEAD_BYTES)
}
