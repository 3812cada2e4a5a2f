import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { ChildProcess } from 'node:child_process'
import type { Arguments, Command, CommandName, Reply, Result } from '../agent/protocol.js'
import { within } from '../agent/within.js'
import { REPLY_LIMIT_MILLIS } from './pair.js'
import type { Side } from './pair.js'

type Outcome = { readonly ready: true } | Reply

/** Of what a process said of its end. */
const ERROR_BYTES = 8000

/** An agent in a process of its own: by IPC when the process has that (Node), else by lines of JSON on its standard streams. */
export class ProcessSide implements Side {
  readonly #child: ChildProcess
  readonly #calls = new Map<number, { resolve: (result: unknown) => void; reject: (error: Error) => void }>()
  readonly #exited: Promise<unknown>
  readonly ready: Promise<void>
  /** Told when it ended by itself: what the other end waits for will not come. */
  crashed: (error: Error) => void = () => {}
  #isEnding = false
  #nextCall = 0
  #errorText = ''

  constructor(child: ChildProcess) {
    this.#child = child
    this.#exited = once(child, 'exit')
    child.stderr?.on('data', (chunk: Buffer) => {
      this.#errorText = (this.#errorText + chunk.toString()).slice(-ERROR_BYTES)
    })
    this.ready = new Promise((resolve, reject) => {
      const receive = (message: Outcome): void => {
        if ('ready' in message) resolve()
        else this.#settle(message)
      }
      if (!hasIpc(child))
        createInterface({ input: child.stdout! }).on('line', (line) => {
          // pion writes its log here too.
          if (line.startsWith('{')) receive(JSON.parse(line) as Outcome)
        })
      else child.on('message', receive)
      // Not `exit`: what it said last may come after that.
      child.on('close', (code, signal) => {
        const error = new Error(`process ended (${signal ?? `code ${code ?? '?'}`}) \n${this.#errorText}`.trim())
        reject(error)
        this.fail(error)
        if (!this.#isEnding) this.crashed(error)
      })
      child.on('error', reject)
    })
  }

  async run<K extends CommandName>(name: K, given: Arguments<K>, limitMillis = REPLY_LIMIT_MILLIS): Promise<Result<K>> {
    const call = this.#nextCall++
    const reply = new Promise<unknown>((resolve, reject) => this.#calls.set(call, { resolve, reject }))
    this.#post({ call, name, arguments: given })
    return (await within(limitMillis, `no reply to ${name}`, reply)) as Result<K>
  }

  #post(command: Command): void {
    if (!hasIpc(this.#child)) this.#child.stdin!.write(`${JSON.stringify(command)}\n`)
    // A child that is gone has rejected its calls already.
    else this.#child.send(command, () => {})
  }

  #settle(reply: Reply): void {
    const call = this.#calls.get(reply.call)
    this.#calls.delete(reply.call)
    if ('failure' in reply) call?.reject(new Error(reply.failure))
    else call?.resolve(reply.result)
  }

  /** Everything that is waited for fails. */
  fail(error: Error): void {
    for (const call of this.#calls.values()) call.reject(error)
    this.#calls.clear()
  }

  async end(): Promise<void> {
    this.#isEnding = true
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return
    this.#child.kill('SIGKILL')
    await this.#exited
  }
}

/** Declared as always there; it is there with a channel. */
function hasIpc(child: ChildProcess): boolean {
  return typeof child.send === 'function'
}
