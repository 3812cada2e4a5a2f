import type { PublishedName } from './io.js'
import { multicastInterfaces } from './multicast-interfaces.js'
import type { IpFamily, MulticastInterface } from './multicast-interfaces.js'
import { MulticastSocket } from './multicast-socket.js'
import type { MulticastListener, MulticastMessage, Records } from './multicast-socket.js'
import { PublishedNames } from './published-names.js'

/** RFC 6762 §3. */
const MDNS_PORT = 5353
/** After the first query; RFC 6762 §5.2 wants a second between the first two, and twice as much after that. */
const REPEAT_AFTER_MILLIS = 1000
const TIMEOUT_MILLIS = 3000
/** In the whole process; what is above is answered with nothing, as an unknown name is. */
const MAX_LOOKUPS = 256
const MAX_ADDRESSES = 8

/**
 * One label under `local`, such as the random names that browsers give to host candidates. Names with more labels are
 * ordinary ones, which a company may well have under its `local` domain.
 */
const MULTICAST_NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.local$/i

export function isMulticastName(name: string): boolean {
  return MULTICAST_NAME.test(name)
}

export interface MulticastResolverOptions {
  /** Asks and listens there alone; on every interface by default. */
  readonly interfaces?: () => readonly MulticastInterface[]
  readonly port?: number
  readonly timeoutMillis?: number
  readonly repeatAfterMillis?: number
}

interface Lookup {
  readonly name: string
  readonly found: (addresses: readonly string[]) => void
}

/**
 * Resolves names by multicast DNS (RFC 6762), and answers for some: over one socket for each family of addresses, which are there while
 * lookups or names of ours are, for all that share the resolver. The families are as two links (§20): a host may be on either alone, so
 * that both kinds of addresses are asked for over both.
 */
export class MulticastResolver {
  readonly #options: MulticastResolverOptions
  readonly #interfaces: () => readonly MulticastInterface[]
  readonly #lookups = new Set<Lookup>()
  readonly #published = new PublishedNames((answers, where) => this.#say(where, { answers }))
  #sockets: Promise<readonly MulticastSocket[]> | undefined
  #released: Promise<void> = Promise.resolve()

  constructor(options: MulticastResolverOptions = {}) {
    this.#options = options
    this.#interfaces = options.interfaces ?? multicastInterfaces
  }

  get pending(): number {
    return this.#lookups.size
  }

  /** Addresses of a name; empty when nobody answers in time, on abort, and for what is no name of this kind. */
  async resolve(name: string, signal: AbortSignal): Promise<readonly string[]> {
    if (!isMulticastName(name) || signal.aborted || this.#lookups.size >= MAX_LOOKUPS) return []
    const { addresses, stop } = this.#begin(name.toLowerCase(), signal)
    const found = await addresses
    stop()
    await this.#releaseIfIdle()
    return found
  }

  /** Answers for the name from now on. Of the address are told those that ask where it is an address of ours. */
  publish(name: string, address: string): PublishedName {
    const withdraw = this.#published.add(name, address)
    let closed: Promise<void> | undefined
    void this.#listening()
    return { close: () => (closed ??= withdraw().then(() => this.#releaseIfIdle())) }
  }

  async #releaseIfIdle(): Promise<void> {
    if (this.#lookups.size === 0 && this.#published.size === 0) this.#release()
    await this.#released
  }

  /** The sockets that can be had: without any it is as good as nobody there. They listen on the interfaces of now. */
  async #listening(): Promise<readonly MulticastSocket[]> {
    this.#sockets ??= this.#released.then(() => this.#open())
    const sockets = await this.#sockets
    const present = this.#interfaces()
    for (const socket of sockets) socket.join(present)
    return sockets
  }

  async #say(where: readonly MulticastInterface[], message: MulticastMessage): Promise<void> {
    const sockets = await this.#listening()
    const said = where.flatMap(({ family, id }) =>
      sockets.filter((one) => one.family === family).map((one) => one.say(id, message)),
    )
    await Promise.all(said)
  }

  #begin(name: string, signal: AbortSignal): { addresses: Promise<readonly string[]>; stop: () => void } {
    const { timeoutMillis = TIMEOUT_MILLIS, repeatAfterMillis = REPEAT_AFTER_MILLIS } = this.#options
    let lookup: Lookup | undefined
    const addresses = new Promise<readonly string[]>((resolve) => (lookup = { name, found: resolve }))
    const begun = lookup! // promise executors run at once
    const giveUp = (): void => begun.found([])
    this.#lookups.add(begun)
    signal.addEventListener('abort', giveUp)
    const ask = (): void => void this.#ask(begun)
    const timers = [setTimeout(ask, repeatAfterMillis), setTimeout(giveUp, timeoutMillis)]
    ask()
    const stop = (): void => {
      this.#lookups.delete(begun)
      signal.removeEventListener('abort', giveUp)
      timers.forEach((timer) => clearTimeout(timer))
    }
    return { addresses, stop }
  }

  async #ask(lookup: Lookup): Promise<void> {
    const sockets = await this.#listening()
    if (sockets.length === 0) lookup.found([])
    if (sockets.length === 0 || !this.#lookups.has(lookup)) return
    const { name } = lookup
    const questions = [
      { name, type: 'A' as const },
      { name, type: 'AAAA' as const },
    ]
    await this.#say(this.#interfaces(), { questions })
  }

  /** Where one family cannot be had, the other one is not the worse for it. */
  async #open(): Promise<readonly MulticastSocket[]> {
    const listener: MulticastListener = {
      questions: (questions, family) => this.#published.asked(questions, family),
      records: (records) => this.#onRecords(records),
    }
    const families: readonly IpFamily[] = ['IPv4', 'IPv6']
    const port = this.#options.port ?? MDNS_PORT
    const opened = await Promise.allSettled(families.map((family) => MulticastSocket.open(family, port, listener)))
    return opened.flatMap((one) => (one.status === 'fulfilled' ? (one.value ?? []) : []))
  }

  /** Nobody waits any more: the sockets go. They are closed when they are bound, not before: they would come back. */
  #release(): void {
    const opened = this.#sockets
    if (opened === undefined) return
    this.#sockets = undefined
    this.#released = opened.then(async (sockets) => {
      await Promise.all(sockets.map((socket) => socket.close()))
    })
  }

  #onRecords(records: Records): void {
    if (this.#lookups.size === 0) return
    const found = new Map<string, Set<string>>()
    for (const record of records) {
      // Link-local IPv6 is of no use without the zone, which the answer cannot tell.
      if ((record.type !== 'A' && record.type !== 'AAAA') || /^fe[89ab]/i.test(record.data)) continue
      const name = record.name.toLowerCase()
      const addresses = found.get(name)
      if (addresses === undefined) found.set(name, new Set([record.data]))
      else addresses.add(record.data)
    }
    for (const lookup of this.#lookups) {
      const addresses = found.get(lookup.name)
      if (addresses !== undefined) lookup.found([...addresses].slice(0, MAX_ADDRESSES))
    }
  }
}
