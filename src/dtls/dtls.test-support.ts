import type { Millis } from '../core/index.js'
import { fingerprintOf, generateCertificate, generateEcdsaCertificate } from '../crypto/certificate.js'
import { nodeCrypto } from '../crypto/node.js'
import { runtimeCrypto } from '../crypto/openssl.js'
import type { LocalCertificate } from '../crypto/types.js'
import { DtlsConnection } from './connection.js'
import type { DtlsEvent, DtlsOptions, DtlsRole } from './types.js'

const EXPIRES = Date.UTC(2040, 0, 1)

export const ecdsaP256 = generateEcdsaCertificate({ expires: EXPIRES })
export const ecdsaP384 = generateEcdsaCertificate({ namedCurve: 'P-384', expires: EXPIRES })
export const rsa2048 = await generateCertificate({
  algorithm: { name: 'RSASSA-PKCS1-v1_5', modulusLength: 2048, publicExponent: 65537, hash: 'SHA-256' },
  expires: EXPIRES,
})

export function sha256Of(certificate: Pick<LocalCertificate, 'der'>): { algorithm: string; value: string } {
  return { algorithm: 'sha-256', value: fingerprintOf(certificate.der, 'sha-256') }
}

export function connection(
  role: DtlsRole,
  options: Partial<DtlsOptions> & { readonly peer?: LocalCertificate } = {},
): DtlsConnection {
  const { peer = ecdsaP256, ...rest } = options
  return new DtlsConnection({
    // Each suite runs over both ways to an AEAD, which have to understand each other.
    crypto: role === 'client' ? runtimeCrypto : nodeCrypto,
    role,
    certificate: ecdsaP256,
    remoteFingerprints: [sha256Of(peer)],
    srtpProfiles: [],
    ...rest,
  })
}

/** A small, fast generator (mulberry32), so that a seed repeats a run exactly. */
export function seededRandom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
}

export interface LinkOptions {
  readonly seed?: number
  readonly lossRatio?: number
  readonly duplicateRatio?: number
  readonly delayMillis?: Millis
  /** Added at random to each datagram's delay, so that they overtake one another. */
  readonly jitterMillis?: Millis
  /** Looks at each datagram, and may change it; `undefined` drops it. */
  readonly filter?: (from: DtlsRole, datagram: Uint8Array) => Uint8Array | undefined
}

interface InFlight {
  readonly at: Millis
  readonly order: number
  readonly to: End
  readonly datagram: Uint8Array
}

/** One end with what it told so far. */
export class End {
  readonly connection: DtlsConnection
  readonly events: DtlsEvent[] = []
  readonly sent: Uint8Array[] = []

  constructor(connection: DtlsConnection) {
    this.connection = connection
  }

  event<T extends DtlsEvent['type']>(type: T): Extract<DtlsEvent, { type: T }> | undefined {
    return this.events.find((event): event is Extract<DtlsEvent, { type: T }> => event.type === type)
  }

  get data(): string[] {
    return this.events.flatMap((event) => (event.type === 'data' ? [Buffer.from(event.data).toString()] : []))
  }
}

/** Two connections on a virtual clock, with a link between them that a seed makes bad. */
export class Link {
  readonly client: End
  readonly server: End
  now: Millis = 1000
  readonly #options: LinkOptions
  readonly #random: () => number
  #inFlight: InFlight[] = []
  #order = 0

  constructor(client: DtlsConnection, server: DtlsConnection, options: LinkOptions = {}) {
    this.client = new End(client)
    this.server = new End(server)
    this.#options = options
    this.#random = seededRandom(options.seed ?? 1)
  }

  start(): this {
    this.server.connection.start(this.now)
    this.client.connection.start(this.now)
    this.drain()
    return this
  }

  /** Takes what both ends have to say. */
  drain(): void {
    for (const end of [this.client, this.server]) {
      for (let out = end.connection.pollTransmit(this.now); out; out = end.connection.pollTransmit(this.now)) {
        this.transmit(end, out)
      }
      for (let event = end.connection.pollEvent(); event; event = end.connection.pollEvent()) end.events.push(event)
    }
  }

  /** Puts a datagram of `from` on the link. */
  transmit(from: End, datagram: Uint8Array): void {
    from.sent.push(datagram)
    const { lossRatio = 0, duplicateRatio = 0, delayMillis = 5, jitterMillis = 0, filter } = this.#options
    const passed = filter === undefined ? datagram : filter(from.connection.role, datagram)
    if (passed === undefined || this.#random() < lossRatio) return
    const to = from === this.client ? this.server : this.client
    const copies = this.#random() < duplicateRatio ? 2 : 1
    for (let i = 0; i < copies; i++) {
      const at = this.now + delayMillis + this.#random() * jitterMillis
      this.#inFlight.push({ at, order: this.#order++, to, datagram: passed })
    }
  }

  /** Seals text at one end and puts it on the link. */
  send(from: End, text: string): void {
    this.transmit(from, from.connection.seal(Buffer.from(text))!)
  }

  /** Runs until the condition holds or `untilMillis` of virtual time have passed; whether it held. */
  run(condition: () => boolean = () => false, untilMillis: Millis = 120_000): boolean {
    const end = this.now + untilMillis
    this.drain()
    while (!condition()) {
      this.#inFlight.sort((a, b) => a.at - b.at || a.order - b.order)
      const timeout = Math.min(this.client.connection.nextTimeout(), this.server.connection.nextTimeout())
      const at = Math.min(this.#inFlight[0]?.at ?? Infinity, timeout)
      if (at > end) {
        this.now = Math.max(this.now, end)
        return false
      }
      this.now = Math.max(this.now, at)
      const next = this.#inFlight[0]
      if (next !== undefined && next.at <= this.now) {
        this.#inFlight.shift()
        next.to.connection.receive(this.now, next.datagram)
      }
      this.client.connection.handleTimeout(this.now)
      this.server.connection.handleTimeout(this.now)
      this.drain()
    }
    return true
  }

  get bothConnected(): boolean {
    return this.client.connection.state === 'connected' && this.server.connection.state === 'connected'
  }

  connect(): boolean {
    return this.start().run(() => this.bothConnected)
  }
}
