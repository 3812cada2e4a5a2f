/** Sends plain datagrams through a relay as fast as they arrive: what the relay could carry at most. */
import { bindUdp } from '../../src/node/bind-udp.js'

export interface CeilingStart {
  readonly ports: readonly [number, number]
  readonly datagramBytes: number
  readonly inFlightBytes: number
  readonly forMillis: number
}

export interface CeilingResult {
  readonly bytes: number
  readonly millis: number
}

const { ports, datagramBytes, inFlightBytes, forMillis } = JSON.parse(
  process.env['TINCAN_BENCH_CEILING']!,
) as CeilingStart
const STALL_MILLIS = 100
const BURST = 44

const [fromPort, toPort] = ports
const data = new Uint8Array(datagramBytes)
let received = 0
let outstanding = 0
let lastMillis = 0
const sink = await bindUdp('127.0.0.1', undefined, () => {
  received++
  outstanding--
  lastMillis = performance.now()
  if (outstanding % BURST === 0) send()
})
const source = await bindUdp('127.0.0.1', undefined, () => {})

function send(): void {
  while ((outstanding + BURST) * datagramBytes <= inFlightBytes) {
    for (let i = 0; i < BURST; i++) source.queue(data, { address: '127.0.0.1', port: fromPort })
    source.flush()
    outstanding += BURST
  }
}

process.on('disconnect', () => process.exit())
// The relay learns of the sink by what it sends.
sink.send(data, { address: '127.0.0.1', port: toPort })
await new Promise((resolve) => setTimeout(resolve, STALL_MILLIS))
const begun = performance.now()
lastMillis = begun
send()
const timer = setInterval(() => {
  const now = performance.now()
  // What was lost would count as on its way for ever.
  if (now - lastMillis > STALL_MILLIS) outstanding = 0
  send()
  if (now - begun < forMillis) return
  clearInterval(timer)
  process.send!({ bytes: received * datagramBytes, millis: now - begun } satisfies CeilingResult)
}, 10)
