import { createSocket } from 'node:dgram'
import type { Socket } from 'node:dgram'
import { networkInterfaces } from 'node:os'
import type { MulticastDNS, QueryPacket, ResponsePacket } from 'multicast-dns'
import type { PublishedName } from './io.js'
import { PublishedNames, type SendRecords } from './published-names.js'

/** RFC 6762 §3. */
const MDNS_PORT = 5353
/** After the first query; RFC 6762 §5.2 wants a second between the first two, and twice as much after that. */
const REPEAT_AFTER_MILLIS = 1000
const TIMEOUT_MILLIS = 3000
/** In the whole process; what is above is answered with nothing, as an unknown name is. */
const MAX_LOOKUPS = 256
const MAX_ADDRESSES = 8
const MAX_INTERFACES = 16

/**
 * One label under `local`, such as the random names that browsers give to host candidates. Names with more labels are
 * ordinary ones, which a company may well have under its `local` domain.
 */
const MULTICAST_NAME = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.local$/i

export function isMulticastName(name: string): boolean {
  return MULTICAST_NAME.test(name)
}

export interface MulticastResolverOptions {
  /** Asks and listens there alone; on every IPv4 interface by default. */
  readonly interfaceAddress?: string
  readonly port?: number
  readonly timeoutMillis?: number
  readonly repeatAfterMillis?: number
}

interface Lookup {
  readonly name: string
  readonly found: (addresses: readonly string[]) => void
}

/**
 * Resolves names by multicast DNS (RFC 6762), and answers for some: over one socket that is there while lookups or names of ours
 * are, for all that share the resolver. Both kinds of addresses are asked for over IPv4, where every responder listens.
 */
export class MulticastResolver {
  readonly #options: MulticastResolverOptions
  readonly #lookups = new Set<Lookup>()
  readonly #published = new PublishedNames((records, interfaceAddress) => this.#respond(records, interfaceAddress))
  #socket: Promise<MulticastDNS | undefined> | undefined
  #released: Promise<void> = Promise.resolve()

  constructor(options: MulticastResolverOptions = {}) {
    this.#options = options
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
    void this.#opened()
    return { close: () => (closed ??= withdraw().then(() => this.#releaseIfIdle())) }
  }

  async #releaseIfIdle(): Promise<void> {
    if (this.#lookups.size === 0 && this.#published.size === 0) this.#release()
    await this.#released
  }

  /** The socket; `undefined` when it cannot be had: as good as nobody there. */
  #opened(): Promise<MulticastDNS | undefined> {
    this.#socket ??= this.#released.then(() => this.#open()).catch(() => undefined)
    return this.#socket
  }

  readonly #respond: SendRecords = async (records, interfaceAddress) => {
    const socket = await this.#opened()
    if (socket === undefined) return
    await sayOn(socket, [interfaceAddress], (said) => socket.respond({ answers: records }, () => said()))
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
    const socket = await this.#opened()
    if (socket === undefined) lookup.found([])
    else if (this.#lookups.has(lookup)) await this.#query(socket, lookup.name)
  }

  #query(socket: MulticastDNS, name: string): Promise<void> {
    const questions = [
      { name, type: 'A' as const },
      { name, type: 'AAAA' as const },
    ]
    return sayOn(socket, this.#interfaceAddresses(), (said) => socket.query({ questions }, () => said()))
  }

  /** `undefined` when the port cannot be had. */
  async #open(): Promise<MulticastDNS | undefined> {
    const { default: multicastDns } = await import('multicast-dns')
    const { interfaceAddress, port = MDNS_PORT } = this.#options
    const socket = createSocket({ type: 'udp4', reuseAddr: true })
    const where = interfaceAddress === undefined ? {} : { interface: interfaceAddress }
    const mdns = multicastDns({ socket, port, bind: '0.0.0.0', ...where })
    SOCKETS.set(mdns, socket)
    mdns.on('response', (response: ResponsePacket) => this.#onResponse(response))
    mdns.on('query', ({ questions }: QueryPacket) => this.#published.asked(questions ?? []))
    return new Promise((resolve) => {
      mdns.on('error', () => {
        resolve(undefined)
        mdns.destroy()
      })
      mdns.once('ready', () => resolve(mdns))
    })
  }

  /** Nobody waits any more: the socket goes. It is destroyed when it is bound, not before: it would come back. */
  #release(): void {
    const opened = this.#socket
    if (opened === undefined) return
    this.#socket = undefined
    this.#released = opened.then(async (mdns) => {
      if (mdns !== undefined) await new Promise<void>((resolve) => mdns.destroy(resolve))
    })
  }

  #onResponse(response: ResponsePacket): void {
    const records = [...(response.answers ?? []), ...(response.additionals ?? [])]
    for (const lookup of this.#lookups) {
      const addresses = records.flatMap((record) => {
        const isAddress = record.type === 'A' || record.type === 'AAAA'
        return isAddress && record.name.toLowerCase() === lookup.name ? [record.data] : []
      })
      // Link-local IPv6 is of no use without the zone, which the answer cannot tell.
      const usable = addresses.filter((address) => !/^fe[89ab]/i.test(address))
      if (usable.length > 0) lookup.found([...new Set(usable)].slice(0, MAX_ADDRESSES))
    }
  }

  #interfaceAddresses(): readonly string[] {
    if (this.#options.interfaceAddress !== undefined) return [this.#options.interfaceAddress]
    const all = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? [])
    return all
      .filter(({ family }) => family === 'IPv4')
      .map(({ address }) => address)
      .slice(0, MAX_INTERFACES)
  }
}

/** multicast-dns sends over one interface; the socket below it can be told which, before every datagram. */
const SOCKETS = new WeakMap<MulticastDNS, Socket>()

/** Says it on each of these interfaces. */
async function sayOn(
  mdns: MulticastDNS,
  interfaceAddresses: readonly string[],
  say: (said: () => void) => void,
): Promise<void> {
  for (const address of interfaceAddresses) {
    try {
      SOCKETS.get(mdns)?.setMulticastInterface(address)
    } catch {
      continue // the interface went, or the socket did while we were at the one before
    }
    // A datagram that could not be sent is like one that was lost: queries are repeated.
    await new Promise<void>((resolve) => say(resolve))
  }
}
