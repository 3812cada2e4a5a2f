/**
 * What does an idle peer cost? A server holds connected peers by the thousand on one UDP port; their other ends live in a process
 * of their own. Prints heap and CPU of the server: see README.md.
 *
 *   npm run build && node scripts/bench.js mux --peers 1000 --seconds 60
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { constants, type PerformanceEntry, PerformanceObserver } from 'node:perf_hooks'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type * as Library from '../src/index.js'

const { RTCPeerConnection, UdpMux } = (await import(pathToFileURL('dist/index.js').href)) as typeof Library

const { values } = parseArgs({
  options: {
    peers: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '60' },
    'at-once': { type: 'string', default: '16' },
    client: { type: 'boolean', default: false },
  },
})
const [peers, seconds, atOnce] = [Number(values.peers), Number(values.seconds), Number(values['at-once'])]
const MIB = 1 << 20
/** What V8 needs to find that little is allocated, and to have given back what is not needed: 8, 16 or 24 s, then 0.7 s or more. */
const SHRINKING_MILLIS = 30_000
const SHRUNK_MILLIS = 2_000

interface Offer {
  readonly index: number
  readonly sdp: string
}

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

/** Heap and what hangs on it outside: ArrayBuffers, certificates, sockets. */
async function heapBytes(): Promise<number> {
  for (let i = 0; i < 4; i++) {
    collectGarbage()
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}

/** What the types of Node.js leave out. */
interface Collection extends PerformanceEntry {
  readonly detail: { readonly kind: number }
}

/** Collections of the whole heap. */
let collections = 0
let collectedAt = 0
new PerformanceObserver((list) => {
  for (const { detail, startTime } of list.getEntries() as Collection[]) {
    if (detail.kind !== constants.NODE_PERFORMANCE_GC_MAJOR) continue
    collections++
    collectedAt = startTime
  }
}).observe({ entryTypes: ['gc'] })

/**
 * Some time after a process has taken much memory, those of {@link heapBytes} included, V8 marks all of its heap twice or so to give
 * memory back, by tasks that turn the event loop thousands of times. That is the end of the set-up, and not what an idle peer costs.
 */
async function shrunk(): Promise<void> {
  const begun = performance.now()
  collections = 0
  const isOver = (): boolean => collections > 0 && performance.now() - collectedAt > SHRUNK_MILLIS
  while (!isOver() && performance.now() - begun < SHRINKING_MILLIS) await new Promise((next) => setTimeout(next, 100))
}

async function gathered(connection: Library.RTCPeerConnection): Promise<string> {
  while (connection.iceGatheringState !== 'complete') await once(connection, 'icegatheringstatechange')
  return connection.localDescription!.sdp
}

/**
 * What an idle second costs. How often the process went to sleep and how often its event loop turned do not depend on how busy
 * the machine is otherwise, as its CPU time does.
 */
async function watchIdle(): Promise<void> {
  const cpu = process.cpuUsage()
  const turns = performance.nodeTiming.uvMetricsInfo.loopCount
  const sleeps = process.resourceUsage().voluntaryContextSwitches
  const begun = performance.now()
  collections = 0
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000))
  const { user, system } = process.cpuUsage(cpu)
  const elapsed = (performance.now() - begun) / 1000
  const micros = user + system
  const systemShare = ((system / micros) * 100).toFixed(0)
  console.log(
    `CPU of all, idle for ${seconds} s: ${(micros / elapsed / 1e4).toFixed(2)} % of a core (system ${systemShare} % of it)`,
  )
  const turnsASecond = (performance.nodeTiming.uvMetricsInfo.loopCount - turns) / elapsed
  const sleepsASecond = (process.resourceUsage().voluntaryContextSwitches - sleeps) / elapsed
  console.log(
    `per second: ${(micros / elapsed / peers).toFixed(1)} µs a peer; ${turnsASecond.toFixed(0)} turns of the event loop, ${sleepsASecond.toFixed(0)} sleeps`,
  )
  console.log(`collections of the whole heap meanwhile: ${collections}`)
}

async function serve(): Promise<void> {
  const mux = new UdpMux({ address: '127.0.0.1' })
  await mux.listening()
  const child = fork(process.argv[1]!, ['--client', '--peers', String(peers), '--at-once', String(atOnce)])
  const connections: Library.RTCPeerConnection[] = []
  let open = 0
  let allOpen = (): void => {}
  const allAreOpen = new Promise<void>((resolve) => (allOpen = resolve))
  const accept = async ({ index, sdp }: Offer): Promise<void> => {
    const connection = new RTCPeerConnection({ tincan: { udpMux: mux } })
    connections.push(connection)
    connection.ondatachannel = () => {
      if (++open === peers) allOpen()
    }
    await connection.setRemoteDescription({ type: 'offer', sdp })
    await connection.setLocalDescription()
    child.send({ index, sdp: await gathered(connection) })
  }
  await once(child, 'message') // it is ready
  // One connection before anything is counted: code and caches that are there once.
  const before = await heapBytes()
  child.on('message', (offer: Offer) => void accept(offer))
  child.send('go')
  const begun = performance.now()
  await allAreOpen
  const setUpSeconds = (performance.now() - begun) / 1000
  console.log(`${peers} peers connected on one port in ${setUpSeconds.toFixed(1)} s`)
  await new Promise((resolve) => setTimeout(resolve, 10_000))
  const perPeer = ((await heapBytes()) - before) / peers
  console.log(
    `heap per idle peer: ${(perPeer / 1024).toFixed(1)} KiB (of ${(process.memoryUsage().rss / MIB).toFixed(0)} MiB rss in all)`,
  )
  const cpu = process.cpuUsage()
  const heldFrom = performance.now()
  await shrunk()
  const { user, system } = process.cpuUsage(cpu)
  console.log(
    `then ${collections} collections by V8 itself: ${((user + system) / 1000).toFixed(0)} ms of CPU in ${((performance.now() - heldFrom) / 1000).toFixed(1)} s`,
  )
  await watchIdle()
  const connected = connections.filter(({ connectionState }) => connectionState === 'connected').length
  console.log(`connected at the end: ${connected}`)
  for (const connection of connections) connection.close()
  child.kill()
  await mux.close()
}

/** Each with a socket of its own: between two muxes the address could not tell one connection from another. */
async function beClients(): Promise<void> {
  const answers = new Map<number, (sdp: string) => void>()
  const connections: Library.RTCPeerConnection[] = []
  const connect = async (index: number): Promise<void> => {
    const connection = new RTCPeerConnection({ tincan: { addresses: { only: ['127.0.0.1'] } } })
    connections.push(connection)
    const channel = connection.createDataChannel('idle')
    const opened = once(channel, 'open')
    await connection.setLocalDescription()
    const answer = new Promise<string>((resolve) => answers.set(index, resolve))
    process.send!({ index, sdp: await gathered(connection) } satisfies Offer)
    await connection.setRemoteDescription({ type: 'answer', sdp: await answer })
    await opened
  }
  process.send!('ready')
  await once(process, 'message')
  process.on('message', ({ index, sdp }: Offer) => answers.get(index)?.(sdp))
  let next = 0
  const work = async (): Promise<void> => {
    while (next < peers) await connect(next++)
  }
  await Promise.all(Array.from({ length: atOnce }, work))
}

await (values.client ? beClients() : serve())
