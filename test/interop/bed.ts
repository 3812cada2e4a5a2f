/** What the suites share: two launched hosts per file, replaced when one crashed, and pairs with open channels. */
import { afterAll, beforeAll } from 'vitest'
import type { AgentEvent } from './agent-protocol.js'
import { createPair, negotiate } from './negotiate.js'
import type { Creations, Negotiation, Pair, Role } from './negotiate.js'
import { launchSubject } from './peers.js'
import type { Peer } from './peers.js'
import type { Host, RemotePeer } from './remote-peer.js'
import type { ChannelOptions } from './w3c-subset.js'

/** The bound: what one side closes, the other sees within a second. */
export const CLOSE_BOUND_MILLIS = 1_000

export interface OpenChannels extends Partial<Negotiation> {
  readonly channels?: Readonly<Record<string, ChannelOptions>>
  readonly made?: Creations
}

/** A browser takes a while to start on a loaded machine. */
const LAUNCH_MILLIS = 60_000

export class Bed {
  readonly #peer: Peer
  #ours: Host | undefined
  #theirs: Host | undefined
  #pairs: Pair[] = []

  constructor(peer: Peer) {
    this.#peer = peer
  }

  /** To be called in a describe: both hosts start before its tests and end after them. */
  install(): void {
    beforeAll(async () => await this.#launch(), LAUNCH_MILLIS)
    afterAll(async () => {
      await this.closeConnections()
      await this.#ours?.dispose()
      await this.#theirs?.dispose()
    }, LAUNCH_MILLIS)
  }

  async #launch(): Promise<void> {
    if (this.#ours === undefined || this.#ours.gone !== undefined) this.#ours = await launchSubject()
    if (this.#theirs === undefined || this.#theirs.gone !== undefined) this.#theirs = await this.#peer.launch()
  }

  async pair(ourRole: Role, made?: Creations): Promise<Pair> {
    await this.#launch()
    const pair = await createPair(this.#ours!, this.#theirs!, ourRole, made)
    this.#pairs.push(pair)
    return pair
  }

  /** A pair whose offerer created these channels in band, open on both sides. */
  async openPair(ourRole: Role, { channels = { chat: {} }, made, ...negotiation }: OpenChannels = {}): Promise<Pair> {
    const pair = await this.pair(ourRole, made)
    for (const [label, options] of Object.entries(channels)) await pair.offerer.createChannel(label, options)
    await negotiate(pair, { trickle: true, ...negotiation })
    for (const label of Object.keys(channels)) await opened(pair, label)
    return pair
  }

  async closeConnections(): Promise<void> {
    const pairs = this.#pairs.splice(0)
    for (const { ours, theirs } of pairs) await Promise.allSettled([ours.closeConnection(), theirs.closeConnection()])
    // A peer that crashed fails the test in which it did, and no other.
    if (this.#ours?.gone !== undefined || this.#theirs?.gone !== undefined) await this.#launch()
  }
}

export async function opened({ ours, theirs }: Pair, label: string): Promise<void> {
  for (const side of [ours, theirs]) await side.log.event('open', label)
}

/** Creates a channel on a connected pair, in band, and waits until both ends are open. */
export async function openChannel(pair: Pair, by: RemotePeer, label: string, options?: ChannelOptions): Promise<void> {
  await by.createChannel(label, options)
  await opened(pair, label)
}

export function millisBetween(cause: AgentEvent, effect: AgentEvent): number {
  return effect.at - cause.at
}

/** What a side saw, and did, on a channel (or, without a label, on the connection) after a point of its log. */
export function eventsAfter(side: RemotePeer, label: string | undefined, type: string): string[] {
  const seen = side.log.events.filter((event) => event.label === label)
  const from = seen.findIndex((event) => event.type === type)
  return seen.slice(from + 1).map((event) => event.type)
}
