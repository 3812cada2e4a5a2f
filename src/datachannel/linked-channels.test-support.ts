import type { SctpEvent, SctpMessage } from '../sctp/types.js'
import type { ChannelTransport } from './channel-transport.js'
import { DataChannels } from './data-channels.js'
import type { ChannelEvent, ChannelHandle, OpenChannel } from './types.js'

type Outgoing =
  { readonly type: 'message'; readonly message: SctpMessage } | { readonly type: 'reset'; readonly id: number }

/** As reliable and ordered as SCTP is within a stream, and as free between streams, data and answers: steps say when. */
export class FakeTransport implements ChannelTransport {
  /** Not on the wire yet, by stream, oldest first. */
  readonly queued = new Map<number, Outgoing[]>()
  readonly priorities = new Map<number, number>()
  readonly sent: SctpMessage[] = []
  readonly resetRequests: (readonly number[])[] = []
  readonly #resetting = new Set<number>()

  send(_now: number, message: SctpMessage): void {
    if (this.#resetting.has(message.streamId)) throw new Error(`stream ${message.streamId} is being reset`)
    this.sent.push(message)
    this.#queue(message.streamId, { type: 'message', message })
  }

  queuedBytes(id: number): number {
    let bytes = 0
    for (const item of this.queued.get(id) ?? []) if (item.type === 'message') bytes += item.message.data.length
    return bytes
  }

  resetStreams(_now: number, ids: readonly number[]): void {
    this.resetRequests.push(ids)
    for (const id of ids) {
      if (this.#resetting.has(id)) throw new Error(`stream ${id} is being reset already`)
      this.#resetting.add(id)
      this.#queue(id, { type: 'reset', id })
    }
  }

  setStreamPriority(id: number, priority: number): void {
    this.priorities.set(id, priority)
  }

  resetAnswered(id: number): void {
    this.#resetting.delete(id)
  }

  #queue(id: number, item: Outgoing): void {
    const items = this.queued.get(id)
    if (items === undefined) this.queued.set(id, [item])
    else items.push(item)
  }
}

/** What the channels have to tell, messages that came together one by one. */
export function* eventsOf(channels: DataChannels): Generator<ChannelEvent> {
  for (let event = channels.pollEvent(); event !== undefined; event = channels.pollEvent()) {
    if (event.type !== 'messages') {
      yield event
      continue
    }
    const { handle, kind, run } = event
    for (let data = run.take(); data !== undefined; data = run.take()) yield { type: 'message', handle, kind, data }
  }
}

/** One end: channels, their association, and what the application saw. */
export class FakeEnd {
  readonly transport = new FakeTransport()
  readonly channels: DataChannels
  readonly events: ChannelEvent[] = []
  /** Answers of the peer to our resets, on their way. */
  readonly answers: number[] = []
  now = 0

  constructor(role: 'client' | 'server') {
    this.channels = new DataChannels({ maxMessageSizeBytes: 65_536 })
    this.channels.setDtlsRole(role)
    this.channels.attach(this.transport)
  }

  open(parameters: Partial<OpenChannel> = {}): ChannelHandle {
    const handle = this.channels.open({ ...DEFAULTS, ...parameters })
    if (handle === undefined) throw new Error('no channel')
    this.settle()
    return handle
  }

  send(handle: ChannelHandle, text: string): void {
    this.channels.send(this.now, handle, 'text', Buffer.from(text))
  }

  close(handle: ChannelHandle): void {
    this.channels.close(this.now, handle)
    this.settle()
  }

  handle(event: SctpEvent): void {
    if (event.type === 'outgoingReset') for (const id of event.streamIds) this.transport.resetAnswered(id)
    this.channels.handleSctpEvent(this.now, event)
    this.settle()
  }

  connected(streams = 65_535): void {
    this.handle({ type: 'connected', outgoingStreams: streams, incomingStreams: streams })
  }

  settle(): void {
    this.channels.flush(this.now)
    for (const event of eventsOf(this.channels)) {
      this.events.push(event)
      if (event.type === 'closing') this.channels.close(this.now, event.handle)
    }
    this.channels.flush(this.now)
  }

  /** What the application saw of one channel, in short. */
  seen(handle: ChannelHandle): string[] {
    return this.events
      .filter((event) => event.handle === handle && event.type !== 'sent')
      .map((event) => (event.type === 'message' ? `message ${Buffer.from(event.data).toString()}` : event.type))
  }

  /** The channels that the peer opened. */
  get announced(): Extract<ChannelEvent, { type: 'channel' }>[] {
    return this.events.filter((event) => event.type === 'channel')
  }
}

export const DEFAULTS: OpenChannel = { label: '', protocol: '', ordered: true, priority: 'low', negotiated: false }

export class LinkedEnds {
  readonly client = new FakeEnd('client')
  readonly server = new FakeEnd('server')

  constructor() {
    this.client.connected()
    this.server.connected()
  }

  /** Brings the oldest item of one stream across. */
  carry(from: FakeEnd, id: number): void {
    const to = this.#other(from)
    const items = from.transport.queued.get(id)
    const item = items?.shift()
    if (items?.length === 0) from.transport.queued.delete(id)
    if (item === undefined) return
    if (item.type === 'reset') {
      from.answers.push(item.id)
      to.handle({ type: 'incomingReset', streamIds: [item.id] })
      return
    }
    const { streamId, ppid, data } = item.message
    from.handle({ type: 'sent', streamId, bytes: data.length })
    to.handle({ type: 'message', streamId, ppid, data })
  }

  /** Brings the peer's answer to the oldest of our resets back. */
  answer(to: FakeEnd): void {
    const id = to.answers.shift()
    if (id === undefined) return
    to.handle({ type: 'outgoingReset', streamIds: [id] })
  }

  /** Until nothing is under way. */
  run(): void {
    for (let steps = 0; ; steps++) {
      if (steps > 1_000_000) throw new Error('never quiet')
      const before = this.#inFlight
      for (const end of [this.client, this.server]) {
        for (const id of [...end.transport.queued.keys()]) this.carry(end, id)
        this.answer(end)
      }
      if (before === 0 && this.#inFlight === 0) return
    }
  }

  get #inFlight(): number {
    const { client, server } = this
    return client.transport.queued.size + server.transport.queued.size + client.answers.length + server.answers.length
  }

  #other(end: FakeEnd): FakeEnd {
    return end === this.client ? this.server : this.client
  }
}
