import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { sleep } from '../measure/sleep.js'
import { startProgram } from '../peers/child-program.js'
import type { ChildProgram } from '../peers/child-program.js'
import type { TcpCount, TcpStart } from './tcp-main.js'
import { makeTunnel, tunnelMissing } from './tunnel.js'

const PORT = 5001
const ANSWER_MILLIS = 10_000

let missing: { readonly reason: string | undefined } | undefined

/** Why there can be no TCP over the relay on this machine. */
export function tcpMissing(): string | undefined {
  missing ??= { reason: tunnelMissing() }
  return missing.reason
}

/** MB/s of one TCP connection through two ports of a relay. */
export async function tcpFlow(
  relayPorts: readonly [number, number],
  warmUpMillis: number,
  measureMillis: number,
): Promise<number> {
  const tunnel = makeTunnel(relayPorts, [await freePort(), await freePort()])
  const children: ChildProgram[] = []
  const start = async (role: TcpStart['role'], enter: readonly string[]): Promise<ChildProgram> => {
    const told: TcpStart = { role, address: tunnel.sink.address, otherAddress: tunnel.source.address, port: PORT }
    const { child } = await startProgram('bench/tcp/tcp-main.ts', {
      enter,
      env: { TINCAN_BENCH_TCP: JSON.stringify(told) },
    })
    children.push(child)
    return child
  }
  try {
    const sink = await start('sink', tunnel.sink.enter)
    await start('source', tunnel.source.enter)
    await sleep(warmUpMillis)
    const before = (await sink.ask({}, ANSWER_MILLIS)) as TcpCount
    await sleep(measureMillis)
    const after = (await sink.ask({}, ANSWER_MILLIS)) as TcpCount
    return (after.bytes - before.bytes) / 1e3 / (after.atMillis - before.atMillis)
  } finally {
    for (const child of children) await child.end()
    tunnel.remove()
  }
}

/** One that was free a moment ago: the kernel's tunnels do not choose one themselves. */
async function freePort(): Promise<number> {
  const socket = createSocket('udp4')
  socket.bind(0)
  await once(socket, 'listening')
  const { port } = socket.address()
  socket.close()
  await once(socket, 'close')
  return port
}
