/**
 * The agent in a Node process of its own: the other implementations may crash in a destructor or keep their process alive,
 * and neither must reach the tests.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import type { AgentCommand, AgentEvent } from '../agent-protocol.js'
import { bundledProgram } from '../bundled-program.js'
import { Host } from '../remote-peer.js'
import type { Transport, TransportEvents } from '../remote-peer.js'

const PROJECT = fileURLToPath(new URL('../../../', import.meta.url))

export type ChildImplementation = 'werift' | 'node-datachannel' | '@roamhq/wrtc' | 'tincan'

export type ToChild = { readonly call: number; readonly command: AgentCommand } | { readonly leave: true }

export type FromChild =
  | { readonly ready: true }
  | { readonly event: AgentEvent }
  | { readonly call: number; readonly result: unknown }
  | { readonly call: number; readonly failure: string }

/** Asked of our own, which must hold nothing when its last connection is closed. */
export type ToOurChild = ToChild | { readonly resources: true }

export type FromOurChild = FromChild | { readonly resources: string[] }

class ChildTransport implements Transport {
  readonly #child: ChildProcess
  readonly #calls = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>()
  readonly #exited: Promise<unknown>
  #nextCall = 0
  #disposing = false
  #standardError = ''
  readonly ready: Promise<void>

  constructor(child: ChildProcess, events: TransportEvents) {
    this.#child = child
    this.#exited = once(child, 'exit')
    child.stderr?.on(
      'data',
      (chunk: Buffer) => (this.#standardError = (this.#standardError + chunk.toString()).slice(-2000)),
    )
    this.ready = new Promise((resolve, reject) => {
      child.on('message', (message: FromOurChild) => {
        if ('ready' in message) resolve()
        else if ('event' in message) events.event(message.event)
        else if ('call' in message) this.#settle(message)
      })
      child.on('exit', (code, signal) => {
        const reason = new Error(`process ended (${signal ?? `code ${code ?? '?'}`}) ${this.#standardError}`)
        reject(reason)
        if (!this.#disposing) events.gone(reason)
        for (const call of this.#calls.values()) call.reject(reason)
      })
    })
  }

  #settle(message: Extract<FromChild, { call: number }>): void {
    const call = this.#calls.get(message.call)
    this.#calls.delete(message.call)
    if ('failure' in message) call?.reject(new Error(message.failure))
    else call?.resolve(message.result)
  }

  async run(command: AgentCommand): Promise<unknown> {
    const call = this.#nextCall++
    return await new Promise((resolve, reject) => {
      this.#calls.set(call, { resolve, reject })
      this.#child.send({ call, command } satisfies ToChild, (error) => {
        if (error !== null) reject(error)
      })
    })
  }

  async dispose(): Promise<void> {
    this.#disposing = true
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill('SIGKILL')
      await this.#exited
    }
  }

  /** The kinds of what keeps the process alive now (process.getActiveResourcesInfo). */
  async resources(): Promise<string[]> {
    const told = new Promise<string[]>((resolve) => {
      const listener = (message: FromOurChild): void => {
        if (!('resources' in message)) return
        this.#child.off('message', listener)
        resolve(message.resources)
      }
      this.#child.on('message', listener)
    })
    this.#child.send({ resources: true } satisfies ToOurChild)
    return await told
  }

  /** Takes our hands off the process: when it ended by itself (as the events' `at`), and with which code. */
  async leave(): Promise<{ at: number; code: number | null }> {
    this.#disposing = true
    this.#child.send({ leave: true } satisfies ToChild)
    await this.#exited
    return { at: performance.timeOrigin + performance.now(), code: this.#child.exitCode }
  }
}

export interface ProgramPlace {
  /** Words before the command, for example those that lead into a network namespace. */
  readonly enter?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

/** Starts a program that answers commands and tells events as {@link FromChild} has it. */
export async function startProgram(
  program: string,
  events: TransportEvents,
  { enter = [], env = {} }: ProgramPlace,
): Promise<ChildTransport> {
  const [command, ...words] = [...enter, process.execPath, '--input-type=module']
  const child = spawn(command, words, {
    cwd: PROJECT,
    env: { ...process.env, ...env },
    stdio: ['pipe', 'ignore', 'pipe', 'ipc'],
  })
  // By standard input: it is too long for an argument.
  child.stdin!.end(program)
  const transport = new ChildTransport(child, events)
  await transport.ready
  return transport
}

async function startChild(
  implementation: ChildImplementation,
  events: TransportEvents,
  enter: readonly string[],
): Promise<ChildTransport> {
  const env = { INTEROP_IMPLEMENTATION: implementation }
  const external = implementation === 'tincan' ? [] : ['../../../src/index.js']
  return await startProgram(bundledProgram('./hosts/child-main.ts', external), events, { enter, env })
}

export async function launchChild(implementation: ChildImplementation, enter: readonly string[] = []): Promise<Host> {
  return await Host.launch(implementation, async (events) => await startChild(implementation, events, enter))
}

export interface LeavableHost {
  readonly host: Host
  leave(): Promise<{ at: number; code: number | null }>
  resources(): Promise<string[]>
}

export async function launchLeavableChild(implementation: ChildImplementation): Promise<LeavableHost> {
  let transport: ChildTransport | undefined
  const host = await Host.launch(implementation, async (events) => {
    transport = await startChild(implementation, events, [])
    return transport
  })
  return {
    host,
    leave: async () => await transport!.leave(),
    resources: async () => await transport!.resources(),
  }
}
