/** Programs of the benchmark besides the peers: a relay, ends of a TCP connection. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { within } from '../agent/within.js'
import { nodeProgram } from './program.js'

const START_LIMIT_MILLIS = 10_000

export interface ChildProgram {
  /** Asks for an answer; one at a time. */
  ask(question: object, limitMillis: number): Promise<unknown>
  end(): Promise<void>
}

export interface ProgramPlace {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Words before the command, for example those that lead into a network namespace. */
  readonly enter?: readonly string[]
}

const running = new Set<ChildProgram>()

/** When the benchmark is interrupted. */
export async function endPrograms(): Promise<void> {
  await Promise.all([...running].map(async (child) => await child.end()))
}

/** Settles with the first message of the program. */
export async function startProgram(
  entry: string,
  { env, enter = [] }: ProgramPlace,
): Promise<{ child: ChildProgram; ready: unknown }> {
  const [command, ...words] = [...enter, process.execPath, nodeProgram(entry)]
  const child = spawn(command, words, {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const exited = once(child, 'exit')
  const answer = async (): Promise<unknown> =>
    await Promise.race([
      once(child, 'message').then(([message]) => message as unknown),
      exited.then(() => Promise.reject(new Error(`${entry} ended`))),
    ])
  const program: ChildProgram = {
    async ask(question, limitMillis) {
      const answered = answer()
      child.send(question)
      return await within(limitMillis, 'no answer', answered)
    },
    async end() {
      running.delete(program)
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGKILL')
      await exited
    },
  }
  running.add(program)
  try {
    return { child: program, ready: await within(START_LIMIT_MILLIS, 'not started', answer()) }
  } catch (error) {
    await program.end()
    throw error
  }
}
