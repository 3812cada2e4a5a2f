/** The program of a process of Node: one implementation, commands by IPC, notes to the other process over a local socket. */
import { once } from 'node:events'
import { createConnection, createServer } from 'node:net'
import type { Socket } from 'node:net'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { pathToFileURL } from 'node:url'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { Agent } from './agent.js'
import type { Surroundings } from './agent.js'
import { libdatachannelStack } from './libdatachannel-stack.js'
import type { NodeStart } from './node-start.js'
import type { Command, LoopDelay, Note, Reply, Usage } from './protocol.js'
import type { Stack } from './stack.js'
import { w3cStack } from './w3c-stack.js'
import type { W3cApi, W3cQuirks } from './w3c-stack.js'

const start = JSON.parse(process.env['TINCAN_BENCH_AGENT']!) as NodeStart

async function ours(): Promise<Stack> {
  const library = (await import(pathToFileURL(start.library).href)) as W3cApi & Pick<W3cQuirks, 'streamsOf'>
  return w3cStack(library, library.streamsOf && { streamsOf: library.streamsOf })
}

/** Each is imported only where it is asked for: the natives must not load beside one another. */
async function stack(): Promise<Stack> {
  switch (start.stack) {
    case 'tincan':
      return await ours()
    case 'node-datachannel':
      return libdatachannelStack(await import('node-datachannel'))
    case 'node-datachannel/polyfill':
      return w3cStack(await import('node-datachannel/polyfill'))
    case '@roamhq/wrtc':
      return w3cStack(((await import('@roamhq/wrtc')) as unknown as { default: W3cApi }).default)
    case 'werift':
      // Left to itself it asks a public STUN server.
      return w3cStack(await import('werift'), {
        configuration: { iceServers: [] },
        toSendable: (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength),
      })
  }
}

let collect: (() => void) | undefined
function collectGarbage(): void {
  if (collect === undefined) {
    setFlagsFromString('--expose-gc')
    collect = runInNewContext('gc') as () => void
  }
  collect()
}

function usage(afterCollecting: boolean): Usage {
  if (afterCollecting) collectGarbage()
  const { user, system } = process.cpuUsage()
  const { rss, heapUsed, external } = process.memoryUsage()
  const used = { cpuMicros: user + system, rssBytes: rss }
  return afterCollecting ? { ...used, heapBytes: heapUsed + external } : used
}

const LOOP_RESOLUTION_MILLIS = 1

function watchLoop(): () => LoopDelay {
  const histogram = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MILLIS })
  histogram.enable()
  const millis = (nanos: number): number => Math.max(0, nanos / 1e6 - LOOP_RESOLUTION_MILLIS)
  return () => {
    histogram.disable()
    return { p50: millis(histogram.percentile(50)), p99: millis(histogram.percentile(99)), max: millis(histogram.max) }
  }
}

const DIAL_EVERY_MILLIS = 10

/** The answerer listens, the offerer dials until it does. */
async function signalling(): Promise<Socket> {
  if (start.role === 'answerer') {
    const server = createServer()
    server.listen(start.socketPath)
    const [socket] = (await once(server, 'connection')) as [Socket]
    server.close()
    return socket
  }
  for (;;) {
    const socket = createConnection(start.socketPath)
    try {
      await once(socket, 'connect')
      return socket
    } catch {
      await new Promise((resolve) => setTimeout(resolve, DIAL_EVERY_MILLIS)) // not there yet; who started us sets the limit
    }
  }
}

function eachLine(socket: Socket, line: (text: string) => void): void {
  let rest = ''
  socket.setEncoding('utf8')
  socket.on('data', (text: string) => {
    const lines = (rest + text).split('\n')
    rest = lines.pop()!
    lines.forEach(line)
  })
}

const surroundings: Surroundings = { usage, later: (callback) => void setImmediate(callback), watchLoop }
const made = await stack()
const socket = await signalling()
const agent = new Agent(made, surroundings, (note) => socket.write(`${JSON.stringify(note)}\n`))
eachLine(socket, (text) => agent.receive(JSON.parse(text) as Note))
process.on('message', (command: Command) => {
  const reply = (outcome: { result: unknown } | { failure: string }): void =>
    void process.send!({ call: command.call, ...outcome } satisfies Reply)
  agent.run(command).then(
    (result) => reply({ result }),
    (error: unknown) => reply({ failure: error instanceof Error ? error.message : String(error) }),
  )
})
// The other process is gone: who started us tells of that, and ends us.
socket.on('error', () => {})
process.on('disconnect', () => process.exit())
process.send!({ ready: true })
