import { Deque, type ProtocolError, SparseMap, SparseSet, type Millis } from '../core/index.js'
import type { MessageRun, ReleaseMemory, SctpEvent, SctpMessage } from '../sctp/types.js'
import { Channel, ppidFor } from './channel.js'
import type { Association, ChannelTransport } from './channel-transport.js'
import { parseDataChannelAck, writeDataChannelAck } from './data-channel-ack.js'
import { parseDataChannelOpen, textBytesOf, writeDataChannelOpen } from './data-channel-open.js'
import { EarlyArrivals, type EarlyArrival } from './early-arrivals.js'
import { PartsBudget } from './parts-budget.js'
import { PPID_DCEP } from './ppid.js'
import { priorityToWire } from './priority.js'
import { ResetPatience } from './reset-patience.js'
import { MAX_STREAM_ID, noIdError, StreamIds } from './stream-ids.js'
import { StreamRemains } from './stream-remains.js'
import type { ChannelHandle, ChannelOutput, ChannelParameters, DtlsRole, MessageKind, OpenChannel } from './types.js'

/** What all labels and protocols that the peer chose may occupy. */
const MAX_PEER_TEXT_BYTES = 4 * 1_048_576

/** One zero byte stands in for an empty message (RFC 8831 §6.6). */
const EMPTY_MESSAGE = Uint8Array.of(0)

export interface DataChannelsOptions {
  /** The largest message that the peer may make us put together. */
  readonly maxMessageSizeBytes: number
}

/** All channels of one connection, over one SCTP association. */
export class DataChannels {
  readonly #parts: PartsBudget
  /** Every channel that the application may hear of. */
  readonly #channels = new SparseMap<ChannelHandle, Channel>()
  /** Who has a stream id. */
  readonly #streams = new SparseMap<number, Channel>()
  /** The other ids that are in use. */
  readonly #remains = new StreamRemains()
  #ids = new StreamIds()
  readonly #early = new EarlyArrivals()
  readonly #unstarted = new SparseSet<Channel>()
  readonly #resetsDue = new SparseSet<number>()
  readonly #patience = new ResetPatience()
  readonly #events = new Deque<ChannelOutput>()
  readonly #counters: Record<string, number> = {}
  #association: Association = { phase: 'waiting', transport: undefined }
  #lastHandle = 0
  #peerTextBytes = 0

  constructor(options: DataChannelsOptions) {
    this.#parts = new PartsBudget(options.maxMessageSizeBytes)
  }

  /** What was dropped or refused, by reason. */
  get counters(): Readonly<Record<string, number>> {
    return this.#counters
  }

  /** Channels that are not closed. */
  get size(): number {
    return this.#channels.size
  }

  /** Stream ids in use, those included that were refused or are spent. */
  get idsInUse(): number {
    return this.#streams.size + this.#remains.size
  }

  /** How many channels there can be at once; `undefined` before the association is up. */
  get maxChannels(): number | undefined {
    return this.#association.phase === 'connected' ? this.#association.streams : undefined
  }

  // -- inputs --------------------------------------------------------------------------------------------------------

