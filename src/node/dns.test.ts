import { createSocket } from 'node:dgram'
import type { Socket } from 'node:dgram'
import { once } from 'node:events'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { resolveDnsName } from './dns.js'
import { addressesInHostsFile, addressesOf } from './hosts-file.js'
import { resolveName } from './resolve-name.js'

const never = new AbortController().signal

/** Question section of a query, as bytes, and its type (RFC 1035 §4.1). */
function question(query: Buffer): { readonly bytes: Buffer; readonly type: number } {
  const end = query.indexOf(0, 12) + 5
  return { bytes: query.subarray(12, end), type: query.readUInt16BE(end - 4) }
}

function answer(query: Buffer, code: number, records: readonly Buffer[]): Buffer {
  const header = Buffer.alloc(12)
  query.copy(header, 0, 0, 2)
  header.writeUInt16BE(0x8180 | code, 2)
  header.writeUInt16BE(1, 4)
  header.writeUInt16BE(records.length, 6)
  return Buffer.concat([header, question(query).bytes, ...records])
}

function record(type: number, data: readonly number[]): Buffer {
  return Buffer.from([0xc0, 12, 0, type, 0, 1, 0, 0, 0, 60, 0, data.length, ...data])
}

const [A, AAAA] = [1, 28]

describe('DNS', () => {
  let server: Socket
  let servers: string[]
  let queries = 0
  let respond: ((query: Buffer) => Buffer | undefined) | undefined

  beforeEach(async () => {
    queries = 0
    server = createSocket('udp4').bind(0, '127.0.0.1')
    await once(server, 'listening')
    servers = [`127.0.0.1:${server.address().port}`]
    server.on('message', (query, from) => {
      queries++
      const response = respond?.(query)
      if (response !== undefined) server.send(response, from.port, from.address)
    })
  })

  afterEach(async () => {
    respond = undefined
    await new Promise<void>((resolve) => server.close(resolve))
  })

  test('addresses of both families', async () => {
    respond = (query) =>
      question(query).type === A
        ? answer(query, 0, [record(A, [198, 51, 100, 7])])
        : answer(query, 0, [record(AAAA, [0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7])])
    expect(await resolveDnsName('a.example', never, { servers })).toEqual(['198.51.100.7', '2001:db8::7'])
  })

  test('one family alone is enough, and the system is not asked', async () => {
    const systemLookup = vi.fn()
    respond = (query) => answer(query, 0, question(query).type === A ? [record(A, [198, 51, 100, 7])] : [])
    expect(await resolveDnsName('a.example', never, { servers, systemLookup })).toEqual(['198.51.100.7'])
    expect(systemLookup).not.toHaveBeenCalled()
  })

  test('a name that DNS does not know is asked of the system, which may fail', async () => {
    respond = (query) => answer(query, 3, [])
    const systemLookup = vi.fn(async () => ['192.0.2.1'])
    expect(await resolveDnsName('a.example', never, { servers, systemLookup })).toEqual(['192.0.2.1'])
    systemLookup.mockRejectedValueOnce(new Error('ENOTFOUND'))
    expect(await resolveDnsName('a.example', never, { servers, systemLookup })).toEqual([])
    expect(systemLookup).toHaveBeenCalledTimes(2)
  })

  test('P8: an abort ends it at once and leaves nothing', async () => {
    const abort = new AbortController()
    const systemLookup = vi.fn()
    const lookup = resolveDnsName('a.example', abort.signal, { servers, systemLookup })
    while (queries === 0) await new Promise((resolve) => setImmediate(resolve))
    abort.abort()
    expect(await lookup).toEqual([])
    expect(systemLookup).not.toHaveBeenCalled()
    // The leak guard of the test set-up sees to the rest.
  })

  test('an abort while the system looks', async () => {
    const abort = new AbortController()
    respond = (query) => answer(query, 3, [])
    let asked: () => void
    const begun = new Promise<void>((resolve) => (asked = resolve))
    const systemLookup = (): Promise<string[]> => {
      asked()
      return new Promise(() => {})
    }
    const lookup = resolveDnsName('a.example', abort.signal, { servers, systemLookup })
    await begun
    abort.abort()
    expect(await lookup).toEqual([])
  })

  test('silent servers: the timeout ends it, without asking the system, which would wait for the same ones', async () => {
    const systemLookup = vi.fn()
    expect(await resolveDnsName('a.example', never, { servers, timeoutMillis: 20, systemLookup })).toEqual([])
    expect(systemLookup).not.toHaveBeenCalled()
  })

  test('garbage from the server is not believed', async () => {
    respond = () => Buffer.from([1, 2, 3])
    expect(await resolveDnsName('a.example', never, { servers, timeoutMillis: 30 })).toEqual([])
  })

  test.each(['', 'a'.repeat(300), 'a..b', `${'a'.repeat(64)}.example`])('bad name %#', async (name) => {
    expect(await resolveDnsName(name, never, { servers, systemLookup: async () => [], timeoutMillis: 50 })).toEqual([])
  })
})

test('addresses are their own answer; an abort before is an empty one', async () => {
  expect(await resolveName('192.0.2.1', never)).toEqual(['192.0.2.1'])
  expect(await resolveName('::1', never)).toEqual(['::1'])
  expect(await resolveName('192.0.2.1', AbortSignal.abort())).toEqual([])
})

test('localhost is known without a server', async () => {
  const addresses = await resolveName('localhost', never)
  expect(addresses.every((address) => address === '::1' || address.startsWith('127.'))).toBe(true)
  expect(addresses.length).toBeGreaterThan(0)
})

describe('the hosts file', () => {
  const text = '# comment 1.1.1.1 a\n192.0.2.1\tA.example  b # c\r\n2001:db8::1 a.example\n\n192.0.2.2 aa.example\n'
  test.each([
    ['a.example', ['192.0.2.1', '2001:db8::1']],
    ['B', ['192.0.2.1']],
    ['c', []],
    ['example', []],
  ])('%s', (name, addresses) => {
    expect(addressesOf(name, text)).toEqual(addresses)
  })

  test('a missing file says nothing', async () => {
    expect(await addressesInHostsFile('a', '/nonexistent/hosts')).toEqual([])
  })
})
