/**
 * How much memory does a large file take on its way through a data channel? Two processes, `streamsOf()` on both ends: one pipes
 * blocks that are numbered into a channel, the other reads and checks them. Prints speed, CPU time and the memory of each: see README.md.
 *
 *   npm run build && node scripts/bench.js streams --gib 4 --pause 0
 */
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { pathToFileURL } from 'node:url'
import { parseArgs } from 'node:util'
import type * as Library from '../src/index.js'
import { BLOCK_BYTES, checkedBytes, numberedBlocks } from './agent/stream-ends.js'

const { RTCPeerConnection, streamsOf } = (await import(pathToFileURL('dist/index.js').href)) as typeof Library

const { values } = parseArgs({
  options: {
    gib: { type: 'string', default: '1' },
    /** Turns of the event loop that the reader waits after every block. */
    pause: { type: 'string', default: '0' },
    reader: { type: 'boolean', default: false },
  },
})
const GIB = 2 ** 30
const MIB = 2 ** 20
const blocks = Math.round((Number(values.gib) * GIB) / BLOCK_BYTES)

interface Figures {
  readonly cpuSeconds: number
  readonly baseRssMib: number
  readonly peakRssMib: number
}

function watched(): () => Figures {
  const baseRssMib = process.memoryUsage.rss() / MIB
  const cpu = process.cpuUsage()
  let peak = baseRssMib
  const timer = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss() / MIB)), 20)
  return () => {
    clearInterval(timer)
    const { user, system } = process.cpuUsage(cpu)
    return { cpuSeconds: (user + system) / 1e6, baseRssMib, peakRssMib: peak }
  }
}

async function gathered(connection: Library.RTCPeerConnection): Promise<string> {
  while (connection.iceGatheringState !== 'complete') {
    await new Promise((changed) => connection.addEventListener('icegatheringstatechange', changed, { once: true }))
  }
  return connection.localDescription!.sdp
}

async function pause(): Promise<void> {
  for (let turn = 0; turn < Number(values.pause); turn++) await new Promise((next) => setImmediate(next))
}

async function serveReader(): Promise<void> {
  const [offer] = (await once(process, 'message')) as [string]
  const connection = new RTCPeerConnection({ tincan: { includeLoopback: true, addresses: { only: ['127.0.0.1'] } } })
  const done = new Promise<void>((resolve, reject) => {
    connection.ondatachannel = ({ channel }) => {
      const figures = watched()
      checkedBytes(streamsOf(channel).readable, pause)
        .then((bytes) => void process.send!({ bytes, ...figures() }, () => resolve()))
        .catch(reject)
    }
  })
  await connection.setRemoteDescription({ type: 'offer', sdp: offer })
  await connection.setLocalDescription()
  process.send!(await gathered(connection))
  await done
  connection.close()
  process.disconnect()
}

async function write(): Promise<void> {
  const child = fork(process.argv[1]!, ['--reader', '--pause', values.pause])
  const connection = new RTCPeerConnection({ tincan: { includeLoopback: true, addresses: { only: ['127.0.0.1'] } } })
  const channel = connection.createDataChannel('file')
  await connection.setLocalDescription()
  child.send(await gathered(connection))
  const [sdp] = (await once(child, 'message')) as [string]
  await connection.setRemoteDescription({ type: 'answer', sdp })
  await new Promise((opened) => (channel.onopen = opened))
  const figures = watched()
  const begun = performance.now()
  const told = once(child, 'message') as Promise<[Figures & { bytes: number }]>
  await numberedBlocks(blocks).pipeTo(streamsOf(channel).writable)
  const [theirs] = await told
  const seconds = (performance.now() - begun) / 1000
  if (theirs.bytes !== blocks * BLOCK_BYTES) throw new Error(`${theirs.bytes} bytes arrived of ${blocks * BLOCK_BYTES}`)
  console.log(
    `${(theirs.bytes / GIB).toFixed(2)} GiB in ${seconds.toFixed(1)} s: ${(theirs.bytes / 1e6 / seconds).toFixed(1)} MB/s`,
  )
  print('writer', figures())
  print('reader', theirs)
  connection.close()
}

function print(who: string, { cpuSeconds, baseRssMib, peakRssMib }: Figures): void {
  const rss = `${baseRssMib.toFixed(0)} MiB at first, ${peakRssMib.toFixed(0)} MiB at most`
  console.log(`${who}: ${cpuSeconds.toFixed(1)} s of CPU; resident ${rss}`)
}

await (values.reader ? serveReader() : write())
