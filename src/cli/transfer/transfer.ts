import type { ChildProcess } from 'node:child_process'
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { closingLines } from './closing-lines.js'
import type { ChildMessage, ObservedStep, ParentMessage, Side } from './process-messages.js'
import { createProgress } from './progress.js'

/** Nothing heard from either process for this long ends the transfer: a machine that sleeps this long is stuck. */
const SILENCE_MILLIS = 30_000

/**
 * Starts two processes, lets them connect, send a generated file and close, and prints what they report.
 * @returns why it failed, or `undefined`
 */
export async function transfer(sizeBytes: number, print: (line: string) => void): Promise<string | undefined> {
  const run = new TransferRun(sizeBytes, print)
  return await run.finished()
}

class TransferRun {
  readonly #children: Record<Side, ChildProcess>
  readonly #steps: ObservedStep[] = []
  readonly #startedAt = performance.now()
  readonly #sizeBytes: number
  readonly #print: (line: string) => void
  readonly #progress
  #failure: string | undefined
  #verified = false
  #silence: NodeJS.Timeout

  constructor(sizeBytes: number, print: (line: string) => void) {
    this.#sizeBytes = sizeBytes
    this.#print = print
    this.#progress = createProgress(sizeBytes, print)
    this.#silence = this.#watchSilence()
    this.#children = { receiver: this.#start('receiver'), sender: this.#start('sender') }
  }

  async finished(): Promise<string | undefined> {
    const ends = Object.entries(this.#children).map(async ([side, child]) => {
      const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
      if (code !== 0) this.#fail(`the ${side} ended with ${signal ?? `exit code ${code ?? 'unknown'}`}`)
      return { what: 'process has ended by itself', at: performance.timeOrigin + performance.now(), side: side as Side }
    })
    this.#steps.push(...(await Promise.all(ends)))
    clearTimeout(this.#silence)
    this.#progress.stop()
    if (this.#failure === undefined && !this.#verified) this.#failure = 'the receiver never had the whole file'
    if (this.#failure === undefined) for (const line of closingLines(this.#steps)) this.#print(line)
    return this.#failure
  }

  #start(side: Side): ChildProcess {
    const child = fork(fileURLToPath(new URL(`./${side}.js`, import.meta.url)), [String(this.#sizeBytes)])
    child.on('message', (message) => {
      this.#hear(side, message as ChildMessage)
    })
    return child
  }

  #hear(side: Side, message: ChildMessage): void {
    this.#silence.refresh()
    switch (message.type) {
      case 'signal': {
        const other = this.#children[side === 'sender' ? 'receiver' : 'sender']
        if (other.connected) other.send({ type: 'signal', signal: message.signal } satisfies ParentMessage)
        return
      }
      case 'step':
        this.#steps.push({ ...message.step, side })
        return
      case 'path':
        this.#print(
          `connected in ${(performance.now() - this.#startedAt).toFixed(0)} ms, processes started: ${message.path}`,
        )
        return
      case 'progress':
        this.#progress.update(message.bytes)
        return
      case 'digest':
        this.#verified = true
        this.#progress.stop()
        this.#print(`SHA-256 ${message.sha256}, computed by both`)
        return
      case 'failed':
        this.#fail(message.reason)
    }
  }

  /** The first reason counts. Children that would wait for each other are ended. */
  #fail(reason: string): void {
    this.#failure ??= reason
    for (const child of Object.values(this.#children)) if (child.exitCode === null) child.kill()
  }

  #watchSilence(): NodeJS.Timeout {
    return setTimeout(() => {
      this.#fail(`nothing was heard from either process for ${SILENCE_MILLIS / 1000} s`)
    }, SILENCE_MILLIS)
  }
}
