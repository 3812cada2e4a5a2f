/** A coturn of the test's own, as a STUN server: own configuration, port, database and log, in a folder that goes away with it. */
import { execFile, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

const START_MILLIS = 10_000

export interface CoturnOptions {
  /** The words that lead to the host that it runs on. */
  readonly enter: readonly [string, ...string[]]
  readonly address: string
  readonly port: number
}

/** Why there can be none on this machine, or undefined. */
export async function coturnMissing(): Promise<string | undefined> {
  try {
    await run('turnserver', ['--version'])
    return undefined
  } catch {
    return 'no turnserver on this machine: install coturn from your distribution'
  }
}

export class Coturn {
  /** The URL for `iceServers`. */
  readonly url: string
  readonly #child: ChildProcess
  readonly #folder: string
  #log = ''

  private constructor(child: ChildProcess, folder: string, { address, port }: CoturnOptions) {
    this.#child = child
    this.#folder = folder
    this.url = `stun:${address}:${port}`
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => (this.#log += text))
  }

  static async start(options: CoturnOptions): Promise<Coturn> {
    const folder = await mkdtemp(join(tmpdir(), 'interop-coturn-'))
    const configuration = join(folder, 'turnserver.conf')
    const lines = [
      `listening-ip=${options.address}`,
      `listening-port=${options.port}`,
      'stun-only',
      'no-tcp',
      'no-tls',
      'no-dtls',
      'no-cli',
      'no-rfc5780',
      'verbose',
      'log-file=stdout',
      `pidfile=${join(folder, 'pid')}`,
      `userdb=${join(folder, 'turndb')}`,
    ]
    await writeFile(configuration, lines.map((line) => `${line}\n`).join(''))
    const [command, ...words] = [...options.enter, 'turnserver', '-c', configuration]
    const child = spawn(command, words, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
    const coturn = new Coturn(child, folder, options)
    try {
      await coturn.#listening(options)
      return coturn
    } catch (error) {
      await coturn.stop()
      throw error
    }
  }

  async #listening({ address, port }: CoturnOptions): Promise<void> {
    const start = performance.now()
    while (!this.#log.includes(`UDP listener opened on: ${address}:${port}`)) {
      const late = performance.now() - start > START_MILLIS
      if (late || this.#child.exitCode !== null) throw new Error(`coturn does not listen: ${this.#log}`)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      const exited = once(this.#child, 'exit')
      this.#child.kill('SIGKILL')
      await exited
    }
    await rm(this.#folder, { recursive: true, force: true })
  }
}
