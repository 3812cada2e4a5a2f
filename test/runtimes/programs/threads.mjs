// What the fast path is used for in the main thread, and in a worker thread that talks over a connection of its own.
import { once } from 'node:events'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'
import { fastPath, RTCPeerConnection } from 'tincan-rtc'

/** What arrives of a message that one connection sends to another. */
async function arrived(message) {
  const [a, b] = [0, 1].map(() => new RTCPeerConnection({ tincan: { includeLoopback: true } }))
  a.onicecandidate = ({ candidate }) => void b.addIceCandidate(candidate)
  b.onicecandidate = ({ candidate }) => void a.addIceCandidate(candidate)
  const channel = a.createDataChannel('words')
  channel.onopen = () => channel.send(message)
  const received = new Promise((resolve) => {
    b.ondatachannel = (event) => (event.channel.onmessage = ({ data }) => resolve(data))
  })
  await a.setLocalDescription()
  await b.setRemoteDescription(a.localDescription)
  await b.setLocalDescription()
  await a.setRemoteDescription(b.localDescription)
  const data = await received
  await Promise.all([a, b].map((connection) => connection[Symbol.asyncDispose]()))
  return data
}

if (isMainThread) {
  const main = fastPath()
  const worker = new Worker(new URL(import.meta.url))
  const exited = once(worker, 'exit')
  const [told] = await once(worker, 'message')
  const [exitCode] = await exited
  console.log(JSON.stringify({ main, worker: told, exitCode }))
} else {
  parentPort.postMessage({ ...fastPath(), arrived: await arrived('grüß dich') })
}
