import { fork } from 'node:child_process'
import type { ChildMessage, ChildTask } from './child/protocol.js'
import { short } from './results.js'
import type { FileResult, Report, SubtestResult } from './results.js'

/** The child's own time limit comes first, unless its event loop is blocked. */
const BLOCKED_MILLIS = 8_000
/** Native addons of other implementations sometimes hang when the process wants to exit. */
const EXIT_MILLIS = 3_000
const LOG_CHARS = 4_000

export interface FileRun {
  readonly result: FileResult
  readonly implementation?: Report['impl'] | undefined
}

/** Runs one file in a process of its own: a crash or a blocked event loop costs that file alone. */
export async function runFile(child: string, task: ChildTask): Promise<FileRun> {
  const started = Date.now()
  const observed = new Observed()
  const process = fork(child, [JSON.stringify(task)], {
    execArgv: ['--expose-gc', '--no-warnings'],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  })
  const kill = (): void => {
    observed.killed = true
    process.kill('SIGKILL')
  }
  let timer = setTimeout(kill, task.timeoutMillis + BLOCKED_MILLIS)
  process.stdout?.on('data', (chunk: Buffer) => observed.log(chunk))
  process.stderr?.on('data', (chunk: Buffer) => observed.log(chunk))
  process.on('message', (message: ChildMessage) => {
    observed.take(message)
    if (message.type !== 'done') return
    clearTimeout(timer)
    timer = setTimeout(() => process.kill('SIGKILL'), EXIT_MILLIS)
  })
  const exit = await new Promise<string>((resolve, reject) => {
    process.once('error', reject)
    process.once('close', (code, signal) => resolve(`exit ${signal ?? code ?? ''}`))
  })
  clearTimeout(timer)
  const { file, variant } = task
  return {
    result: { file, variant, ...observed.outcome(exit), ms: Date.now() - started },
    implementation: observed.implementation,
  }
}

/** What was heard of a child, and what follows from it when it is gone. */
class Observed {
  implementation: Report['impl'] | undefined
  killed = false
  readonly #subtests = new Map<string, SubtestResult>()
  #done: Extract<ChildMessage, { type: 'done' }> | undefined
  #fatal: string | undefined
  #log = ''

  log(chunk: Buffer): void {
    this.#log = (this.#log + chunk.toString()).slice(-LOG_CHARS)
  }

  take(message: ChildMessage): void {
    switch (message.type) {
      case 'implementation':
        this.implementation = { name: message.name, version: message.version }
        return
      case 'known':
        this.#subtests.set(message.name, { name: message.name, status: 'NOTRUN' })
        return
      case 'result':
        this.#subtests.set(message.result.name, message.result)
        return
      case 'fatal':
        this.#fatal = message.message ?? 'no reason given'
        return
      case 'done':
        this.#done = message
    }
  }

  outcome(exit: string): Pick<FileResult, 'status' | 'message' | 'subtests'> {
    if (this.#done !== undefined) {
      const { status, message, results } = this.#done
      return { status, message, subtests: results }
    }
    const unfinished = this.killed ? 'TIMEOUT' : 'CRASH'
    const subtests = [...this.#subtests.values()].map((subtest) =>
      subtest.status === 'NOTRUN' ? { ...subtest, status: unfinished } : subtest,
    ) satisfies readonly SubtestResult[]
    if (this.#fatal !== undefined) return { status: 'ERROR', message: this.#fatal, subtests }
    if (this.killed) return { status: 'TIMEOUT', message: 'no report in time (event loop blocked?); killed', subtests }
    const lastLines = this.#log.trim().split('\n').slice(-3).join(' | ')
    return { status: 'CRASH', message: short(`${exit}: ${lastLines}`), subtests }
  }
}
