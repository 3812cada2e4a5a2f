import { nodeCrypto } from '../crypto/index.js'
import type { TransportAddress } from '../ice/types.js'
import { NatBehaviorTest } from '../stun/nat-behavior.js'
import type { NatAnswer, NatFiltering, NatMapping, NatTestResult, NatTestSocket } from '../stun/nat-behavior.js'
import { addressesOf } from './gather.js'
import type { Io, IoTimer, UdpSocket } from './io.js'
import { NameLookups } from './name-lookups.js'
import type { ServerUrl } from './server-url.js'

/** Each has two sockets while the tests run. */
const MAX_LOCAL_ADDRESSES = 8

/** What a NAT, or a firewall, does to UDP that leaves from one address of this machine. */
export interface NatBehavior {
  /** The address of this machine that the tests were made from. */
  readonly localAddress: string
  /** The servers that answered, in the order in which they did; at least one. */
  readonly servers: readonly NatObservation[]
  /** Whether the servers see another address than the local one. */
  readonly isTranslated: boolean
  /**
   * What the public port of a local one depends on (RFC 4787 §4.1); with a dependent one, called symmetric, only a relay reaches
   * most other NATs. `endpoint-dependent`: one of the two dependent ones. Null: could not be told.
   */
  readonly mapping: NatMapping | null
  /** Whose datagrams come in through a public port (RFC 4787 §5). Null: could not be told, or no server has two addresses. */
  readonly filtering: NatFiltering | null
  /** Whether hosts behind the NAT reach one another by their public addresses. Null: not translated, or could not be told. */
  readonly hairpinning: boolean | null
}

/** What one server saw. */
export interface NatObservation {
  /** The server, as it was named. */
  readonly url: string
  /** Of the server. */
  readonly address: string
  /** Of the server: the one that was asked. */
  readonly port: number
  /** Where we are, as the server sees it. */
  readonly mappedAddress: string
  /** The port there. */
  readonly mappedPort: number
  /** Milliseconds from the first request to the answer. */
  readonly roundTripMillis: number
}

interface NamedAddress extends TransportAddress {
  readonly url: string
}

export interface NatDiscoveryOptions {
  readonly io: Io
  /** To be asked over UDP. */
  readonly urls: readonly ServerUrl[]
  readonly localAddress?: string | undefined
  readonly signal?: AbortSignal | undefined
}

/** Runs one test per local address that could reach a server; yields those that were answered. Empty on abort. */
export async function natBehaviors({ io, urls, localAddress, signal }: NatDiscoveryOptions): Promise<NatBehavior[]> {
  const lookups = new NameLookups(io)
  const abandon = (): void => void lookups.close()
  signal?.addEventListener('abort', abandon)
  try {
    if (signal?.aborted === true) return []
    const named = await Promise.all(urls.map((url) => namedAddresses(url, lookups)))
    const servers = named.flat()
    const locals = io.localAddresses({ includeLoopback: true }).map(({ address }) => address)
    const wanted = locals.filter((address) => localAddress === undefined || address === localAddress)
    const reaching = wanted.filter((address) => servers.some((server) => canReach(address, server.address)))
    const found = await Promise.all(
      reaching.slice(0, MAX_LOCAL_ADDRESSES).map((address) => behaviorAt(io, address, servers, signal)),
    )
    return found.filter((behavior) => behavior !== undefined)
  } finally {
    signal?.removeEventListener('abort', abandon)
    await lookups.close()
  }
}

async function namedAddresses(url: ServerUrl, lookups: NameLookups): Promise<NamedAddress[]> {
  return (await addressesOf(url, lookups)).map((address) => ({ ...address, url: url.url }))
}

