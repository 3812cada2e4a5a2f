import { once } from 'node:events'
import { createServer } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import tls, { createServer as createTlsServer } from 'node:tls'
import type { SecureVersion, TlsOptions } from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { CertificateAuthority } from '../../test/support/certificate-authority.js'
import { runProgram } from '../../test/support/run-program.js'
import type { StreamOptions, StreamSocket } from './io.js'
import { connectStream } from './stream-socket.js'

const HOST = '127.0.0.1'
const KIB = 1 << 10

const closers: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

interface Listening {
  readonly port: number
  readonly accepted: Promise<Socket>
}

async function listening(server: Server, event = 'connection'): Promise<Listening> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket: Socket) => sockets.add(socket.on('error', () => {})))
  const accepted = new Promise<Socket>((resolve) => server.once(event, resolve))
  server.listen(0, HOST)
  await once(server, 'listening')
  closers.push(async () => {
    for (const socket of sockets) socket.destroy()
    await new Promise((resolve) => server.close(resolve))
  })
  return { port: (server.address() as AddressInfo).port, accepted }
}

interface Observed {
  readonly socket: StreamSocket
  readonly log: string[]
  readonly received: () => Buffer
  /** What it told last begins so. */
  readonly told: (what: string) => Promise<string>
}

function connect(options: StreamOptions): Observed {
  const log: string[] = []
  const chunks: Uint8Array[] = []
  let look = (): void => {}
  const tell = (line: string): void => {
    log.push(line)
    look()
  }
  const socket = connectStream(options, {
    opened: ({ address, port }) => tell(`opened ${address} ${port > 0}`),
    received: (data) => {
      chunks.push(data)
      tell(`received ${data.length}`)
    },
    closed: (reason) => tell(`closed ${reason}`),
  })
  closers.push(async () => await socket.close())
  const told = async (what: string): Promise<string> =>
    new Promise((resolve) => {
      look = () => {
        if (log.at(-1)?.startsWith(what) === true) resolve(log.at(-1)!)
      }
      look()
    })
  return { socket, log, told, received: () => Buffer.concat(chunks) }
}

describe('a TCP stream', () => {
  test('opens, carries bytes both ways, and is closed after what was sent', async () => {
    const { port, accepted } = await listening(createServer())
    const { socket, log, told, received } = connect({ address: HOST, port, localAddress: '127.0.0.1' })
    expect(log).toEqual([])
    expect(socket.send(Uint8Array.of(1), true)).toBe(false)
    await told('opened')
    const theirs = await accepted
    const data = Uint8Array.of(1, 2, 3)
    expect(socket.send(data, false)).toBe(true)
    data.fill(9) // the caller may use its buffer again
    const [echo] = (await once(theirs, 'data')) as [Buffer]
    expect([...echo]).toEqual([1, 2, 3])
    theirs.write('answer')
    await told('received')
    expect(received().toString()).toBe('answer')
    socket.send(Buffer.from('last'), false)
    const got: Buffer[] = []
    theirs.on('data', (chunk: Buffer) => got.push(chunk))
    await Promise.all([socket.close(), once(theirs, 'end')])
    expect(Buffer.concat(got).toString()).toBe('last')
    expect(log.filter((line) => line.startsWith('closed'))).toEqual([])
    expect(socket.send(data, true)).toBe(false)
    await socket.close()
  })

  test('a port that refuses is told with the reason, at once', async () => {
    const server = createServer()
    const { port } = await listening(server)
    await closers.pop()!()
    const { told, log } = connect({ address: HOST, port })
    expect(await told('closed')).toBe('closed The server refused the connection.')
    expect(log).toHaveLength(1)
  })

  test.each([
    ['an address that is not ours', { address: HOST, port: 9, localAddress: '192.0.2.1' }, /local address is gone/],
    ['a port that cannot be', { address: HOST, port: 70_000 }, /no such port/],
  ])('%s is told, neither thrown nor in the call', async (_, options, reason) => {
    const { log, told } = connect(options)
    expect(log).toEqual([])
    expect(await told('closed')).toMatch(reason)
  })

  test('the end and the reset of the other side are told once, without and with a reason', async () => {
    for (const [end, expected] of [
      [(socket: Socket) => socket.end(), 'closed undefined'],
      [(socket: Socket) => socket.resetAndDestroy(), 'closed The server reset the connection.'],
    ] as const) {
      const { port, accepted } = await listening(createServer())
      const { told, log, socket } = connect({ address: HOST, port })
      await told('opened')
      end(await accepted)
      expect(await told('closed')).toBe(expected)
      await socket.close()
      expect(log).toHaveLength(2)
    }
  })

  test('SECURITY 17: a server that does not read costs a bounded buffer; control has room beyond it, also bounded', async () => {
    const { port, accepted } = await listening(createServer({ pauseOnConnect: true }))
    const { socket, told } = connect({ address: HOST, port })
    await told('opened')
    await accepted
    const block = new Uint8Array(16 * KIB)
    let taken = 0
    while (socket.send(block, false)) taken++
    expect(taken * block.length).toBeLessThan(16 << 20) // the kernel's buffers, and 256 KiB of ours
    let control = 0
    while (socket.send(block, true)) control++
    expect(control * block.length).toBeGreaterThanOrEqual((1 << 20) - block.length)
    expect(control * block.length).toBeLessThan(2 << 20)
    expect(socket.send(block, false)).toBe(false)
    await socket.close() // not for ever, though nobody reads
  })

  test('close() while connecting, and twice, tells nothing', async () => {
    const { port } = await listening(createServer())
    const { socket, log } = connect({ address: HOST, port })
    await Promise.all([socket.close(), socket.close()])
    const second = connect({ address: HOST, port })
    await new Promise((resolve) => setImmediate(resolve))
    await second.socket.close()
    expect([...log, ...second.log.filter((line) => !line.startsWith('opened'))]).toEqual([])
  })

  test('a stream without a reference lets the process end', async () => {
    const { port } = await listening(createServer())
    const { stdout, stderr, exitCode } = await runProgram(
      "import { connectStream } from './src/node/stream-socket.js'",
      `const socket = connectStream({ address: '${HOST}', port: ${port} }, {
        opened: () => { console.log('opened'); socket.unref() }, received: () => {}, closed: console.log,
      })`,
    )
    expect({ stdout, stderr, exitCode }).toEqual({ stdout: 'opened\n', stderr: '', exitCode: 0 })
  })
})

