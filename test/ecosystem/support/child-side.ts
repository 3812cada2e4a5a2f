/** A side in a Node process of its own, on the built package, as an application would have it. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import type { Order, Told } from './child-program.js'
import { EventLog } from './event-log.js'
import type { Side } from './sides.js'

const PROJECT = fileURLToPath(new URL('../../..', import.meta.url))
const ECOSYSTEM = fileURLToPath(new URL('..', import.meta.url))

/** Only what hangs takes that long. */
const EXIT_TIMEOUT_MILLIS = 10_000

export interface Exit {
  readonly code: number | null
  readonly stderr: string
}

export interface ChildSide extends Side {
  /** Says that nothing more is wanted of it; it has to end by itself. */
  exit(): Promise<Exit>
  kill(): Promise<void>
}

/** Adapter `x` is exported by `adapters/<file>`; what users write comes before it. */
async function programOf(file: string, adapter: string): Promise<string> {
  const contents = `
    import 'tincan-rtc/globals'
    import './support/node-22.js'
    import { ${adapter} } from './adapters/${file}.js'
    import { serve } from './support/child-program.js'
    serve(${adapter})`
  const { outputFiles } = await build({
    stdin: { contents, resolveDir: ECOSYSTEM, loader: 'ts' },
    bundle: true,
    packages: 'external',
    // The package's own `sideEffects` is not meant for its tests.
    ignoreAnnotations: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'silent',
    write: false,
  })
  return outputFiles[0]!.text
}

export async function startChild(file: string, adapter: string, options: unknown): Promise<ChildSide> {
  const code = await programOf(file, adapter)
  const child = spawn(process.execPath, ['--input-type=module'], {
    cwd: PROJECT,
    stdio: ['pipe', 'ignore', 'pipe', 'ipc'],
  })
  child.stdin!.end(code)
  let stderr = ''
  child.stderr!.setEncoding('utf8').on('data', (text: string) => (stderr += text))
  const log = new EventLog('a process')
  const calls = new Map<number, (told: { readonly result?: unknown; readonly failure?: string }) => void>()
  child.on('message', (told: Told) => {
    if ('type' in told) log.tell(told.type, told.detail)
    else calls.get(told.call)?.(told)
  })
  child.once('exit', (status) => {
    for (const settle of calls.values()) settle({ failure: `it ended with ${status ?? 'a signal'}: ${stderr}` })
  })
  let next = 0
  const order = async (make: (call: number) => Order): Promise<unknown> => {
    const call = next++
    const told = await new Promise<{ readonly result?: unknown; readonly failure?: string }>((resolve) => {
      calls.set(call, resolve)
      child.send(make(call))
    })
    calls.delete(call)
    if (told.failure !== undefined) throw new Error(told.failure)
    return told.result
  }
  await order(() => ({ start: options }))
  return {
    log,
    isInBrowser: false,
    run: async (command, ...args) => await order((call) => ({ call, command, args: args as never[] })),
    exit: async () => {
      const exited = endOf(child)
      child.disconnect()
      return { code: await exited, stderr }
    },
    kill: async () => {
      const exited = endOf(child)
      child.kill('SIGKILL')
      await exited
    },
  }
}

/** null for one that had to be ended. */
async function endOf(child: ChildProcess): Promise<number | null> {
  const timer = setTimeout(() => child.kill('SIGKILL'), EXIT_TIMEOUT_MILLIS)
  const [code] = (await once(child, 'exit')) as [number | null]
  clearTimeout(timer)
  return code
}
