/**
 * Two SCTP associations back to back in memory: what SCTP alone costs, without DTLS, sockets or a network.
 *
 *   npx esbuild bench/sctp.bench.ts --bundle --platform=node --format=esm --outfile=.cache/sctp.bench.mjs
 *   node .cache/sctp.bench.mjs
 */
import { nodeCrypto } from '../src/crypto/index.js'
import { SctpAssociation } from '../src/sctp/index.js'

const MIB = 1024 * 1024
/** Packets that are handed over at once, as batched system calls do. */
const BATCH = 44

interface Run {
  readonly messageBytes: number
  readonly totalBytes: number
  readonly ordered: boolean
  readonly zeroChecksum: boolean
  readonly queuedAhead: number
}

function connectedPair(zeroChecksum: boolean): [SctpAssociation, SctpAssociation] {
  const options = {
    crypto: nodeCrypto,
    localPort: 5000,
    remotePort: 5000,
    maxMessageSizeBytes: 256 * 1024,
    zeroChecksum,
  }
  const pair: [SctpAssociation, SctpAssociation] = [new SctpAssociation(options), new SctpAssociation(options)]
  const now = performance.now()
  pair[0].connect(now)
  pair[1].connect(now)
  while (pair[0].state !== 'connected' || pair[1].state !== 'connected') exchange(pair[0], pair[1], now)
  return pair
}

/** Moves one batch each way. */
function exchange(a: SctpAssociation, b: SctpAssociation, now: number): number {
  let moved = 0
  for (const [from, to] of [
    [a, b],
    [b, a],
  ] as const) {
    for (let i = 0; i < BATCH; i++) {
      const packet = from.pollTransmit(now)
      if (packet === undefined) break
      to.receive(now, packet)
      moved++
    }
  }
  return moved
}

function measure(run: Run): { mbPerSecond: number; messagesPerSecond: number; nsPerPacket: number } {
  const [a, b] = connectedPair(run.zeroChecksum)
  const data = new Uint8Array(run.messageBytes).fill(7)
  const count = Math.ceil(run.totalBytes / run.messageBytes)
  let sent = 0
  let received = 0
  let packets = 0
  const begun = performance.now()
  while (received < count) {
    const now = performance.now()
    while (sent < count && a.queuedBytes(0) < run.queuedAhead) {
      a.send(now, { streamId: 0, ppid: 53, data, ordered: run.ordered })
      sent++
    }
    packets += exchange(a, b, now)
    for (let event = b.pollEvent(); event !== undefined; event = b.pollEvent()) if (event.type === 'message') received++
    while (a.pollEvent() !== undefined);
    a.handleTimeout(now)
    b.handleTimeout(now)
  }
  const seconds = (performance.now() - begun) / 1000
  return {
    mbPerSecond: (count * run.messageBytes) / 1e6 / seconds,
    messagesPerSecond: count / seconds,
    nsPerPacket: (seconds * 1e9) / packets,
  }
}

const RUNS: readonly (readonly [string, Run])[] = [
  [
    '64 KiB ordered',
    { messageBytes: 65536, totalBytes: 256 * MIB, ordered: true, zeroChecksum: true, queuedAhead: MIB },
  ],
  [
    '64 KiB ordered, CRC32c',
    { messageBytes: 65536, totalBytes: 256 * MIB, ordered: true, zeroChecksum: false, queuedAhead: MIB },
  ],
  [
    '16 KiB unordered',
    { messageBytes: 16384, totalBytes: 256 * MIB, ordered: false, zeroChecksum: true, queuedAhead: MIB },
  ],
  [
    '100 bytes ordered',
    { messageBytes: 100, totalBytes: 50 * MIB, ordered: true, zeroChecksum: true, queuedAhead: 64 * 1024 },
  ],
  [
    '100 bytes, 500,000 queued',
    { messageBytes: 100, totalBytes: 50 * MIB, ordered: true, zeroChecksum: true, queuedAhead: 50 * MIB },
  ],
]

for (let round = 1; round <= 3; round++) {
  for (const [name, run] of RUNS) {
    const { mbPerSecond, messagesPerSecond, nsPerPacket } = measure(run)
    console.log(
      `round ${round}  ${name.padEnd(28)} ${mbPerSecond.toFixed(0).padStart(6)} MB/s ` +
        `${messagesPerSecond.toFixed(0).padStart(9)} messages/s ${nsPerPacket.toFixed(0).padStart(6)} ns/packet`,
    )
  }
}