describe('a TLS stream', () => {
  let authority: CertificateAuthority
  let named: Awaited<ReturnType<CertificateAuthority['issue']>>

  beforeAll(async () => {
    authority = await CertificateAuthority.create()
    named = await authority.issue('DNS:turn.example', 'IP:127.0.0.1')
  })

  afterAll(async () => {
    await authority.delete()
  })

  async function tlsServer(options: TlsOptions = {}): Promise<Listening> {
    return listening(createTlsServer({ cert: named.certificate, key: named.key, ...options }), 'secureConnection')
  }

  test.each(['turn.example', '127.0.0.1'])(
    'with an authority of the application: %s is verified',
    async (serverName) => {
      const { port, accepted } = await tlsServer()
      const { socket, told, received } = connect({
        address: HOST,
        port,
        tls: { serverName, ca: [authority.certificate] },
      })
      await told('opened')
      const theirs = await accepted
      socket.send(Buffer.from('sealed'), false)
      const [data] = (await once(theirs, 'data')) as [Buffer]
      expect(data.toString()).toBe('sealed')
      theirs.write('too')
      await told('received')
      expect(received().toString()).toBe('too')
    },
  )

  test.each([
    ['another name', { serverName: 'other.example', own: true }, /does not match/],
    ['another address', { serverName: '192.0.2.1', own: true }, /does not match/],
    ['an authority that nobody trusts', { serverName: 'turn.example', own: false }, /certificate/],
  ])('%s is refused before a byte is sent', async (_, { serverName, own }, reason) => {
    const { port } = await tlsServer()
    const tls = { serverName, ...(own && { ca: [authority.certificate] }) }
    const { told, log } = connect({ address: HOST, port, tls })
    expect(await told('closed')).toMatch(reason)
    expect(log).toHaveLength(1)
  })

  // RFC 8996 §2 and §5: nothing older than 1.2, whatever else this process allows itself.
  test.each<[SecureVersion, RegExp]>([
    ['TLSv1.1', /^closed .*(protocol|version)/i],
    ['TLSv1.2', /^opened/],
  ])('a server that speaks no more than %s', async (version, expected) => {
    const { DEFAULT_MIN_VERSION, DEFAULT_CIPHERS } = tls
    const ciphers = 'DEFAULT:@SECLEVEL=0' // 1.1 signs by SHA-1, which the levels above leave out
    Object.assign(tls, { DEFAULT_MIN_VERSION: 'TLSv1', DEFAULT_CIPHERS: ciphers })
    try {
      const { port } = await tlsServer({ minVersion: 'TLSv1', maxVersion: version, ciphers })
      const { told } = connect({
        ...{ address: HOST, port },
        tls: { serverName: 'turn.example', ca: [authority.certificate] },
      })
      expect(await told('')).toMatch(expected)
    } finally {
      Object.assign(tls, { DEFAULT_MIN_VERSION, DEFAULT_CIPHERS })
    }
  })

  test('a server without TLS is told with the reason', async () => {
    const { port, accepted } = await listening(createServer())
    const plain = connect({ address: HOST, port, tls: { serverName: 'turn.example' } })
    ;(await accepted).end('this is no handshake, though long enough to look at')
    expect(await plain.told('closed')).not.toBe('closed undefined')
  })
})
