import { createHash, createHmac } from 'node:crypto'
import { beforeEach, describe } from 'vitest'
import type { Millis } from '../core/index.js'
import type { Crypto } from '../crypto/types.js'
import { SctpAssociation } from './association.js'
import * as types from './packet/chunk-type.js'
import { ChunkWalker } from './packet/chunk-walker.js'
import type { SctpEvent, SctpMessage, SctpOptions } from './types.js'

/** Whether {@link Pair} negotiates I-DATA where its options do not say. */
let isInterleaving = true

/** That of the kind that is tested. */
export const interleavingNow = () => isInterleaving

/** The same tests over an association with DATA, and over one with I-DATA (RFC 8260). */
export function describeBothKinds(name: string, body: () => void): void {
  describe.each(['DATA', 'I-DATA'])(`${name}, over %s`, (kind) => {
    beforeEach(() => {
      isInterleaving = kind === 'I-DATA'
      return () => (isInterleaving = true)
    })
    body()
  })
}

/** Whether a chunk of one of these types is in the packet. */
export function carries(packet: Uint8Array, ...chunkTypes: readonly number[]): boolean {
  const walker = new ChunkWalker(packet)
  while (walker.next()) if (chunkTypes.includes(walker.type)) return true
  return false
}

export const carriesData = (packet: Uint8Array) => carries(packet, types.CHUNK_DATA, types.CHUNK_I_DATA)
export const carriesForwardTsn = (packet: Uint8Array) =>
  carries(packet, types.CHUNK_FORWARD_TSN, types.CHUNK_I_FORWARD_TSN)

/** Numbers from a seed (xorshift32), so that a scenario can be played again. */
export function seededRandom(seed: number): () => number {
  let state = (seed * 2654435761 + 1) >>> 0 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    state >>>= 0
    return state / 2 ** 32
  }
}

/** The part of `Crypto` that SCTP uses, repeatable. */
export function seededCrypto(seed: number): Crypto {
  const random = seededRandom(seed)
  const unused = () => {
    throw new Error('SCTP has no use for this')
  }
  return {
    randomBytes: (length) => Uint8Array.from({ length }, () => Math.floor(random() * 256)),
    hash: (algorithm, ...data) => {
      const hash = createHash(algorithm)
      for (const part of data) hash.update(part)
      return new Uint8Array(hash.digest())
    },
    hmac: (algorithm, key, ...data) => {
      const hmac = createHmac(algorithm, key)
      for (const part of data) hmac.update(part)
      return new Uint8Array(hmac.digest())
    },
    hmacSha1: unused,
    timingSafeEqual: (a, b) => a.length === b.length && a.every((byte, i) => byte === b[i]),
    aead: unused,
    generateKeyShare: unused,
    parseCertificate: unused,
  }
}

export interface LinkOptions {
  readonly seed?: number
  readonly lossRatio?: number
  readonly duplicateRatio?: number
  /** Share of packets that are late by up to half a round trip more. */
  readonly reorderRatio?: number
  readonly rttMillis?: Millis
  /** A bottleneck each way: bytes that pass in a millisecond, and bytes that may wait before it; no more are taken. */
  readonly bottleneck?: { readonly bytesPerMilli: number; readonly queueBytes: number }
  readonly a?: Partial<SctpOptions>
  readonly b?: Partial<SctpOptions>
}

export class Endpoint {
  readonly association: SctpAssociation
  readonly events: SctpEvent[] = []
  /** Called for each event as it is polled. */
  onEvent: (event: SctpEvent) => void = () => {}

  constructor(options: SctpOptions) {
    this.association = new SctpAssociation(options)
  }

  ofType<T extends SctpEvent['type']>(type: T): Extract<SctpEvent, { type: T }>[] {
    return this.events.filter((event): event is Extract<SctpEvent, { type: T }> => event.type === type)
  }

  get messages(): Uint8Array[] {
    return this.ofType('message').map((event) => event.data)
  }

  get isClosed(): boolean {
    return this.events.at(-1)?.type === 'closed'
  }
}

interface Flying {
  readonly at: Millis
  readonly order: number
  readonly to: Endpoint
  readonly packet: Uint8Array
}

/** Two associations and a bad link between them, on a virtual clock. */
export class Pair {
  now: Millis = 1000
  readonly a: Endpoint
  readonly b: Endpoint
  /** May be changed while running. */
  lossRatio: number
  /** Decides about single packets: false loses it. */
  filter: (packet: Uint8Array, to: Endpoint) => boolean = () => true
  /** How much later than others a packet arrives. */
  delay: (packet: Uint8Array, to: Endpoint) => Millis = () => 0
  packets = 0
  readonly #options: LinkOptions
  readonly #random: () => number
  #flying: Flying[] = []
  readonly #busyUntil = new Map<Endpoint, Millis>()

