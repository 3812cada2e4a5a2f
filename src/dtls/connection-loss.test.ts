import { describe, expect, test } from 'vitest'
import type { Millis } from '../core/index.js'
import { connection, Link, rsa2048, seededRandom } from './dtls.test-support.js'

describe('a lossy, reordering, duplicating link', () => {
  const conditions = [
    { name: 'one path', lossRatio: 0.2, duplicateRatio: 0.1, jitterMillis: 60, mtuBytes: 1200, seeds: 150 },
    { name: 'a tiny path', lossRatio: 0.1, duplicateRatio: 0.1, jitterMillis: 60, mtuBytes: 256, seeds: 60 },
    { name: 'a long path', lossRatio: 0.05, delayMillis: 300, jitterMillis: 100, mtuBytes: 576, seeds: 60 },
  ]
  test.each(conditions)('$name: both ends connect, then talk', ({ mtuBytes, seeds, ...options }) => {
    for (let seed = 1; seed <= seeds; seed++) {
      const common = { mtuBytes, certificate: rsa2048, peer: rsa2048 }
      const cookieExchange = seed % 3 === 0
      const link = new Link(connection('client', common), connection('server', { ...common, cookieExchange }), {
        ...options,
        seed,
      })
      expect(link.connect(), `seed ${seed}`).toBe(true)
      const largest = Math.max(...link.client.sent.map((d) => d.length), ...link.server.sent.map((d) => d.length))
      expect(largest).toBeLessThanOrEqual(mtuBytes)
      const heard = (): boolean => {
        link.send(link.client, 'ping')
        link.send(link.server, 'pong')
        link.run(undefined, 1000)
        return link.client.data.includes('pong') && link.server.data.includes('ping')
      }
      expect(heard() || heard() || heard() || heard(), `seed ${seed}`).toBe(true)
      expect(link.client.event('failed') ?? link.server.event('failed')).toBeUndefined()
    }
  })

  test('every single datagram of the handshake may be lost', () => {
    for (let lost = 0; lost < 14; lost++) {
      let count = 0
      const filter = (_: string, datagram: Uint8Array): Uint8Array | undefined =>
        count++ === lost ? undefined : datagram
      const common = { mtuBytes: 512 }
      const link = new Link(connection('client', common), connection('server', common), { filter })
      expect(link.connect(), `datagram ${lost}`).toBe(true)
      // One timeout repairs one loss.
      expect(link.now).toBeLessThan(1000 + 300)
    }
  })

  test('a flight that arrives backwards is put in order, Finished before its keys included', () => {
    const common = { mtuBytes: 300 }
    const client = connection('client', common)
    const server = connection('server', common)
    server.start(0)
    client.start(0)
    let now: Millis = 0
    for (let round = 0; round < 2; round++) {
      for (const [from, to] of [
        [client, server],
        [server, client],
      ] as const) {
        const datagrams: Uint8Array[] = []
        for (let out = from.pollTransmit(now); out; out = from.pollTransmit(now)) datagrams.push(out)
        for (const datagram of datagrams.reverse()) to.receive(now, datagram)
        now += 1
      }
    }
    expect([client.state, server.state]).toEqual(['connected', 'connected'])
    expect(client.counters).toEqual({})
  })
})

