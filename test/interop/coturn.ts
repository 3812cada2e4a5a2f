/** A coturn of the test's own, as a STUN or TURN server: own configuration, port, database and log, in a folder that goes away with it. */
import { execFile, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { createSocket } from 'node:dgram'
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
  /** Another address of the host: with it, it tells what NATs do (RFC 5780), on the next port too. */
  readonly otherAddress?: string
  /** Relays, too; without it STUN alone. */
  readonly relay?: RelayOptions
}

export interface RelayOptions {
  /** Over TCP, too. */
  readonly tcp?: boolean
  /** TLS on another port, with this certificate: paths of PEM files. */
  readonly tls?: { readonly port: number; readonly certificate: string; readonly key: string }
  /** DTLS on the port of TLS, too. */
  readonly dtls?: boolean
  /** Seconds: how long a nonce is good for. */
  readonly staleNonce?: number
  /** Seconds: what an Allocate gets at most. A Refresh gets ten minutes in any case. */
  readonly maxAllocateLifetime?: number
  /** Further addresses of the host that it listens and relays on. */
  readonly furtherAddresses?: readonly string[]
  readonly furtherLines?: readonly string[]
}

/** Of every coturn that relays. */
export const TURN_USER = { username: 'interop', credential: 'relay me' }
/** For the other side, where the server is to tell them apart. */
export const OTHER_TURN_USER = { username: 'other', credential: 'and me' }
const TURN_REALM = 'interop.example'

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

  private constructor(child: ChildProcess, folder: string, { address, port, relay }: CoturnOptions) {
    this.#child = child
    this.#folder = folder
    const host = address.includes(':') ? `[${address}]` : address
    this.url = `${relay === undefined ? 'stun' : 'turn'}:${host}:${port}`
    for (const stream of [child.stdout, child.stderr])
      stream?.setEncoding('utf8').on('data', (text: string) => (this.#log += text))
  }

  static async start(options: CoturnOptions): Promise<Coturn> {
    const folder = await mkdtemp(join(tmpdir(), 'interop-coturn-'))
    const configuration = join(folder, 'turnserver.conf')
    const lines = [
      `listening-ip=${options.address}`,
      `listening-port=${options.port}`,
      ...(options.relay === undefined ? ['stun-only', 'no-tcp', 'no-tls'] : relayLines(options.address, options.relay)),
      ...(options.relay?.dtls === true ? [] : ['no-dtls']),
      'no-cli',
      ...(options.otherAddress === undefined ? ['no-rfc5780'] : [`listening-ip=${options.otherAddress}`]),
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

  /**
   * How many allocations nobody has given back. coturn answers a Refresh with lifetime 0 at once, and takes the memory away
   * by a timer that ticks every second.
   */
  get allocations(): number {
    return this.allocationsOf('.*')
  }

  /** Those that were made with one user name. */
  allocationsOf(username: string): number {
    const held = this.#sessions(new RegExp(`session (\\d+): new, realm=.*username=<${username}>`, 'g'))
    for (const gone of this.#sessions(/session (\d+): (?:refreshed, realm=.*lifetime=0|delete: realm=)/g))
      held.delete(gone)
    return held.size
  }

  /** How many it has ever made. */
  get created(): number {
    return this.#sessions(/session (\d+): new, realm=/g).size
  }

  /** How many times it has given an allocation these seconds more. */
  refreshes(seconds: number): number {
    return this.#log.match(new RegExp(`: refreshed, realm=.*lifetime=${seconds}\\b`, 'g'))?.length ?? 0
  }

  /** How many requests were answered with this error. */
  errors(code: number): number {
    return this.#log.match(new RegExp(`error ${code}:`, 'g'))?.length ?? 0
  }

  #sessions(pattern: RegExp): Set<string> {
    return new Set(Array.from(this.#log.matchAll(pattern), ([, session]) => session!))
  }

  async #listening(options: CoturnOptions): Promise<void> {
    const lines = listeningLines(options)
    const start = performance.now()
    while (!lines.every((line) => this.#log.includes(line))) {
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

/**
 * What its log says when it listens everywhere. One thread opens what is of UDP, address by address, and others what is of TCP: that
 * one is open says nothing of the others, and who connects too early is refused.
 */
function listeningLines({ address, otherAddress, port, relay }: CoturnOptions): readonly string[] {
  const addresses = [address, ...(otherAddress === undefined ? [] : [otherAddress]), ...(relay?.furtherAddresses ?? [])]
  const overUdp = [port, ...(relay?.dtls === true ? [relay.tls!.port] : [])]
  const overTcp = [...(relay?.tcp === true ? [port] : []), ...(relay?.tls === undefined ? [] : [relay.tls.port])]
  return addresses.flatMap((one) => [
    ...overUdp.map((on) => `UDP listener opened on: ${one}:${on}\n`),
    ...overTcp.map((on) => `listener opened on : ${one}:${on}\n`),
  ])
}

function relayLines(address: string, relay: RelayOptions): readonly string[] {
  const { tls, furtherAddresses = [] } = relay
  const lines = [
    `relay-ip=${address}`,
    ...furtherAddresses.flatMap((further) => [`listening-ip=${further}`, `relay-ip=${further}`]),
    'lt-cred-mech',
    `realm=${TURN_REALM}`,
    ...[TURN_USER, OTHER_TURN_USER].map(({ username, credential }) => `user=${username}:${credential}`),
    'allow-loopback-peers',
    ...(relay.tcp === true ? [] : ['no-tcp']),
    ...(tls === undefined
      ? ['no-tls']
      : [`tls-listening-port=${tls.port}`, `cert=${tls.certificate}`, `pkey=${tls.key}`]),
  ]
  if (relay.staleNonce !== undefined) lines.push(`stale-nonce=${relay.staleNonce}`)
  if (relay.maxAllocateLifetime !== undefined) lines.push(`max-allocate-lifetime=${relay.maxAllocateLifetime}`)
  return [...lines, ...(relay.furtherLines ?? [])]
}

/** It is free for TCP, too, in all likelihood. */
export async function freePort(address: string): Promise<number> {
  const socket = createSocket(address.includes(':') ? 'udp6' : 'udp4').bind(0, address)
  await once(socket, 'listening')
  const { port } = socket.address()
  socket.close()
  return port
}
