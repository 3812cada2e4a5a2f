import { Socket } from 'node:dgram'
import { setMaxListeners } from 'node:events'
import multicastDns from 'multicast-dns'
import type { Answer } from 'dns-packet'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { isMulticastName, MulticastResolver } from './mdns.js'
import type { MulticastInterface } from './multicast-interfaces.js'
import { turns } from './fake-peer.test-support.js'

/** Everything stays on the loopback interface, on a port that no real responder listens to. */
const PORT = 20_000 + (process.pid % 20_000)
const LOOPBACK = '127.0.0.1'
const interfaces = (): MulticastInterface[] => [{ family: 'IPv4', id: LOOPBACK }]
const never = new AbortController().signal
const NAME = '3f2504e0-4f89-41d3-9a0c-0305e82c3301.local'

let responder: multicastDns.MulticastDNS | undefined
let queries: string[] = []

async function respond(answers: (name: string, count: number) => Answer[]): Promise<void> {
  const made = multicastDns({ port: PORT, interface: LOOPBACK, bind: '0.0.0.0' })
  responder = made
  made.on('query', (query) => {
    const name = query.questions?.[0]?.name ?? ''
    queries.push(name)
    const records = answers(name, queries.length)
    if (records.length > 0) made.respond(records)
  })
  await new Promise<void>((resolve) => made.once('ready', resolve))
}

afterEach(async () => {
  queries = []
  await new Promise<void>((resolve) => {
    if (responder === undefined) resolve()
    else responder.destroy(resolve)
    responder = undefined
  })
})

function resolver(timeoutMillis = 10_000, repeatAfterMillis = 1000): MulticastResolver {
  return new MulticastResolver({ interfaces, port: PORT, timeoutMillis, repeatAfterMillis })
}

