import { nodeCrypto } from '../../src/crypto/index.js'
import { SctpAssociation } from '../../src/sctp/index.js'
import type { Counts, Layer, Workload } from './layer.js'

const KIB = 1024
const MIB = 1024 * KIB
/** Packets that are handed over at once, as batched system calls do. */
const BATCH = 44
/** How long the virtual clock says that a batch takes: what comes back is the same work each time. */
const BATCH_MILLIS = 0.1

interface Traffic {
  readonly messageBytes: number
  readonly ordered: boolean
  readonly zeroChecksum: boolean
  readonly queuedAheadBytes: number
}

/** Two associations back to back in memory, without DTLS, sockets or a network: all figures are of both ends together. */
class Pair {
  readonly a: SctpAssociation
  readonly b: SctpAssociation
  now = 0

  constructor(zeroChecksum: boolean) {
    const maxMessageSizeBytes = 256 * KIB
    const options = { crypto: nodeCrypto, localPort: 5000, remotePort: 5000, maxMessageSizeBytes, zeroChecksum }
    this.a = new SctpAssociation(options)
    this.b = new SctpAssociation(options)
    this.a.connect(this.now)
    this.b.connect(this.now)
    while (this.a.state !== 'connected' || this.b.state !== 'connected') this.exchange()
  }

  /** Moves one batch each way; when there is nothing to move, the clock goes to the next deadline. */
  exchange(): number {
    const moved = this.#move(this.a, this.b) + this.#move(this.b, this.a)
    const soon = this.now + BATCH_MILLIS
    const deadline = Math.min(this.a.nextTimeout(), this.b.nextTimeout())
    this.now = moved > 0 || deadline === Infinity ? soon : Math.max(soon, deadline)
    this.a.handleTimeout(this.now)
    this.b.handleTimeout(this.now)
    return moved
  }

  #move(from: SctpAssociation, to: SctpAssociation): number {
    for (let moved = 0; moved < BATCH; moved++) {
      const packet = from.pollTransmit(this.now)
      if (packet === undefined) return moved
      to.receive(this.now, packet)
    }
    return BATCH
  }
}

function transfer(traffic: Traffic, operations: number): () => Counts {
  const pair = new Pair(traffic.zeroChecksum)
  const { a, b } = pair
  const data = new Uint8Array(traffic.messageBytes).fill(7)
  return () => {
    let [sent, messages, packets] = [0, 0, 0]
    while (messages < operations) {
      while (sent < operations && a.queuedBytes(0) < traffic.queuedAheadBytes) {
        a.send(pair.now, { streamId: 0, ppid: 53, data, ordered: traffic.ordered })
        sent++
      }
      packets += pair.exchange()
      for (let event = b.pollEvent(); event !== undefined; event = b.pollEvent()) {
        if (event.type === 'message' && event.data.length === data.length) messages++
        if (event.type === 'closed') throw new Error('the association ended')
      }
      while (a.pollEvent() !== undefined);
    }
    return { messages, packets }
  }
}

function workload(title: string, operations: number, traffic: Traffic): Workload {
  return { title, operations, unit: 'messages', prepare: (count) => transfer(traffic, count) }
}

const large: Traffic = { messageBytes: 64 * KIB, ordered: true, zeroChecksum: true, queuedAheadBytes: MIB }
const small: Traffic = { messageBytes: 100, ordered: true, zeroChecksum: true, queuedAheadBytes: 64 * KIB }

export const sctp: Layer = {
  name: 'sctp',
  title: 'an association, both ends together, with what goes back',
  workloads: [
    workload('64 KiB ordered', 1000, large),
    workload('64 KiB ordered, CRC32c', 1000, { ...large, zeroChecksum: false }),
    workload('16 KiB unordered', 4000, { ...large, messageBytes: 16 * KIB, ordered: false }),
    workload('100 bytes ordered', 100_000, small),
    workload('100 bytes, 500,000 queued', 500_000, { ...small, queuedAheadBytes: Infinity }),
  ],
}
