/**
 * The program of the relay, a process of its own: for each lane two UDP ports, and what comes in at one leaves from the other to
 * whoever spoke there first, later or never. All lanes share one link with a direction each way.
 */
import { bindUdp } from '../../src/node/bind-udp.js'
import type { UdpSocket } from '../../src/node/io.js'
import type { TransportAddress } from '../../src/ice/types.js'
import { DelayLine } from './delay-line.js'
import type { LinkPlan } from './delay-line.js'

export interface RelayStart {
  readonly link: LinkPlan
  readonly lanes: number
}

/** Two ports a lane: what comes in at the first goes on from the second. */
export interface RelayReady {
  readonly ports: readonly (readonly [number, number])[]
}

interface Port {
  readonly socket: UdpSocket
  /** Who spoke here first: others are not heard. */
  peer: TransportAddress | undefined
}

const EVERY_MILLIS = 1
const SEED = 4242

const { link, lanes } = JSON.parse(process.env['TINCAN_BENCH_RELAY']!) as RelayStart
const lines = [new DelayLine(link, SEED), new DelayLine(link, SEED + 1)] as const
const ports: [Port, Port][] = []
let isTicking = false

async function port(lane: number, direction: 0 | 1): Promise<Port> {
  const receive = (data: Uint8Array, from: TransportAddress): void => {
    own.peer ??= from
    if (own.peer.port !== from.port || own.peer.address !== from.address) return
    lines[direction].put(data, lane, performance.now())
    tickSoon()
  }
  const own: Port = { socket: await bindUdp('0.0.0.0', undefined, receive), peer: undefined }
  return own
}

function tickSoon(): void {
  if (isTicking) return
  isTicking = true
  if (link.delayMillis === 0) setImmediate(tick)
  else setTimeout(tick, EVERY_MILLIS)
}

function tick(): void {
  isTicking = false
  const now = performance.now()
  for (const direction of [0, 1] as const) {
    const out = direction === 0 ? 1 : 0
    lines[direction].take(now, (data, lane) => {
      const { socket, peer } = ports[lane]![out]
      if (peer !== undefined) socket.queue(data, peer)
    })
    for (const lane of ports) lane[out].socket.flush()
  }
  if (!lines[0].isEmpty || !lines[1].isEmpty) tickSoon()
}

for (let lane = 0; lane < lanes; lane++) ports.push([await port(lane, 0), await port(lane, 1)])
process.on('disconnect', () => process.exit())
process.send!({
  ports: ports.map(([a, b]) => [a.socket.local.port, b.socket.local.port] as const),
} satisfies RelayReady)
