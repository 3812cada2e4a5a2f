/** Starts our stack, with an agent that tells more of ICE, in a process on a host of the lab. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'
import type { AgentCommand, AgentEvent } from './agent-protocol.js'
import { PROJECT } from './hosts/child-process.js'
import type { LabHost } from './nat-lab.js'
import { Host } from './remote-peer.js'
import type { RemotePeer, Transport, TransportEvents } from './remote-peer.js'

export interface Order {
  readonly call: number
  readonly command: AgentCommand
}

export type Reply =
  { readonly call: number; readonly result: unknown } | { readonly call: number; readonly failure: string }

/** What the process says. */
export type Told = { readonly ready: true } | { readonly event: AgentEvent } | Reply

/** What a candidate says of itself through the W3C API. */
export interface CandidateFields {
  readonly type: string | null
  readonly protocol: string | null
  readonly address: string | null
  readonly port: number | null
  readonly relatedAddress: string | null
  readonly relatedPort: number | null
  readonly url: string | null
  readonly relayProtocol: string | null
}

export interface SelectedPairFields {
  readonly local: CandidateFields
  readonly remote: CandidateFields
}

export interface CandidateErrorFields {
  readonly address: string | null
  readonly port: number | null
  readonly url: string
  readonly errorCode: number
  readonly errorText: string
}

/** The candidates that its application was told of so far. */
export function gathered({ log }: RemotePeer, type?: 'host' | 'srflx' | 'relay'): CandidateFields[] {
  const told = log.events.filter((event) => event.type === 'gathered').map(({ detail }) => detail)
  const candidates = told as unknown as CandidateFields[]
  return type === undefined ? candidates : candidates.filter((candidate) => candidate.type === type)
}

/** The pair that it uses now. */
export function selectedPair({ log }: RemotePeer): SelectedPairFields | undefined {
  return log.events.findLast(({ type }) => type === 'selected')?.detail as SelectedPairFields | undefined
}

export function candidateErrors({ log }: RemotePeer): CandidateErrorFields[] {
  const errors = log.events.filter(({ type }) => type === 'icecandidateerror').map(({ detail }) => detail)
  return errors as unknown as CandidateErrorFields[]
}

class LabTransport implements Transport {
  readonly #child: ChildProcess
  readonly #calls = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>()
  #nextCall = 0
  #disposing = false
  readonly ready: Promise<void>

  constructor(child: ChildProcess, events: TransportEvents) {
    this.#child = child
    let complaint = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (complaint = (complaint + text).slice(-2000)))
    this.ready = new Promise((resolve, reject) => {
      child.on('message', (message: Told) => {
        if ('ready' in message) resolve()
        else if ('event' in message) events.event(message.event)
        else this.#settle(message)
      })
      child.on('exit', (code, signal) => {
        const reason = new Error(`process ended (${signal ?? `code ${code ?? '?'}`}) ${complaint}`)
        reject(reason)
        if (!this.#disposing) events.gone(reason)
        for (const call of this.#calls.values()) call.reject(reason)
      })
    })
  }

  #settle(message: Reply): void {
    const call = this.#calls.get(message.call)
    this.#calls.delete(message.call)
    if ('failure' in message) call?.reject(new Error(message.failure))
    else call?.resolve(message.result)
  }

  async run(command: AgentCommand): Promise<unknown> {
    const call = this.#nextCall++
    return await new Promise((resolve, reject) => {
      this.#calls.set(call, { resolve, reject })
      this.#child.send({ call, command } satisfies Order, (error) => {
        if (error !== null) reject(error)
      })
    })
  }

  async dispose(): Promise<void> {
    this.#disposing = true
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    const exited = once(this.#child, 'exit')
    this.#child.kill('SIGKILL')
    await exited
  }
}

let program: string | undefined

/** Node runs TypeScript from 22 on, and we support 20. */
function childProgram(): string {
  const entry = fileURLToPath(new URL('./nat-lab-child.ts', import.meta.url))
  const { outputFiles } = buildSync({
    entryPoints: [entry],
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    write: false,
  })
  return outputFiles[0]!.text
}

export async function launchOn(host: LabHost, name: string): Promise<Host> {
  program ??= childProgram()
  const code = program
  return await Host.launch(name, async (events) => {
    const [command, ...words] = [...host.enter, process.execPath, '--input-type=module']
    const child = spawn(command, words, { cwd: PROJECT, stdio: ['pipe', 'ignore', 'pipe', 'ipc'] })
    child.stdin!.end(code)
    const transport = new LabTransport(child, events)
    await transport.ready
    return transport
  })
}
