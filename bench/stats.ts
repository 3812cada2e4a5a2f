/**
 * What polling `getStats()` costs: connected pairs over real sockets on loopback in this process, idle but for consent checks.
 * First each connection is asked over and over (µs per call), then all of them once per interval, as a monitor does, and the
 * processor time of that is set against the same time without polling (share of a core). See README.md.
 *
 *   node scripts/bench.js stats --connections 500 --interval 100 --seconds 10
 */
import { parseArgs } from 'node:util'
import { RTCPeerConnection } from '../src/index.js'

const { values } = parseArgs({
  options: {
    connections: { type: 'string', default: '500' },
    interval: { type: 'string', default: '100' },
    seconds: { type: 'string', default: '10' },
  },
})
const connectionCount = Number(values.connections)
const intervalMillis = Number(values.interval)
const measureMillis = Number(values.seconds) * 1000

const sleep = (millis: number) => new Promise((resolve) => setTimeout(resolve, millis))

async function connectedPair(): Promise<RTCPeerConnection[]> {
  const pair = [0, 1].map(() => new RTCPeerConnection({ tincan: { includeLoopback: true } }))
  const [a, b] = pair as [RTCPeerConnection, RTCPeerConnection]
  a.onicecandidate = ({ candidate }) => void b.addIceCandidate(candidate)
  b.onicecandidate = ({ candidate }) => void a.addIceCandidate(candidate)
  const channel = a.createDataChannel('')
  const open = new Promise((resolve) => (channel.onopen = resolve))
  await a.setLocalDescription()
  await b.setRemoteDescription(a.localDescription!)
  await b.setLocalDescription()
  await a.setRemoteDescription(b.localDescription!)
  await open
  return pair
}

/** Processor time of this process over some time, in milliseconds per second. */
async function load(poll: (() => void) | undefined): Promise<number> {
  const timer = poll && setInterval(poll, intervalMillis)
  const begun = performance.now()
  const before = process.cpuUsage()
  await sleep(measureMillis)
  const { user, system } = process.cpuUsage(before)
  clearInterval(timer)
  return (user + system) / (performance.now() - begun)
}

const connections: RTCPeerConnection[] = []
while (connections.length < connectionCount) connections.push(...(await connectedPair()))
await sleep(2000) // gathering and the handshakes' last timers

const objects = (await connections[0]!.getStats()).size
const warmUp = 20
let calls = 0
let busyMillis = 0
for (let round = 0; round < 60; round++) {
  const before = process.cpuUsage()
  await Promise.all(connections.map((connection) => connection.getStats()))
  const { user, system } = process.cpuUsage(before)
  if (round < warmUp) continue
  busyMillis += (user + system) / 1000
  calls += connections.length
}
console.log(`${connectionCount} connections, ${objects} objects in a report`)
console.log(`one call            ${((busyMillis * 1000) / calls).toFixed(1)} µs of processor time`)

let polls = 0
let unanswered = 0
const pollAll = () => {
  for (const connection of connections) {
    polls++
    unanswered++
    void connection.getStats().then(() => unanswered--)
  }
}
const idle = await load(undefined)
const polled = await load(pollAll)
await sleep(1000)
console.log(`idle                ${(idle / 10).toFixed(1)} % of a core`)
console.log(`polled every ${intervalMillis} ms  ${(polled / 10).toFixed(1)} % of a core (${polls} calls)`)
console.log(`the polling itself  ${((polled - idle) / 10).toFixed(1)} % of a core`)
if (unanswered > 0) throw new Error(`${unanswered} calls were not answered`)
for (const connection of connections) connection.close()
