import { SctpAssociation } from '../../../src/sctp/index.js'
import type { SctpMessage, SctpOptions } from '../../../src/sctp/types.js'
import { type Crypto, nodeCrypto } from '../../../src/crypto/index.js'
import { SeededRandom } from '../seeded-random.js'
import type { Bottleneck, Flow } from './bottleneck.js'

/** IPv4, UDP and a DTLS record with AES-GCM around a packet: 20 + 8 + 37. */
const OVERHEAD_BYTES = 65
const MESSAGE = new Uint8Array(65_536)

export interface SctpFlowOptions {
  /** What the application has ready at any time. */
  readonly queuedBytes?: number
  readonly sender?: Partial<SctpOptions>
}

function seededCrypto(seed: number): Crypto {
  const random = new SeededRandom(seed)
  return {
    ...nodeCrypto,
    randomBytes: (length) => Uint8Array.from({ length }, () => Math.floor(random.next() * 256)),
  }
}

/** One of our associations, sending flat out. */
export class SctpFlow implements Flow {
  readonly name: string
  readonly sender: SctpAssociation
  readonly receiver: SctpAssociation
  deliveredBytes = 0
  /** Packets that the sender built. */
  packets = 0
  /** The most packets that left in one turn. */
  longestBurst = 0
  /** Nothing new is sent while it is false. */
  isBusy = true
  message: Omit<SctpMessage, 'streamId'> = { ppid: 53, data: MESSAGE, ordered: true }
  readonly #network: Bottleneck
  readonly #queuedBytes: number

  constructor(name: string, network: Bottleneck, seed: number, options: SctpFlowOptions = {}) {
    this.name = name
    this.#network = network
    this.#queuedBytes = options.queuedBytes ?? 8 * MESSAGE.length
    const common = { localPort: 5000, remotePort: 5000, maxMessageSizeBytes: 262_144, zeroChecksum: true }
    this.sender = new SctpAssociation({ crypto: seededCrypto(seed), ...common, ...options.sender })
    this.receiver = new SctpAssociation({ crypto: seededCrypto(seed + 1), ...common })
    this.sender.connect(network.now)
    this.receiver.connect(network.now)
  }

  get counters(): Record<string, number> {
    return this.sender.counters
  }

  drain(): void {
    const { now } = this.#network
    const wanted = this.isBusy ? this.#queuedBytes : 0
    while (this.sender.queuedBytes(0) < wanted) this.sender.send(now, { streamId: 0, ...this.message })
    let burst = 0
    for (let packet = this.sender.pollTransmit(now); packet; packet = this.sender.pollTransmit(now)) {
      const bytes = packet.slice()
      burst++
      this.#network.sendData(this, bytes.length + OVERHEAD_BYTES, () => {
        this.receiver.receive(this.#network.now, bytes)
      })
    }
    this.packets += burst
    this.longestBurst = Math.max(this.longestBurst, burst)
    for (let packet = this.receiver.pollTransmit(now); packet; packet = this.receiver.pollTransmit(now)) {
      const bytes = packet.slice()
      this.#network.sendBack(this, () => this.sender.receive(this.#network.now, bytes))
    }
    while (this.sender.pollEvent() !== undefined);
    for (let event = this.receiver.pollEvent(); event !== undefined; event = this.receiver.pollEvent()) {
      if (event.type === 'message') this.deliveredBytes += event.data.length
    }
  }

  nextTimeout(): number {
    return Math.min(this.sender.nextTimeout(), this.receiver.nextTimeout())
  }

  handleTimeout(): void {
    const { now } = this.#network
    this.sender.handleTimeout(now)
    this.receiver.handleTimeout(now)
  }
}
