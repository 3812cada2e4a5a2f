/** Our association and the kernel's TCP CUBIC over the same relay: each alone, and both together. */
import { spawn, type ChildProcess } from 'node:child_process'
import { closeSync } from 'node:fs'
import { createServer, Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { pathToFileURL } from 'node:url'
import { loadKoffi } from '../../src/ffi/index.js'
import type * as Library from '../../src/index.js'
import { type RelayOptions, TunRelay } from './tun-relay.js'

const TCP_PORT = 9000
const MESSAGE_BYTES = 65_536
const BUFFERED_BYTES = 4 << 20
const WARM_UP_MILLIS = 5000
const CONNECT_ATTEMPTS = 100

type What = 'tcp' | 'sctp'
type Role = 'send' | 'receive'

interface Line {
  readonly bytes?: number
  readonly description?: { readonly type: 'offer' | 'answer'; readonly sdp: string }
}

const sleep = async (millis: number): Promise<void> => await new Promise((resolve) => setTimeout(resolve, millis))

// -- in a namespace ----------------------------------------------------------------------------------------------------

function tell(line: Line): void {
  process.stdout.write(`${JSON.stringify(line)}\n`)
}

/** One end of a transfer: `tcp-send`, `tcp-receive`, `sctp-send` or `sctp-receive`. */
export async function runKernelSide(side: string): Promise<void> {
  process.stdin.on('end', () => process.exit()).resume()
  let bytes = 0
  const [what, role] = side.split('-') as [What, Role]
  if (role === 'receive') setInterval(() => tell({ bytes }), 100)
  const count = (length: number): void => void (bytes += length)
  if (what === 'sctp') await runSctp(role, count)
  else if (role === 'receive')
    createServer((socket) => socket.on('data', ({ length }) => count(length))).listen(TCP_PORT)
  else await sendTcp()
}

async function sendTcp(): Promise<void> {
  const data = Buffer.alloc(MESSAGE_BYTES)
  const socket = new Socket({ fd: await cubicSocket(), readable: true, writable: true })
  const fill = (): void => {
    while (socket.write(data));
  }
  socket.on('drain', fill)
  fill()
}

/** A connected socket of the kernel with CUBIC, whatever its default is: netinet/tcp.h, TCP_CONGESTION. */
async function cubicSocket(): Promise<number> {
  const library = loadKoffi().load(null)
  const socket = library.func('socket', 'int', ['int', 'int', 'int'])
  const setsockopt = library.func('setsockopt', 'int', ['int', 'int', 'int', 'void*', 'uint'])
  const connect = library.func('connect', 'int', ['int', 'void*', 'uint'])
  const name = Buffer.from('cubic')
  const address = Buffer.from([2, 0, TCP_PORT >> 8, TCP_PORT & 255, 10, 77, 0, 2, 0, 0, 0, 0, 0, 0, 0, 0])
  for (let attempt = 0; attempt < CONNECT_ATTEMPTS; attempt++) {
    const fd = socket(2, 1, 0)
    if (setsockopt(fd, 6, 13, name, name.length) !== 0) throw new Error('this kernel has no CUBIC for us')
    if (connect(fd, address, address.length) === 0) return fd
    closeSync(fd)
    await sleep(100) // the receiver does not listen yet
  }
  throw new Error('the relay carries no TCP')
}

async function runSctp(role: Role, count: (bytes: number) => void): Promise<void> {
  const { RTCPeerConnection } = (await import(pathToFileURL('dist/index.js').href)) as typeof Library
  const connection = new RTCPeerConnection()
  const describe = async (): Promise<void> => {
    await connection.setLocalDescription()
    while (connection.iceGatheringState !== 'complete') await sleep(10)
    const { type, sdp } = connection.localDescription!
    tell({ description: { type: type as 'offer' | 'answer', sdp } })
  }
  const accept = async (line: string): Promise<void> => {
    await connection.setRemoteDescription((JSON.parse(line) as Line).description!)
    if (role === 'receive') await describe()
  }
  createInterface(process.stdin).on('line', (line) => void accept(line))
  connection.ondatachannel = ({ channel }) => {
    channel.onmessage = ({ data }) => count((data as ArrayBuffer).byteLength)
  }
  if (role === 'receive') return
  const channel = connection.createDataChannel('transfer')
  const data = new Uint8Array(MESSAGE_BYTES)
  channel.bufferedAmountLowThreshold = BUFFERED_BYTES / 2
  const fill = (): void => {
    while (channel.bufferedAmount < BUFFERED_BYTES) channel.send(data)
  }
  channel.onopen = fill
  channel.onbufferedamountlow = fill
  await describe()
}

// -- outside ------------------------------------------------------------------------------------------------------------

class Transfer {
  bytes = 0
  readonly #children: readonly ChildProcess[]

  constructor({ namespaces }: TunRelay, what: What) {
    const start = (role: Role, namespace: string): ChildProcess => {
      const command = [process.execPath, process.argv[1]!, '--side', `${what}-${role}`]
      return spawn('ip', ['netns', 'exec', namespace, ...command], { stdio: ['pipe', 'pipe', 'inherit'] })
    }
    const receiver = start('receive', namespaces[1])
    const sender = start('send', namespaces[0])
    this.#children = [sender, receiver]
    const forward = (from: ChildProcess, to: ChildProcess): void => {
      createInterface(from.stdout!).on('line', (line) => {
        const { bytes, description } = JSON.parse(line) as Line
        if (bytes !== undefined) this.bytes = bytes
        if (description !== undefined) to.stdin!.write(`${line}\n`)
      })
    }
    forward(sender, receiver)
    forward(receiver, sender)
  }

  async end(): Promise<void> {
    const ended = this.#children.map((child) => new Promise((resolve) => child.once('exit', resolve)))
    for (const child of this.#children) child.stdin!.end()
    await Promise.all(ended)
  }
}

/** MB/s of each, begun a second one after the other. */
async function measure(options: RelayOptions, kinds: readonly What[], seconds: number): Promise<number[]> {
  const relay = new TunRelay(options)
  try {
    const transfers: Transfer[] = []
    for (const kind of kinds) {
      transfers.push(new Transfer(relay, kind))
      await sleep(1000)
    }
    await sleep(WARM_UP_MILLIS)
    const before = transfers.map(({ bytes }) => bytes)
    const begun = performance.now()
    await sleep(seconds * 1000)
    const millis = performance.now() - begun
    const speeds = transfers.map(({ bytes }, index) => (bytes - before[index]!) / millis / 1000)
    for (const transfer of transfers) await transfer.end()
    return speeds
  } finally {
    relay.close()
  }
}

const PATHS: readonly (readonly [string, RelayOptions])[] = [
  ['1 % lost each way', { delayMillis: 20, lossRatio: 0.01, bytesPerMilli: Infinity, queueBytes: Infinity }],
  ['20 Mbit/s, queue 100 kB', { delayMillis: 20, lossRatio: 0, bytesPerMilli: 2500, queueBytes: 100_000 }],
  ['neither', { delayMillis: 20, lossRatio: 0, bytesPerMilli: Infinity, queueBytes: Infinity }],
]

export async function compareWithKernel(seconds: number): Promise<string[]> {
  if (process.platform !== 'linux' || process.getuid?.() !== 0)
    return ['', 'The kernel is only asked on Linux, as root.']
  const lines = ['', '### Over a relay of 40 ms, real time, real sockets (MB/s)', '']
  lines.push(
    '| relay | tincan alone | TCP CUBIC alone | tincan beside it | TCP CUBIC beside us |',
    '|---|--:|--:|--:|--:|',
  )
  for (const [name, options] of PATHS) {
    const alone = [...(await measure(options, ['sctp'], seconds)), ...(await measure(options, ['tcp'], seconds))]
    const together = await measure(options, ['sctp', 'tcp'], seconds)
    lines.push(`| ${name} | ${[...alone, ...together].map((speed) => speed.toFixed(2)).join(' | ')} |`)
  }
  return lines
}