describe('multicast DNS, over loopback', () => {
  test('resolves the random name of a browser, whatever its case', async () => {
    await respond((name) => [{ type: 'A', name: name.toUpperCase(), data: '192.0.2.7', ttl: 120 }])
    expect(await resolver().resolve(NAME, never)).toEqual(['192.0.2.7'])
    expect(await resolver().resolve(NAME.toUpperCase(), never)).toEqual(['192.0.2.7'])
  })

  test('both kinds of addresses are asked for, and eight taken at most', async () => {
    const asked: string[] = []
    await respond((name) =>
      Array.from({ length: 12 }, (_, i) => ({ type: 'AAAA', name, data: `2001:db8::${i + 1}`, ttl: 120 })),
    )
    responder!.on('query', ({ questions = [] }) => asked.push(...questions.map(({ type }) => type)))
    expect(await resolver().resolve(NAME, never)).toHaveLength(8)
    expect(asked).toEqual(['A', 'AAAA'])
  })

  test('an interface that goes and comes back is listened on again', async () => {
    const joined: unknown[] = []
    const { addMembership } = Socket.prototype
    vi.spyOn(Socket.prototype, 'addMembership').mockImplementation(function (this: Socket, ...words) {
      joined.push(words[1])
      addMembership.apply(this, words)
    })
    let present = interfaces()
    const shared = new MulticastResolver({ interfaces: () => present, port: PORT, timeoutMillis: 1 })
    const held = shared.publish(NAME, LOOPBACK) // the sockets stay
    for (const there of [interfaces(), interfaces(), [], interfaces()]) {
      present = there
      await shared.resolve('nobody.local', never)
    }
    await held.close()
    vi.restoreAllMocks()
    expect(joined).toEqual([LOOPBACK, LOOPBACK])
  })

  test('IPv6 answers count, link-local ones do not', async () => {
    await respond((name) => [
      { type: 'AAAA', name, data: 'fe80::1', ttl: 120 },
      { type: 'AAAA', name, data: '2001:db8::7', ttl: 120 },
    ])
    expect(await resolver().resolve(NAME, never)).toEqual(['2001:db8::7'])
  })

  test('many lookups share one socket for each family, which go with the last', async () => {
    await respond((name) => [{ type: 'A', name, data: `192.0.2.${name.charCodeAt(0) - 90}`, ttl: 120 }])
    const shared = resolver()
    const sockets = (): number => process.getActiveResourcesInfo().filter((kind) => /^udpwrap$/i.test(kind)).length
    await turns(2)
    const before = sockets()
    const bind = vi.spyOn(Socket.prototype, 'bind')
    const lookups = ['a', 'b', 'c', 'd'].map((letter) => shared.resolve(`${letter}.local`, never))
    expect(await Promise.all(lookups)).toEqual([['192.0.2.7'], ['192.0.2.8'], ['192.0.2.9'], ['192.0.2.10']])
    expect(bind.mock.calls.map(([port, address]) => [port, address]).toSorted()).toEqual([
      [PORT, '0.0.0.0'],
      [PORT, '::'],
    ])
    bind.mockRestore()
    await turns(2)
    expect(sockets()).toBe(before)
    expect(await shared.resolve('e.local', never)).toEqual(['192.0.2.11'])
  })

  test('IPv6 that cannot be had never fails IPv4', async () => {
    await respond((name) => [{ type: 'A', name, data: '192.0.2.7', ttl: 120 }])
    const { bind } = Socket.prototype
    vi.spyOn(Socket.prototype, 'bind').mockImplementation(function (this: Socket, ...words: unknown[]) {
      if (words[1] !== '::') return bind.apply(this, words as Parameters<typeof bind>)
      process.nextTick(() => this.emit('error', Object.assign(new Error('not here'), { code: 'EAFNOSUPPORT' })))
      return this
    })
    expect(await resolver().resolve(NAME, never)).toEqual(['192.0.2.7'])
    vi.restoreAllMocks()
  })

  test('RFC 6762 §6: what comes from another port is no answer', async () => {
    const stranger = multicastDns({ port: PORT, interface: LOOPBACK, bind: false })
    await respond((name, count) => {
      const answer = (data: string): Answer[] => [{ type: 'A', name, data, ttl: 120 }]
      stranger.respond(answer('192.0.2.66'), { port: PORT, address: '224.0.0.251' })
      return count < 2 ? [] : answer('192.0.2.7')
    })
    expect(await resolver(10_000, 30).resolve(NAME, never)).toEqual(['192.0.2.7'])
    await new Promise<void>((resolve) => stranger.destroy(resolve))
  })

  test('what is said on several interfaces at once: each is chosen, and then sent on', async () => {
    const log: string[] = []
    const { setMulticastInterface, send } = Socket.prototype
    vi.spyOn(Socket.prototype, 'setMulticastInterface').mockImplementation(function (this: Socket, id) {
      log.push(id)
      setMulticastInterface.call(this, id)
    })
    vi.spyOn(Socket.prototype, 'send').mockImplementation(function (this: Socket, ...words: unknown[]) {
      const done = words.pop() as () => void
      const sent = (): void => {
        log.push('sent')
        done()
      }
      send.apply(this, [...words, sent] as unknown as Parameters<typeof send>)
    })
    const ids = [LOOPBACK, '127.0.0.2']
    const shared = new MulticastResolver({
      interfaces: () => ids.map((id) => ({ family: 'IPv4', id })),
      port: PORT,
    })
    const abort = new AbortController()
    const lookups = ['a', 'b', 'c'].map((letter) => shared.resolve(`${letter}.local`, abort.signal))
    // However slow the machine is, all of it is said before anybody gives up.
    while (log.length < 3 * 2 * ids.length) await turns(1)
    abort.abort()
    await Promise.all(lookups)
    vi.restoreAllMocks()
    expect(log).toEqual(['a', 'b', 'c'].flatMap(() => ids.flatMap((id) => [id, 'sent'])))
  })

  test('a lost query is repeated', async () => {
    await respond((name, count) => (count < 2 ? [] : [{ type: 'A', name, data: '192.0.2.7', ttl: 120 }]))
    expect(await resolver(10_000, 30).resolve(NAME, never)).toEqual(['192.0.2.7'])
    expect(queries).toEqual([NAME, NAME])
  })

  test('answers for other names, and no answer at all, are an empty one in the end', async () => {
    await respond(() => [{ type: 'A', name: 'other.local', data: '192.0.2.7', ttl: 120 }])
    expect(await resolver(400, 20).resolve(NAME, never)).toEqual([])
    expect(queries.length).toBeGreaterThanOrEqual(1)
  })

  test('P8: an abort ends it, at every moment', async () => {
    for (let wait = 0; wait < 8; wait++) {
      const abort = new AbortController()
      const lookup = resolver().resolve(NAME, abort.signal)
      await turns(wait)
      abort.abort()
      expect(await lookup).toEqual([])
    }
    expect(await resolver().resolve(NAME, AbortSignal.abort())).toEqual([])
  })

  test('a port that cannot be had, of either family, is an empty answer at once', async () => {
    vi.spyOn(Socket.prototype, 'bind').mockImplementation(function (this: Socket) {
      process.nextTick(() => this.emit('error', Object.assign(new Error('taken'), { code: 'EADDRINUSE' })))
      return this
    })
    expect(await resolver(3_600_000).resolve(NAME, never)).toEqual([])
    vi.restoreAllMocks()
  })

  test('an interface that nobody here has is an empty answer', async () => {
    const denied = new MulticastResolver({
      interfaces: () => [{ family: 'IPv4', id: '203.0.113.1' }],
      port: PORT,
      timeoutMillis: 50,
    })
    expect(await denied.resolve(NAME, never)).toEqual([])
  })

  test('more lookups than the process may have are answered with nothing at once', async () => {
    const abort = new AbortController()
    setMaxListeners(0, abort.signal)
    const shared = resolver()
    const lookups = Array.from({ length: 300 }, (_, i) => shared.resolve(`n${i}.local`, abort.signal))
    expect(shared.pending).toBe(256)
    abort.abort()
    expect((await Promise.all(lookups)).flat()).toEqual([])
    expect(shared.pending).toBe(0)
  })
})

test.each([
  [NAME, true],
  ['printer.LOCAL', true],
  ['a.b.local', false],
  ['.local', false],
  ['-a.local', false],
  ['a local', false],
  ['a.example', false],
  [`${'a'.repeat(64)}.local`, false],
  ['a.local\n', false],
])('%j is a name for multicast DNS: %s', async (name, expected) => {
  expect(isMulticastName(name)).toBe(expected)
  if (!expected) expect(await resolver().resolve(name, never)).toEqual([])
})

describe('names of ours, over loopback', () => {
  test('are resolved by others while they are published, and the socket goes with the last of them', async () => {
    const ours = resolver()
    const published = ours.publish(NAME, '127.0.0.1')
    expect(await resolver().resolve(NAME.toUpperCase(), never)).toEqual(['127.0.0.1'])
    expect(await ours.resolve(NAME, AbortSignal.abort())).toEqual([])
    await published.close()
    await published.close()
    expect(await resolver(50, 20).resolve(NAME, never)).toEqual([])
  })
})
