import { spawn } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import type { NodeStackName, NodeStart } from '../agent/node-start.js'
import { within } from '../agent/within.js'
import type { Pair } from './pair.js'
import { ProcessSide } from './process-side.js'
import { nodeProgram } from './program.js'

const START_LIMIT_MILLIS = 20_000

interface Program {
  readonly command: readonly [string, ...string[]]
  readonly hasIpc: boolean
  readonly env: Readonly<Record<string, string | undefined>>
}

export interface NodePairOptions {
  /** The file that is imported for tincan. */
  readonly library: string
  readonly env?: Readonly<Record<string, string | undefined>>
}

export async function startNodePair(stack: NodeStackName, { library, env = {} }: NodePairOptions): Promise<Pair> {
  const command = [process.execPath, nodeProgram('bench/agent/node-main.ts')] as const
  return await startPair({ command, hasIpc: true, env }, { stack, library })
}

/** Another program that speaks the protocol of the agents by lines of JSON. */
export async function startForeignPair(executable: string): Promise<Pair> {
  return await startPair({ command: [executable], hasIpc: false, env: {} }, {})
}

let pairs = 0

function socketPath(): string {
  const name = `tincan-bench-${process.pid}-${pairs++}`
  return process.platform === 'win32' ? `\\\\.\\pipe\\${name}` : path.join(tmpdir(), `${name}.sock`)
}

async function startPair(program: Program, start: Partial<NodeStart>): Promise<Pair> {
  const socket = socketPath()
  const side = (role: NodeStart['role']): ProcessSide => {
    const told = JSON.stringify({ ...start, role, socketPath: socket })
    const [executable, ...words] = program.command
    const child = spawn(executable, words, {
      env: { ...process.env, ...program.env, TINCAN_BENCH_AGENT: told },
      stdio: program.hasIpc ? ['ignore', 'ignore', 'pipe', 'ipc'] : ['pipe', 'pipe', 'pipe'],
    })
    return new ProcessSide(child)
  }
  const [answerer, offerer] = [side('answerer'), side('offerer')]
  answerer.crashed = (error) => offerer.fail(error)
  offerer.crashed = (error) => answerer.fail(error)
  const end = async (): Promise<void> => {
    await Promise.all([answerer.end(), offerer.end()])
    await rm(socket, { force: true })
  }
  try {
    await within(START_LIMIT_MILLIS, 'not started', Promise.all([answerer.ready, offerer.ready]))
  } catch (error) {
    await end()
    throw error
  }
  return { offerer, answerer, usage: async (collect) => await bothUsages(offerer, answerer, collect), end }
}

async function bothUsages(
  offerer: ProcessSide,
  answerer: ProcessSide,
  collectGarbage: boolean,
): ReturnType<Pair['usage']> {
  const [a, b] = await Promise.all([
    offerer.run('usage', { collectGarbage }),
    answerer.run('usage', { collectGarbage }),
  ])
  const both = { cpuMicros: a.cpuMicros + b.cpuMicros, rssBytes: a.rssBytes + b.rssBytes }
  if (a.heapBytes === undefined || b.heapBytes === undefined) return both
  return { ...both, heapBytes: a.heapBytes + b.heapBytes }
}