  /** `undefined` when the id is taken or out of range, no id is left, or label or protocol do not fit the wire. */
  open(parameters: OpenChannel): ChannelHandle | undefined {
    if (textBytesOf(parameters) === undefined) return undefined
    let id = parameters.id
    if (id !== undefined && !this.#isFree(id)) return undefined
    if (id === undefined && (parameters.negotiated || this.#ids.roleIsKnown)) {
      id = parameters.negotiated ? undefined : this.#chooseId()
      if (id === undefined) return undefined
    }
    const channel = this.#create(parameters, parameters.negotiated)
    if (id !== undefined) this.#claim(channel, id)
    this.#unstarted.add(channel)
    return channel.handle
  }

  id(handle: ChannelHandle): number | undefined {
    return this.#channels.get(handle)?.id
  }

  /** RFC 8832 §6: the DTLS role decides who has which ids. Yields the channels that waited for it, in order. */
  setDtlsRole(role: DtlsRole): readonly { readonly handle: ChannelHandle; readonly id: number }[] {
    if (this.#ids.role === role) return []
    this.#ids = new StreamIds()
    this.#ids.setRole(role)
    const assigned: { handle: ChannelHandle; id: number }[] = []
    for (const channel of this.#unstarted) {
      // An id of the role before: an application may rely on it, since W3C ids never change once they are known.
      if (channel.id !== undefined && !channel.negotiated && this.#ids.isPeers(channel.id)) {
        this.#closeForGood(channel, noIdError())
      }
      if (channel.id !== undefined) continue
      const id = this.#chooseId()
      if (id === undefined) {
        this.#closeForGood(channel, noIdError())
        continue
      }
      this.#claim(channel, id)
      assigned.push({ handle: channel.handle, id })
    }
    return assigned
  }

  /** Names the association that the channels will use; its events are to be given to {@link handleSctpEvent}. */
  attach(transport: ChannelTransport): void {
    this.#association = { phase: 'waiting', transport }
  }

  /** `data` is kept by reference, until `release` is called. Does nothing unless the channel is open and not closing. */
  send(now: Millis, handle: ChannelHandle, kind: MessageKind, data: Uint8Array, release?: ReleaseMemory): void {
    const channel = this.#channels.get(handle)
    if (this.#association.phase !== 'connected' || !channel?.started || channel.closing.phase !== 'open') return
    const isEmpty = data.length === 0
    const payload = isEmpty ? EMPTY_MESSAGE : data
    channel.ledger.queue(payload.length, !isEmpty)
    const ppid = ppidFor(kind, isEmpty)
    const ordered = channel.parameters.ordered || !channel.known
    const { id } = channel
    const message: SctpMessage = { streamId: id!, ppid, data: payload, ordered, release: isEmpty ? undefined : release }
    this.#association.transport.send(now, channel.limits === undefined ? message : { ...message, ...channel.limits })
  }

  /** Starts the closing procedure (RFC 8831 §6.7); a channel that never started is closed at once. */
  close(now: Millis, handle: ChannelHandle): void {
    const channel = this.#channels.get(handle)
    if (channel === undefined) return
    if (!channel.started) {
      this.#closeForGood(channel, undefined)
      return
    }
    this.#beginReset(now, channel)
  }

  handleSctpEvent(now: Millis, event: SctpEvent): void {
    if (event.type === 'closed') return this.closeAll(event.error)
    if (event.type === 'connected' || event.type === 'streamsAdded') this.#connected(event)
    this.#startChannels(now)
    switch (event.type) {
      case 'message':
        return this.#arrived(now, event.streamId, event)
      case 'sent':
        return this.#sent(event.streamId, event.bytes)
      case 'incomingReset':
        for (const id of this.#named(event.streamIds)) this.#arrived(now, id, { type: 'reset' })
        return
      case 'outgoingReset':
      case 'outgoingResetFailed':
        for (const id of event.streamIds) this.#resetAnswered(now, id, event.type === 'outgoingReset')
    }
  }

  /** Messages that came together stay so where all that there is to do is to tell of them. */
  handleMessages(now: Millis, run: MessageRun): void {
    this.#startChannels(now)
    const channel = this.#streams.get(run.streamId)
    const kind = channel?.isOpen === true ? channel.kindOfWhole(run.ppid) : undefined
    if (channel !== undefined && kind !== undefined) {
      channel.known = true
      this.#events.push({ type: 'messages', handle: channel.handle, kind, run })
      return
    }
    const { streamId, ppid } = run
    for (let data = run.take(); data !== undefined; data = run.take())
      this.#arrived(now, streamId, { type: 'message', ppid, data })
  }

  /** Starts what waits and asks for the resets that are due, in one request. The owner calls it before it transmits. */
  flush(now: Millis): void {
    this.#startChannels(now)
    if (this.#association.phase !== 'connected' || (this.#resetsDue.size === 0 && !this.#remains.hasDue)) return
    this.#association.transport.resetStreams(now, [...this.#resetsDue, ...this.#remains.takeDue()])
    this.#resetsDue.clear()
  }

  /**
   * Another association takes the place of this one, with a peer that never heard of these channels: they are closed. Those
   * that have not begun wait for it; the DTLS role is to be told anew.
   */
  restart(): void {
    for (const [handle, channel] of this.#channels) {
      if (this.#unstarted.has(channel)) continue
      channel.dropParts()
      this.#tellClosed(channel, undefined)
      this.#channels.delete(handle)
    }
    this.#forgetStreams()
    for (const channel of this.#unstarted) if (channel.id !== undefined) this.#streams.set(channel.id, channel)
    this.#ids = new StreamIds()
    this.#association = { phase: 'waiting', transport: undefined }
  }

  /**
   * The channels as they are, over another association with the peer that knows them. What the former one still had is
   * dropped: nobody can tell what of it has arrived. Those that were closing are closed.
   */
  move(transport: ChannelTransport): void {
    for (const channel of [...this.#channels.values()]) {
      if (!channel.started) continue
      if (channel.awaitsSuccessor || channel.closing.phase !== 'open') this.#closeForGood(channel, undefined)
      else {
        this.#sent(channel.id!, channel.ledger.waiting)
        channel.dropParts()
        transport.setStreamPriority(channel.id!, priorityToWire(channel.parameters.priority))
      }
    }
    this.#remains.clear()
    this.#resetsDue.clear()
    this.#patience.clear()
    this.#early.clear()
    if (this.#association.phase !== 'over') this.#association = { ...this.#association, transport }
  }

  /** The association is gone: so are all channels, with its error where it went with one. */
  closeAll(error: ProtocolError | undefined): void {
    this.#association = { phase: 'over', error }
    for (const channel of this.#channels.values()) this.#tellClosed(channel, error)
    this.#channels.clear()
    this.#unstarted.clear()
    this.#forgetStreams()
  }

  // -- outputs -------------------------------------------------------------------------------------------------------

  get hasEvents(): boolean {
    return this.#events.length > 0
  }

  pollEvent(): ChannelOutput | undefined {
    return this.#events.shift()
  }

  nextTimeout(): Millis {
    return this.#patience.nextTimeout()
  }

  handleTimeout(now: Millis): void {
    for (let channel = this.#patience.takeDue(now); channel; channel = this.#patience.takeDue(now)) {
      this.#count('peerResetMissing')
      channel.closing.giveUp()
      this.#advance(now, channel)
    }
  }

  // -- a channel's life ----------------------------------------------------------------------------------------------

  get #idLimit(): number {
    return this.#association.phase === 'connected' ? this.#association.streams : MAX_STREAM_ID + 1
  }

  #isFree(id: number): boolean {
    return Number.isInteger(id) && id >= 0 && id < this.#idLimit && !this.#isTaken(id)
  }

  #isTaken(id: number): boolean {
    return this.#streams.has(id) || this.#remains.has(id)
  }

  #chooseId(): number | undefined {
    return this.#ids.choose(this.#idLimit, { has: (id) => this.#isTaken(id) })
  }

  #create(parameters: ChannelParameters, negotiated: boolean): Channel {
    const channel = new Channel(++this.#lastHandle, parameters, { negotiated, budget: this.#parts })
    this.#channels.set(this.#lastHandle, channel)
    return channel
  }

  #claim(channel: Channel, id: number): void {
    channel.id = id
    this.#streams.set(id, channel)
  }

  /** The association is up, or has other stream counts than before. */
  #connected(event: { readonly outgoingStreams: number; readonly incomingStreams: number }): void {
    if (this.#association.phase === 'over' || this.#association.transport === undefined) return
    const streams = Math.min(event.outgoingStreams, event.incomingStreams, MAX_STREAM_ID + 1)
    this.#association = { phase: 'connected', transport: this.#association.transport, streams }
  }

  #startChannels(now: Millis): void {
    if (this.#unstarted.size === 0 || this.#association.phase === 'waiting') return
    for (const channel of this.#unstarted) {
      this.#unstarted.delete(channel)
      if (this.#association.phase === 'over') this.#closeForGood(channel, this.#association.error)
      // W3C "create an RTCSctpTransport" and its connected procedure: an id beyond the streams that were agreed on.
      else if (channel.id === undefined || channel.id >= this.#association.streams)
        this.#closeForGood(channel, noIdError())
      else this.#start(now, channel, channel.id, this.#association.transport)
    }
  }

  #start(now: Millis, channel: Channel, id: number, transport: ChannelTransport): void {
    channel.started = true
    transport.setStreamPriority(id, priorityToWire(channel.parameters.priority))
    if (!channel.negotiated) {
      this.#early.discard(id) // an id of ours: what came on it cannot be meant for a channel that nobody has seen yet
      this.#sendControl(now, channel, writeDataChannelOpen(channel.parameters))
    }
    this.#events.push({ type: 'open', handle: channel.handle, id })
    if (channel.negotiated) this.#replay(now, id)
  }

  /** RFC 8832 §6: DCEP messages are sent reliably and ordered, whatever the channel is like. */
  #sendControl(now: Millis, channel: Channel, data: Uint8Array): void {
    if (this.#association.phase !== 'connected') return
    channel.ledger.queue(data.length, false)
    this.#association.transport.send(now, { streamId: channel.id!, ppid: PPID_DCEP, data, ordered: true })
  }

  #beginReset(now: Millis, channel: Channel): void {
    if (channel.closing.phase === 'open') this.#resetsDue.add(channel.id!)
    channel.closing.close()
    this.#advance(now, channel)
  }

  /** Takes the closing procedure as far as it goes by itself. */
  #advance(now: Millis, channel: Channel): void {
    const { closing } = channel
    if (this.#association.phase !== 'connected') return
    this.#patience.renew(now, channel)
    if (closing.phase !== 'closed') return
    this.#forget(channel, undefined)
    if (closing.idIsFree) return this.#releaseId(now, channel.id!, channel.successorLost)
    this.#streams.delete(channel.id!)
    this.#early.discard(channel.id!)
    this.#remains.addSpent(channel.id!, closing.ourSideDone)
  }

  #closeForGood(channel: Channel, error: ProtocolError | undefined): void {
    this.#unstarted.delete(channel)
    this.#forget(channel, error)
    if (channel.id === undefined) return
    this.#streams.delete(channel.id)
    this.#ids.release(channel.id)
  }

  #forgetStreams(): void {
    this.#streams.clear()
    this.#remains.clear()
    this.#resetsDue.clear()
    this.#patience.clear()
    this.#early.clear()
    this.#peerTextBytes = 0
  }

  /** Tells the application that the channel is closed, once. */
  #forget(channel: Channel, error: ProtocolError | undefined): void {
    if (!this.#channels.delete(channel.handle)) return
    this.#peerTextBytes -= channel.peerTextBytes
    channel.dropParts()
    this.#tellClosed(channel, error)
  }

  #tellClosed(channel: Channel, error: ProtocolError | undefined): void {
    this.#events.push({ type: 'closed', handle: channel.handle, ...(error === undefined ? {} : { error }) })
  }

  /** Both directions are reset: the id is anybody's, perhaps already somebody's. */
  #releaseId(now: Millis, id: number, isSuccessorLost: boolean): void {
    this.#streams.delete(id)
    this.#ids.release(id)
    if (isSuccessorLost) this.#refuse(id)
    this.#replay(now, id)
  }

  // -- what the peer does --------------------------------------------------------------------------------------------

  /** RFC 6525 §4.1: an empty list names all streams, of which those that nothing is known of have nothing to reset. */
  #named(streamIds: readonly number[]): Iterable<number> {
    if (streamIds.length > 0) return streamIds
    return new Set([...this.#streams.keys(), ...this.#early.streamIds, ...this.#remains.unleft()])
  }

  /** Gives a message or reset to whom it belongs, or keeps it until that one is there. */
  #arrived(now: Millis, id: number, arrival: EarlyArrival): void {
    const channel = this.#streams.get(id)
    if (channel?.awaitsSuccessor === true || this.#remains.awaitsSuccessor(id)) this.#hold(id, arrival)
    else if (channel !== undefined) this.#arrivedFor(now, channel, arrival)
    else if (this.#remains.has(id)) this.#arrivedOnRemains(now, id, arrival)
    // The peer closed a negotiated channel that was never opened here: it waits for our side all the same.
    else if (arrival.type === 'reset') this.#reset(id, true)
    else if (arrival.ppid === PPID_DCEP) this.#controlOnUnusedStream(now, id, arrival.data)
    else this.#hold(id, arrival)
  }

  #hold(id: number, arrival: EarlyArrival): void {
    const predecessor = this.#streams.get(id)
    const isLost = predecessor?.successorLost ?? this.#remains.isSuccessorLost(id)
    if (!isLost && this.#early.hold(id, arrival)) return
    this.#count('earlyArrivalsDropped')
    this.#early.discard(id)
    if (predecessor !== undefined) predecessor.successorLost = true
    else if (this.#remains.has(id)) this.#remains.loseSuccessor(id)
    else this.#refuse(id)
  }

  /** Processes what was held for `id` as if it came now: some of it may be held again. */
  #replay(now: Millis, id: number): void {
    for (const arrival of this.#early.takeAll(id)) this.#arrived(now, id, arrival)
  }

  #arrivedFor(now: Millis, channel: Channel, arrival: EarlyArrival): void {
    if (arrival.type === 'reset') return this.#peerReset(now, channel)
    if (this.#patience.has(channel)) this.#advance(now, channel) // it is still sending: be patient anew
    if (arrival.ppid === PPID_DCEP) return this.#controlFor(channel, arrival.data)
    channel.known = true
    // W3C: a channel that its application closed shows nothing any more; the peer learns of it by our reset.
    if (channel.closing.phase !== 'open') return
    const { handle } = channel
    const kind = channel.kindOfWhole(arrival.ppid)
    if (kind !== undefined) return this.#events.push({ type: 'message', handle, kind, data: arrival.data })
    const message = channel.assemble(arrival.ppid, arrival.data)
    if (message === undefined) this.#count('messagesDropped')
    else if (message !== 'part') this.#events.push({ type: 'message', handle, kind: message.kind, data: message.data })
  }

  #controlFor(channel: Channel, data: Uint8Array): void {
    if (parseDataChannelAck(data) !== undefined) channel.known = true
    else this.#count('openOnBusyStream') // a second OPEN, or none at all: the channel that has the stream stays unharmed
  }

  #controlOnUnusedStream(now: Millis, id: number, data: Uint8Array): void {
    const parameters = parseDataChannelOpen(data)
    if (parameters !== undefined && this.#ids.isPeers(id) && id < this.#idLimit) this.#accept(now, id, parameters)
    else if (parseDataChannelAck(data) !== undefined) this.#count('ackOnUnusedStream')
    else this.#refuse(id)
  }

  #accept(now: Millis, id: number, parameters: ChannelParameters): void {
    const textBytes = textBytesOf(parameters)
    if (textBytes === undefined || this.#peerTextBytes + textBytes > MAX_PEER_TEXT_BYTES) return this.#refuse(id)
    const channel = this.#create(parameters, false)
    this.#claim(channel, id)
    channel.started = true
    channel.known = true
    channel.peerTextBytes = textBytes
    this.#peerTextBytes += textBytes
    if (this.#association.phase === 'connected')
      this.#association.transport.setStreamPriority(id, priorityToWire(parameters.priority))
    this.#sendControl(now, channel, writeDataChannelAck())
    this.#events.push({ type: 'channel', handle: channel.handle, id, parameters })
    this.#replay(now, id)
  }

  /** RFC 8832 §6: a channel that cannot be is closed as any other, without an ACK, and nobody here hears of it. */
  #refuse(id: number): void {
    this.#count('channelsRefused')
    this.#reset(id, false)
  }

  #reset(id: number, peerIsDone: boolean): void {
    this.#early.discard(id)
    if (id < this.#idLimit) this.#remains.add(id, peerIsDone)
  }

  #arrivedOnRemains(now: Millis, id: number, { type }: EarlyArrival): void {
    if (type === 'message') this.#count('messagesOnSpentStream')
    else if (this.#remains.peerReset(id)) this.#releaseId(now, id, this.#remains.free(id))
  }

  #peerReset(now: Millis, channel: Channel): void {
    channel.closing.peerReset()
    // W3C "closing procedure": it goes on when the application was told, with what that has sent until then.
    if (channel.closing.phase !== 'open') this.#advance(now, channel)
    else this.#events.push({ type: 'closing', handle: channel.handle })
  }

  #resetAnswered(now: Millis, id: number, wasPerformed: boolean): void {
    const channel = this.#streams.get(id)
    if (channel === undefined) {
      if (this.#remains.answered(id, wasPerformed)) this.#releaseId(now, id, this.#remains.free(id))
      return
    }
    if (wasPerformed) channel.closing.ourResetDone()
    else channel.closing.giveUp()
    this.#advance(now, channel)
  }

  #sent(id: number, bytes: number): void {
    const channel = this.#streams.get(id)
    if (channel === undefined) return
    const counted = channel.ledger.sent(bytes)
    if (counted > 0) this.#events.push({ type: 'sent', handle: channel.handle, bytes: counted })
  }

  #count(reason: string): void {
    this.#counters[reason] = (this.#counters[reason] ?? 0) + 1
  }
}
