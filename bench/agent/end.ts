import { detouredCandidate, detouredDescription } from './detour.js'
import type { Flood } from './flood.js'
import type { ChannelPlan, Detour, Note } from './protocol.js'
import type { Candidate, Channel, Connection, Description, Stack } from './stack.js'

export interface OpenChannel {
  readonly channel: Channel
  messages: number
  bytes: number
  /** Hears each message besides the counters. */
  listener: ((data: Uint8Array) => void) | undefined
  flood: Flood | undefined
}

export interface EndOptions {
  readonly id: string
  /** The offerer's end, or the answerer's. */
  readonly offers: boolean
  readonly detour: Detour | undefined
  readonly tell: (note: Note) => void
}

/** One end of a connection, with its part of the signalling. */
export class End {
  readonly #connection: Connection
  readonly #options: EndOptions
  readonly #channels = new Map<string, OpenChannel>()
  readonly #expected = new Map<string, (open: OpenChannel) => void>()
  /** The order of signalling: a candidate waits for the description before it. */
  #ready: Promise<unknown> = Promise.resolve()
  /** Candidates that were there before the description that they belong to was told. */
  #early: Candidate[] | undefined = []
  /** With a detour one candidate is enough. */
  #hasTold = false
  #isClosed = false
  #fail: (error: Error) => void = () => {}

  constructor(stack: Stack, options: EndOptions) {
    this.#options = options
    const { id, tell } = options
    this.#connection = stack.connect({
      candidate: (candidate) => {
        if (this.#early === undefined) this.#tellCandidate(candidate)
        else this.#early.push(candidate)
      },
      state: (state) => tell({ type: 'state', id, state }),
      channel: (channel) => this.#adopt(channel),
    })
  }

  /** Channels by the order in which they came. */
  get channels(): readonly OpenChannel[] {
    return [...this.#channels.values()]
  }

  /** Offers, and settles when all channels are open. */
  async open(plans: readonly ChannelPlan[]): Promise<void> {
    const opened = plans.map(({ label, ordered }) => {
      const channel = this.#connection.open(label, { ordered })
      this.#adopt(channel)
      return channel.opened
    })
    const failed = new Promise<never>((_resolve, reject) => (this.#fail = reject))
    this.#then(async () => this.#describe(await this.#connection.offer()))
    await Promise.race([Promise.all(opened), failed])
  }

  /** A channel of this label, as soon as there is one. */
  async channel(label: string): Promise<OpenChannel> {
    return this.#channels.get(label) ?? (await new Promise((resolve) => this.#expected.set(label, resolve)))
  }

  receive(note: Extract<Note, { type: 'description' | 'candidate' }>): void {
    if (note.type === 'candidate') this.#then(async () => await this.#addCandidate(note.candidate))
    else if (note.description.type === 'answer') this.#then(async () => await this.#connection.accept(note.description))
    else this.#then(async () => this.#describe(await this.#connection.answer(note.description)))
  }

  close(): void {
    this.#isClosed = true
    for (const { flood } of this.#channels.values()) flood?.stop()
    this.#connection.close()
  }

  /** Of the offerer: opening it rejects with this reason, if it is not done. */
  failed(reason: string): void {
    this.#fail(new Error(reason))
  }

  /** What fails after the close is no failure. */
  #then(step: () => Promise<void>): void {
    this.#ready = this.#ready.then(step).catch((error: unknown) => {
      if (this.#isClosed) return
      const reason = error instanceof Error ? error.message : String(error)
      const { id, offers, tell } = this.#options
      if (offers) this.failed(reason)
      else tell({ type: 'failed', id, reason })
    })
  }

  #adopt(channel: Channel): void {
    const open: OpenChannel = { channel, messages: 0, bytes: 0, listener: undefined, flood: undefined }
    channel.onmessage = (data) => {
      open.messages++
      open.bytes += data.byteLength
      open.listener?.(data)
    }
    this.#channels.set(channel.label, open)
    this.#expected.get(channel.label)?.(open)
  }

  #describe(made: Description): void {
    const { id, detour, tell } = this.#options
    if (detour === undefined) tell({ type: 'description', id, description: made })
    else {
      const { description, hasCandidate } = detouredDescription(made, this.#detourPort(detour), this.#hasTold)
      this.#hasTold ||= hasCandidate
      tell({ type: 'description', id, description, detour })
    }
    const early = this.#early ?? []
    this.#early = undefined
    for (const candidate of early) this.#tellCandidate(candidate)
  }

  #tellCandidate(candidate: Candidate): void {
    const { id, detour, tell } = this.#options
    if (detour === undefined) {
      tell({ type: 'candidate', id, candidate })
      return
    }
    const shown = this.#hasTold ? undefined : detouredCandidate(candidate, this.#detourPort(detour))
    if (shown === undefined) return
    this.#hasTold = true
    tell({ type: 'candidate', id, candidate: shown })
  }

  /** Where the other side is to send to. */
  #detourPort({ offererSendsTo, answererSendsTo }: Detour): number {
    return this.#options.offers ? answererSendsTo : offererSendsTo
  }

  async #addCandidate(candidate: Candidate): Promise<void> {
    try {
      await this.#connection.addCandidate(candidate)
    } catch {
      // One that this implementation cannot use. Others follow; if not, nothing connects, and that is reported.
    }
  }
}
