/** One process of a pair: carries out commands on an implementation, and talks to the agent of the other process. */
import { busy } from './busy.js'
import { End } from './end.js'
import type { OpenChannel } from './end.js'
import { Flood } from './flood.js'
import { ping } from './ping.js'
import type {
  Arguments,
  ChannelPlan,
  Command,
  CommandName,
  Detour,
  LoopDelay,
  Note,
  Result,
  Usage,
} from './protocol.js'
import type { ByteStreams, Stack } from './stack.js'
import { readBlocks, writeBlocks } from './stream-ends.js'
import { within } from './within.js'

/** What differs between a process of Node and a page of a browser. */
export interface Surroundings {
  usage(collectGarbage: boolean): Usage
  /** Runs a callback in a task of its own, soon. */
  later(callback: () => void): void
  /** Watches the event loop until the returned function is called. */
  watchLoop?(): () => LoopDelay
}

const LIMIT_MILLIS = 10_000
const LABEL = 'data'
const GONE = ['disconnected', 'failed', 'closed']

type Handlers = { readonly [K in CommandName]: (given: Arguments<K>) => Promise<Result<K>> }

export class Agent {
  readonly #stack: Stack
  readonly #surroundings: Surroundings
  readonly #tell: (note: Note) => void
  readonly #ends = new Map<string, End>()
  readonly #waiting = new Map<string, () => void>()

  constructor(stack: Stack, surroundings: Surroundings, tell: (note: Note) => void) {
    this.#stack = stack
    this.#surroundings = surroundings
    this.#tell = tell
  }

  async run({ name, arguments: given }: Command): Promise<unknown> {
    const handler = this.#handlers[name] as (given: unknown) => Promise<unknown>
    return await handler(given)
  }

  /** From the other agent. */
  receive(note: Note): void {
    const { id } = note
    switch (note.type) {
      case 'description':
        if (note.description.type === 'offer') this.#make(id, false, note.detour)
        this.#ends.get(id)?.receive(note)
        break
      case 'candidate':
        this.#ends.get(id)?.receive(note)
        break
      case 'failed':
        this.#ends.get(id)?.failed(note.reason)
        break
      case 'state':
        if (GONE.includes(note.state)) this.#settle(`gone ${id}`)
        break
      case 'close':
        this.#drop(id)
        this.#tell({ type: 'closed', id })
        break
      case 'closed':
        this.#settle(`closed ${id}`)
    }
  }

  readonly #handlers: Handlers = {
    connect: async ({ id, channels, detour }) => {
      await this.#connect(id, channels, detour)
      return null
    },
    connectMany: async (given) => await this.#connectMany(given),
    closeAndHear: async ({ id, limitMillis }) => ({ millis: await this.#closeAndHear(id, limitMillis) }),
    close: async ({ id }) => {
      await this.#closeBoth(id)
      return null
    },
    receive: async ({ id, label, how }) => {
      const open = await this.#channel(id, label)
      open.messages = 0
      open.bytes = 0
      open.listener = how === 'echo' ? (data) => open.channel.send(data) : undefined
      return null
    },
    count: async ({ id, label }) => {
      const { messages, bytes } = await this.#channel(id, label)
      return { messages, bytes, atMillis: performance.now() }
    },
    usage: async ({ collectGarbage }) => this.#surroundings.usage(collectGarbage),
    flood: async ({ id, label, messageBytes, highWaterBytes }) => {
      const open = await this.#channel(id, label)
      open.flood = new Flood(open.channel, { messageBytes, highWaterBytes }, this.#surroundings.later)
      return null
    },
    stopFlood: async ({ id, label }) => {
      const { flood } = await this.#channel(id, label)
      flood?.stop()
      return null
    },
    ping: async ({ id, label, ...plan }) => ({ eachMicros: await ping(await this.#channel(id, label), plan) }),
    writeStream: async ({ id, label, blocks }) => await writeBlocks(await this.#streams(id, label), blocks, this.#rss),
    readStream: async ({ id, label }) => await readBlocks(await this.#streams(id, label), this.#rss),
    busy: async ({ prefix, ...plan }) => {
      const chosen = [...this.#ends].filter(([id]) => id.startsWith(prefix))
      const channels = chosen.flatMap(([, end]) => end.channels.slice(0, 1))
      return await busy(channels, plan, this.#surroundings.watchLoop)
    },
  }

  async #channel(id: string, label: string): Promise<OpenChannel> {
    const end = this.#ends.get(id)
    if (end === undefined) throw new Error(`no connection ${id}`)
    return await within(LIMIT_MILLIS, `no channel ${label}`, end.channel(label))
  }

  async #streams(id: string, label: string): Promise<ByteStreams> {
    const { channel } = await this.#channel(id, label)
    if (channel.streams === undefined) throw new Error('it has no streams')
    return channel.streams()
  }

  readonly #rss = (): number => this.#surroundings.usage(false).rssBytes

  #make(id: string, offers: boolean, detour: Detour | undefined): End {
    const end = new End(this.#stack, { id, offers, detour, tell: this.#tell })
    this.#ends.set(id, end)
    return end
  }

  async #connect(id: string, plans: readonly ChannelPlan[], detour?: Detour): Promise<void> {
    await within(LIMIT_MILLIS, 'not connected', this.#make(id, true, detour).open(plans))
  }

  async #connectMany(given: Arguments<'connectMany'>): Promise<Result<'connectMany'>> {
    const { prefix, count, atOnce, keep, limitMillis } = given
    const eachMillis: number[] = []
    const failures: string[] = []
    const begun = performance.now()
    let next = 0
    const one = async (id: string): Promise<void> => {
      const at = performance.now()
      try {
        await this.#connect(id, [{ label: LABEL, ordered: true }])
        eachMillis.push(performance.now() - at)
        if (!keep) await this.#closeBoth(id)
      } catch (error) {
        failures.push(error instanceof Error ? error.message : String(error))
        this.#drop(id)
        this.#tell({ type: 'close', id })
      }
    }
    const line = async (): Promise<void> => {
      while (next < count && performance.now() - begun < limitMillis) await one(`${prefix}${next++}`)
    }
    await Promise.all(Array.from({ length: atOnce }, line))
    return { millis: performance.now() - begun, eachMillis, failures }
  }

  #drop(id: string): void {
    this.#ends.get(id)?.close()
    this.#ends.delete(id)
  }

  async #closeBoth(id: string): Promise<void> {
    const closed = this.#wait(`closed ${id}`)
    this.#drop(id)
    this.#tell({ type: 'close', id })
    await within(LIMIT_MILLIS, 'the other side not closed', closed)
  }

  /** Milliseconds, or null when the other side did not notice within the limit. */
  async #closeAndHear(id: string, limitMillis: number): Promise<number | null> {
    const begun = performance.now()
    const heard = this.#wait(`gone ${id}`).then(() => performance.now() - begun)
    this.#drop(id)
    let timer: ReturnType<typeof setTimeout> | undefined
    const late = new Promise<null>((resolve) => (timer = setTimeout(() => resolve(null), limitMillis)))
    const millis = await Promise.race([heard, late])
    clearTimeout(timer)
    this.#tell({ type: 'close', id })
    return millis
  }

  async #wait(what: string): Promise<void> {
    await new Promise<void>((resolve) => this.#waiting.set(what, resolve))
  }

  #settle(what: string): void {
    this.#waiting.get(what)?.()
    this.#waiting.delete(what)
  }
}
