import { execFileSync, spawn, spawnSync, type ChildProcessWithoutNullStreams } from 'node:child_process'
import { createSocket, type Socket } from 'node:dgram'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { X509Certificate } from 'node:crypto'
import type { DtlsConnection } from './connection.js'
import { sha256Of } from './dtls.test-support.js'
import type { DtlsEvent } from './types.js'

/** Whether the command is there. In CI it must be. */
export function hasOpenssl(): boolean {
  const found = spawnSync('openssl', ['version']).status === 0
  if (!found && process.env['CI'] === 'true') throw new Error('CI needs the openssl command for the interop tests')
  if (!found) console.log('The openssl command is missing: DTLS interop with it is not tested here.')
  return found
}

export interface PemFiles {
  readonly certificateFile: string
  readonly keyFile: string
  readonly fingerprint: { readonly algorithm: string; readonly value: string }
}

/** Certificates made by OpenSSL, in a directory that goes when the test does. */
export class PemDirectory {
  readonly path = mkdtempSync(join(tmpdir(), 'dtls-interop-'))

  create(name: string, keyArguments: readonly string[]): PemFiles {
    const certificateFile = join(this.path, `${name}.crt`)
    const keyFile = join(this.path, `${name}.key`)
    const common = ['req', '-x509', '-nodes', '-days', '7', '-subj', `/CN=${name}`, '-out', certificateFile]
    execFileSync('openssl', [...common, '-keyout', keyFile, ...keyArguments], { stdio: 'pipe' })
    const der = new X509Certificate(readFileSync(certificateFile)).raw
    return { certificateFile, keyFile, fingerprint: sha256Of({ der }) }
  }

  /** A configuration file with one setting for all connections. */
  configuration(setting: string): string {
    const file = join(this.path, 'openssl.cnf')
    const lines = [
      'openssl_conf = init',
      '[init]',
      'ssl_conf = ssl',
      '[ssl]',
      'system_default = default',
      '[default]',
      setting,
    ]
    writeFileSync(file, lines.join('\n') + '\n')
    return file
  }

  remove(): void {
    rmSync(this.path, { recursive: true })
  }
}

/** A running `openssl s_server` or `s_client`, with what it printed. */
export class OpensslProcess {
  readonly #process: ChildProcessWithoutNullStreams
  readonly #exited: Promise<void>
  output = ''

  constructor(args: readonly string[], environment: Readonly<Record<string, string>> = {}) {
    this.#process = spawn('openssl', args, { env: { ...process.env, ...environment } })
    const collect = (chunk: Buffer): void => {
      this.output += chunk.toString()
    }
    this.#process.stdout.on('data', collect)
    this.#process.stderr.on('data', collect)
    this.#exited = new Promise((resolve) => this.#process.on('close', () => resolve()))
  }

  write(text: string): void {
    this.#process.stdin.write(text)
  }

  /** Waits until the output matches, and gives the match. */
  async saw(pattern: RegExp, limitMillis: number = 10_000): Promise<RegExpExecArray> {
    const deadline = performance.now() + limitMillis
    for (;;) {
      const match = pattern.exec(this.output)
      if (match !== null) return match
      if (performance.now() > deadline) throw new Error(`openssl did not print ${pattern.source}:\n${this.output}`)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }

  async stop(): Promise<void> {
    this.#process.kill()
    await this.#exited
  }
}

/** A connection on a real socket of the loopback interface: a driver as small as can be. */
export class UdpEnd {
  readonly connection: DtlsConnection
  readonly events: DtlsEvent[] = []
  readonly received: Uint8Array[] = []
  readonly sent: Uint8Array[] = []
  readonly #socket: Socket
  #peerPort: number | undefined
  #timer: NodeJS.Timeout | undefined

  private constructor(connection: DtlsConnection, socket: Socket, peerPort: number | undefined) {
    this.connection = connection
    this.#socket = socket
    this.#peerPort = peerPort
    socket.on('message', (datagram, from) => {
      this.#peerPort ??= from.port
      this.received.push(datagram)
      connection.receive(performance.now(), datagram)
      this.#drain()
    })
  }

  /** @param peerPort unknown to a server, which learns it from the first datagram */
  static async open(connection: DtlsConnection, peerPort?: number): Promise<UdpEnd> {
    const socket = createSocket('udp4')
    await new Promise<void>((resolve) => socket.bind(0, '127.0.0.1', resolve))
    const end = new UdpEnd(connection, socket, peerPort)
    connection.start(performance.now())
    end.#drain()
    return end
  }

  get port(): number {
    return this.#socket.address().port
  }

  get text(): string {
    return this.events.map((event) => (event.type === 'data' ? Buffer.from(event.data).toString() : '')).join('')
  }

  send(text: string): void {
    this.#transmit(this.connection.seal(Buffer.from(text))!)
  }

  closeConnection(): void {
    this.connection.close(performance.now())
    this.#drain()
  }

  async until(condition: () => boolean, what: string, limitMillis: number = 10_000): Promise<void> {
    const deadline = performance.now() + limitMillis
    while (!condition()) {
      if (performance.now() > deadline) throw new Error(`not reached: ${what}; events ${JSON.stringify(this.events)}`)
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
  }

  async close(): Promise<void> {
    clearTimeout(this.#timer)
    await new Promise<void>((resolve) => this.#socket.close(resolve))
  }

  #transmit(datagram: Uint8Array): void {
    this.sent.push(datagram)
    this.#socket.send(datagram, this.#peerPort, '127.0.0.1')
  }

  #drain(): void {
    const now = performance.now()
    for (let out = this.connection.pollTransmit(now); out; out = this.connection.pollTransmit(now)) this.#transmit(out)
    for (let event = this.connection.pollEvent(); event; event = this.connection.pollEvent()) this.events.push(event)
    clearTimeout(this.#timer)
    const at = this.connection.nextTimeout()
    if (at === Infinity) return
    this.#timer = setTimeout(
      () => {
        this.connection.handleTimeout(performance.now())
        this.#drain()
      },
      Math.max(0, at - now),
    )
  }
}

export function toHex(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? [])
    .toString('hex')
    .toUpperCase()
}