async function behaviorAt(
  io: Io,
  localAddress: string,
  servers: readonly NamedAddress[],
  signal: AbortSignal | undefined,
): Promise<NatBehavior | undefined> {
  const asked = servers.filter(({ address }) => canReach(localAddress, address))
  const distinct = new Map(asked.map(({ address, port }) => [`${address} ${port}`, { address, port }]))
  const result = await new TestRun(io, localAddress, [...distinct.values()]).finished(signal)
  const [first] = result?.answers ?? []
  if (result === undefined || first === undefined) return undefined
  return {
    localAddress,
    servers: result.answers.flatMap((answer) => observations(answer, asked)),
    isTranslated: first.mapped.address !== localAddress,
    mapping: result.mapping ?? null,
    filtering: result.filtering ?? null,
    hairpinning: result.hairpinning ?? null,
  }
}

/** One for each URL that leads to the server. */
function observations(
  { server, mapped, roundTripMillis }: NatAnswer,
  asked: readonly NamedAddress[],
): NatObservation[] {
  const same = asked.filter(({ address, port }) => address === server.address && port === server.port)
  return same.map(({ url, address, port }) => {
    return { url, address, port, mappedAddress: mapped.address, mappedPort: mapped.port, roundTripMillis }
  })
}

/** One test with its two sockets and its timer, which are gone when it is over. */
class TestRun {
  readonly #io: Io
  readonly #localAddress: string
  readonly #servers: readonly TransportAddress[]
  readonly #sockets = new Map<NatTestSocket, UdpSocket>()
  #test: NatBehaviorTest | undefined
  #timer: IoTimer | undefined
  #tell: (result: NatTestResult | undefined) => void = () => {}

  constructor(io: Io, localAddress: string, servers: readonly TransportAddress[]) {
    this.#io = io
    this.#localAddress = localAddress
    this.#servers = servers
  }

  /** `undefined` on abort, or when there are no sockets. */
  async finished(signal: AbortSignal | undefined): Promise<NatTestResult | undefined> {
    const told = new Promise<NatTestResult | undefined>((resolve) => (this.#tell = resolve))
    const stop = (): void => this.#tell(undefined)
    signal?.addEventListener('abort', stop)
    try {
      if (await this.#begin()) this.#drain()
      else stop()
      if (signal?.aborted === true) stop()
      return await told
    } finally {
      signal?.removeEventListener('abort', stop)
      this.#test = undefined
      this.#timer?.arm(Infinity)
      await Promise.all([...this.#sockets.values()].map((socket) => socket.close()))
    }
  }

  /** False when a socket does not bind. */
  async #begin(): Promise<boolean> {
    for (const name of ['mapping', 'filtering'] as const) {
      const bound = this.#io.bindUdp(this.#localAddress, undefined, (data, from) => this.#receive(name, from, data))
      const socket = await bound.catch(() => undefined) // the address went, or may not be used: nothing to be told of it
      if (socket === undefined) return false
      this.#sockets.set(name, socket)
    }
    const local = { mapping: this.#localOf('mapping'), filtering: this.#localOf('filtering') }
    this.#test = new NatBehaviorTest({ crypto: nodeCrypto, servers: this.#servers, local })
    this.#timer = this.#io.createTimer(() => {
      this.#test?.handleTimeout(this.#io.now())
      this.#drain()
    })
    return true
  }

  #localOf(name: NatTestSocket): TransportAddress {
    return this.#sockets.get(name)!.local
  }

  #receive(name: NatTestSocket, from: TransportAddress, data: Uint8Array): void {
    this.#test?.receive(this.#io.now(), name, from, data)
    this.#drain()
  }

  #drain(): void {
    const test = this.#test
    if (test === undefined) return
    const now = this.#io.now()
    for (let out = test.pollTransmit(now); out !== undefined; out = test.pollTransmit(now)) {
      this.#sockets.get(out.socket)?.send(out.data, out.to)
    }
    const event = test.pollEvent()
    if (event !== undefined) this.#tell(event.result)
    this.#timer?.arm(test.nextTimeout())
  }
}

function canReach(local: string, remote: string): boolean {
  return local.includes(':') === remote.includes(':') && isLoopback(local) === isLoopback(remote)
}

function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.')
}
