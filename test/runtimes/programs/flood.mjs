// Connections that are closed, and worker threads that are ended, while data is on its way: nothing crashes, nothing stays open.
import { readdirSync } from 'node:fs'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { fastPath, RTCPeerConnection } from 'tincan-rtc'

const ROUNDS = 15
const PAIRS = 4
const WORKERS = 3
const BLOCK = new Uint8Array(16_384)

/** Two connections, one of which sends flat out; settles when the other has had some of it. */
async function flooded() {
  const [a, b] = [0, 1].map(() => new RTCPeerConnection({ tincan: { includeLoopback: true } }))
  a.onicecandidate = ({ candidate }) => void b.addIceCandidate(candidate)
  b.onicecandidate = ({ candidate }) => void a.addIceCandidate(candidate)
  const channel = a.createDataChannel('flood')
  const fill = () => {
    while (channel.readyState === 'open' && channel.bufferedAmount < 1 << 20) channel.send(BLOCK)
  }
  channel.onopen = channel.onbufferedamountlow = fill
  channel.bufferedAmountLowThreshold = 1 << 18
  let received = 0
  const some = new Promise((resolve) => {
    b.ondatachannel = (event) => (event.channel.onmessage = () => ++received === 50 && resolve())
  })
  await a.setLocalDescription()
  await b.setRemoteDescription(a.localDescription)
  await b.setLocalDescription()
  await a.setRemoteDescription(b.localDescription)
  await some
  return [a, b]
}

const has = (option) => process.argv.includes(option)
const descriptors = () => readdirSync('/proc/self/fd').length

if (has('--report')) console.log(JSON.stringify(fastPath()))
else if (isMainThread) {
  const report = fastPath()
  await Promise.all((await flooded()).map((connection) => connection[Symbol.asyncDispose]()))
  const before = descriptors()
  for (let round = 0; round < ROUNDS; round++) {
    const pairs = await Promise.all(Array.from({ length: PAIRS }, flooded))
    await Promise.all(pairs.flat().map((connection) => connection[Symbol.asyncDispose]()))
  }
  const leaked = descriptors() - before
  for (let round = 0; has('--workers') && round < ROUNDS / 3; round++) {
    const workers = Array.from({ length: WORKERS }, () => new Worker(new URL(import.meta.url)))
    const end = (worker) =>
      new Promise((resolve, reject) => {
        worker.once('error', reject)
        worker.once('message', () => resolve(worker.terminate()))
      })
    await Promise.all(workers.map(end))
  }
  console.log(JSON.stringify({ report, leaked }))
} else {
  await flooded()
  parentPort.postMessage('flooded')
}