describe('retransmission', () => {
  test('doubles from 200 ms to 5 s and gives up after 30 s', () => {
    const client = connection('client')
    client.start(0)
    const sentAt: Millis[] = []
    let now: Millis = 0
    while (client.state === 'connecting') {
      while (client.pollTransmit(now) !== undefined) sentAt.push(now)
      now = client.nextTimeout()
      client.handleTimeout(now)
    }
    expect(sentAt).toEqual([0, 200, 600, 1400, 3000, 6200, 11_200, 16_200, 21_200, 26_200])
    expect(now).toBe(30_000)
    expect(client.pollEvent()).toMatchObject({ type: 'failed', error: { code: 'dtls.timeout' } })
    expect(client.nextTimeout()).toBe(Infinity)
  })

  test('the first timeout may come from an owner who knows the round-trip time', () => {
    const client = connection('client', { initialRetransmissionMillis: 50 })
    client.start(0)
    expect(client.pollTransmit(10)).toBeDefined()
    expect(client.nextTimeout()).toBe(60)
  })

  test('a server that nobody spoke to waits without a timer', () => {
    const server = connection('server')
    server.start(0)
    expect(server.state).toBe('connecting')
    expect(server.nextTimeout()).toBe(Infinity)
    expect(server.pollTransmit(0)).toBeUndefined()
  })

  test('connected ends have no timer', () => {
    const link = new Link(connection('client'), connection('server'))
    link.connect()
    expect(link.client.connection.nextTimeout()).toBe(Infinity)
    expect(link.server.connection.nextTimeout()).toBe(Infinity)
  })

  test('connected ends need not be looked into, until something is asked of them', () => {
    let last: Uint8Array | undefined
    const link = new Link(connection('client'), connection('server'), {
      filter: (from, datagram) => {
        if (from === 'client') last = datagram
        return datagram
      },
    })
    link.connect()
    const { client, server } = link
    const areSilent = (): boolean[] => [client, server].map((end) => end.connection.isSilent)
    link.drain()
    expect(areSilent()).toEqual([true, true])
    link.send(client, 'data')
    link.run(() => server.data.length === 1)
    link.drain()
    expect([server.data, ...areSilent()]).toEqual([['data'], true, true])
    const replayed = last!
    server.connection.receive((link.now += 1000), replayed)
    client.connection.close(link.now)
    expect(areSilent()).toEqual([false, true])
    expect(client.connection.exportKeyingMaterial('EXPORTER-test', undefined, 16)).toBeUndefined()
  })

  test("a repeated Finished brings the server's last flight back", () => {
    let serverDatagrams = 0
    const link = new Link(connection('client'), connection('server'), {
      // The server's second datagram is its last flight.
      filter: (from, datagram) => (from === 'server' && ++serverDatagrams === 2 ? undefined : datagram),
    })
    expect(link.start().run(() => link.server.connection.state === 'connected')).toBe(true)
    expect(link.client.connection.state).toBe('connecting')
    expect(link.run(() => link.bothConnected, 300)).toBe(true)
  })

  test('repeats of duplicates are limited, so that nobody is flooded', () => {
    const client = connection('client')
    const server = connection('server')
    server.start(0)
    client.start(0)
    const hello = client.pollTransmit(0)!
    server.receive(0, hello)
    let sent = 0
    const drain = (now: Millis): void => {
      while (server.pollTransmit(now) !== undefined) sent++
    }
    drain(0)
    expect(sent).toBe(1)
    for (let now = 0; now < 100; now++) {
      server.receive(now, hello)
      drain(now)
    }
    expect(sent).toBe(3)
    expect(server.counters).toEqual({ duplicateFragment: 100 })
  })
})

describe('data that is early', () => {
  test('waits for Finished, and is told after `connected`', () => {
    let serverDatagrams = 0
    const link = new Link(connection('client'), connection('server'), {
      filter: (from, datagram) => (from === 'server' && ++serverDatagrams === 2 ? undefined : datagram),
    })
    link.start().run(() => link.server.connection.state === 'connected')
    link.send(link.server, 'early')
    link.run(undefined, 50)
    expect(link.client.events).toEqual([])
    expect(link.run(() => link.bothConnected, 300)).toBe(true)
    expect(link.client.events.map((event) => event.type)).toEqual(['connected', 'data'])
    expect(link.client.data).toEqual(['early'])
  })

  test('is bounded, as are records that overtake their keys', () => {
    let holdBack = true
    const link = new Link(connection('client'), connection('server'), {
      filter: (from, datagram) => (from === 'server' && datagram[0] !== 22 && holdBack ? undefined : datagram),
    })
    link.start().run(() => link.server.connection.state === 'connected')
    const client = link.client.connection
    for (let i = 0; i < 40; i++) client.receive(link.now, link.server.connection.seal(new Uint8Array(100))!)
    expect(client.counters).toEqual({ earlyRecordOverflow: 24 })
    holdBack = false
    expect(link.run(() => link.bothConnected, 1000)).toBe(true)
    expect(link.client.data).toHaveLength(16)

    const waiting = connection('client')
    waiting.start(0)
    for (let i = 0; i < 40; i++) waiting.receive(0, link.server.connection.seal(new Uint8Array(10))!)
    expect(waiting.counters).toEqual({ earlyRecordOverflow: 24 })
    expect(waiting.state).toBe('connecting')
  })
})

test('the seeded generator repeats itself', () => {
  const [a, b] = [seededRandom(5), seededRandom(5)]
  expect([a(), a(), a()]).toEqual([b(), b(), b()])
})