  constructor(options: LinkOptions = {}) {
    const seed = options.seed ?? 1
    this.#options = options
    this.lossRatio = options.lossRatio ?? 0
    this.#random = seededRandom(seed)
    const common = {
      localPort: 5000,
      remotePort: 5000,
      maxMessageSizeBytes: 256 * 1024,
      zeroChecksum: true,
      interleaving: isInterleaving,
    }
    this.a = new Endpoint({ crypto: seededCrypto(seed + 1), ...common, ...options.a })
    this.b = new Endpoint({ crypto: seededCrypto(seed + 2), ...common, ...options.b })
  }

  /** Both sides connect, as WebRTC has it. */
  connected(): this {
    this.a.association.connect(this.now)
    this.b.association.connect(this.now)
    const isUp = () => this.a.association.state === 'connected' && this.b.association.state === 'connected'
    if (!this.run(isUp)) throw new Error('the associations did not come up')
    return this
  }

  /** Sends what there is to send, and takes what happened. */
  pump(): void {
    for (const endpoint of [this.a, this.b]) {
      const to = endpoint === this.a ? this.b : this.a
      const { association } = endpoint
      for (let packet = association.pollTransmit(this.now); packet; packet = association.pollTransmit(this.now)) {
        this.#launch(packet, to)
      }
      for (let event = association.pollEvent(); event; event = association.pollEvent()) {
        endpoint.events.push(event)
        endpoint.onEvent(event)
      }
    }
  }

  /** Runs until `done`, or until nothing is left to happen, or the time is over. Tells whether it is done. */
  run(done: () => boolean = () => false, forMillis: Millis = 3_600_000): boolean {
    const end = this.now + forMillis
    this.pump()
    for (let steps = 0; !done(); steps++) {
      if (steps > 5_000_000) throw new Error('the scenario does not end')
      const arrival = this.#flying[0]?.at ?? Infinity
      const timeout = Math.min(this.a.association.nextTimeout(), this.b.association.nextTimeout())
      const next = Math.min(arrival, timeout)
      if (next > end) {
        this.now = Math.max(this.now, Math.min(end, next))
        return false
      }
      this.now = Math.max(this.now, next)
      if (timeout <= this.now) {
        this.a.association.handleTimeout(this.now)
        this.b.association.handleTimeout(this.now)
      }
      while (this.#flying.length > 0 && this.#flying[0]!.at <= this.now) {
        const { to, packet } = this.#pop()
        // Its memory is used again.
        const memory = packet.slice()
        to.association.receive(this.now, memory)
        memory.fill(0xee)
      }
      this.pump()
    }
    return true
  }

  #launch(packet: Uint8Array, to: Endpoint): void {
    this.packets++
    const { duplicateRatio = 0, reorderRatio = 0, rttMillis = 0 } = this.#options
    const copies = this.#random() < duplicateRatio ? 2 : 1
    for (let copy = 0; copy < copies; copy++) {
      if (this.#random() < this.lossRatio || !this.filter(packet, to)) continue
      const reordered = this.#random() < reorderRatio ? this.#random() * (rttMillis / 2 + 1) : 0
      const late = reordered + this.delay(packet, to)
      const passed = this.#passBottleneck(packet.length, to)
      if (passed === undefined) continue
      this.#push({ at: passed + rttMillis / 2 + late, order: this.packets, to, packet: packet.slice() })
    }
  }

  /** When a packet has passed the bottleneck; `undefined` when there is no room before it. */
  #passBottleneck(length: number, to: Endpoint): Millis | undefined {
    const { bottleneck } = this.#options
    if (bottleneck === undefined) return this.now
    const from = Math.max(this.now, this.#busyUntil.get(to) ?? 0)
    if ((from - this.now) * bottleneck.bytesPerMilli > bottleneck.queueBytes) return undefined
    this.#busyUntil.set(to, from + length / bottleneck.bytesPerMilli)
    return this.#busyUntil.get(to)
  }

  // A binary heap by time, then by order of sending.
  #push(flying: Flying): void {
    const heap = this.#flying
    let at = heap.push(flying) - 1
    while (at > 0) {
      const parent = (at - 1) >> 1
      if (!isBefore(flying, heap[parent]!)) break
      heap[at] = heap[parent]!
      at = parent
    }
    heap[at] = flying
  }

  #pop(): Flying {
    const heap = this.#flying
    const first = heap[0]!
    const last = heap.pop()!
    if (heap.length === 0) return first
    let at = 0
    for (;;) {
      let child = 2 * at + 1
      if (child >= heap.length) break
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++
      if (!isBefore(heap[child]!, last)) break
      heap[at] = heap[child]!
      at = child
    }
    heap[at] = last
    return first
  }
}

function isBefore(a: Flying, b: Flying): boolean {
  return a.at === b.at ? a.order < b.order : a.at < b.at
}

/** `length` bytes that tell where they belong. */
export function block(length: number, mark: number): Uint8Array {
  const bytes = new Uint8Array(length)
  let state = (mark * 2654435761 + 12345) >>> 0
  for (let i = 0; i < length; i++) {
    state = (state * 1664525 + 1013904223) >>> 0
    bytes[i] = state >>> 24
  }
  return bytes
}

export function ordered(streamId: number, data: Uint8Array, more: Partial<SctpMessage> = {}): SctpMessage {
  return { streamId, ppid: 53, data, ordered: true, ...more }
}
