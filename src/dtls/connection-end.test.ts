import { describe, expect, test } from 'vitest'
import { nodeCrypto } from '../crypto/node.js'
import { openSslAeads, runtimeCrypto } from '../crypto/openssl.js'
import type { Crypto } from '../crypto/types.js'
import { connection, Link } from './dtls.test-support.js'

describe('close', () => {
  test('says close_notify; the peer answers and is closed too', () => {
    const link = new Link(connection('client'), connection('server'))
    link.connect()
    link.client.connection.close(link.now)
    expect(link.client.connection.state).toBe('closed')
    link.run(undefined, 100)
    expect(link.client.events.at(-1)).toEqual({ type: 'closed', by: 'local' })
    expect(link.server.events.at(-1)).toEqual({ type: 'closed', by: 'peer' })
    expect(link.server.connection.state).toBe('closed')
    expect(link.client.connection.seal(new Uint8Array(1))).toBeUndefined()
    expect(link.client.connection.counters).toEqual({ notRunning: 1 }) // the answer
  })

  test('comes after what was sealed before', () => {
    const link = new Link(connection('client'), connection('server'))
    link.connect()
    link.send(link.client, 'last words')
    link.client.connection.close(link.now)
    link.run(undefined, 100)
    expect(link.server.data).toEqual(['last words'])
    expect(link.server.events.map((event) => event.type)).toEqual(['connected', 'data', 'closed'])
  })

  test('by both at once', () => {
    const link = new Link(connection('client'), connection('server'))
    link.connect()
    link.client.connection.close(link.now)
    link.server.connection.close(link.now)
    link.run(undefined, 100)
    for (const end of [link.client, link.server]) {
      expect(end.events.map((event) => event.type)).toEqual(['connected', 'closed'])
      expect(end.connection.nextTimeout()).toBe(Infinity)
    }
  })

  test.each(['client', 'server'] as const)('before the start, %s: nothing is sent, one event', (role) => {
    const end = connection(role)
    end.close(0)
    end.close(1)
    end.start(2)
    expect(end.state).toBe('closed')
    expect(end.pollTransmit(2)).toBeUndefined()
    expect(end.pollEvent()).toEqual({ type: 'closed', by: 'local' })
    expect(end.pollEvent()).toBeUndefined()
  })

  test('while shaking hands: the alert is in plain text, and the peer comes to believe it', () => {
    const link = new Link(connection('client'), connection('server'))
    link.start().run(() => link.client.sent.length === 2)
    const untold = new Link(connection('client'), connection('server'), {
      filter: (from, datagram) => (from === 'server' && datagram[0] !== 21 ? undefined : datagram),
    })
    untold.start().run(undefined, 50)
    untold.server.connection.close(untold.now)
    expect(untold.run(() => untold.client.connection.state === 'failed', 4000)).toBe(true)
    expect(untold.client.event('failed')?.error).toMatchObject({ details: { receivedAlert: 0 } })
  })

  test('a server may close in the very batch that connected it; the client is told', () => {
    const link = new Link(connection('client'), connection('server'))
    link.start().run(() => link.client.sent.length === 2)
    const server = link.server.connection
    server.receive(link.now, link.client.sent[1]!)
    expect(server.state).toBe('connected')
    server.close(link.now)
    link.run(undefined, 100)
    expect(link.client.events).toEqual([{ type: 'closed', by: 'peer' }])
  })

  test('what was due before close happened before it', () => {
    const client = connection('client')
    client.start(0)
    client.close(60_000)
    expect(client.state).toBe('failed')
  })
})

/** Seals application data under another content type, which nothing in our own API would. */
class Impersonator {
  contentType: number | undefined

  readonly crypto: Crypto = {
    ...nodeCrypto,
    aead: (algorithm, key) => {
      const aead = nodeCrypto.aead(algorithm, key)
      return {
        open: (...args) => aead.open(...args),
        seal: (...args) => aead.seal(...args),
        sealInPlace: (nonce, additionalData, ...where) => {
          const changed = additionalData.slice()
          if (this.contentType !== undefined) changed[8] = this.contentType
          aead.sealInPlace(nonce, changed, ...where)
        },
        release: () => aead.release(),
      }
    },
  }

  send(link: Link, contentType: number, body: Uint8Array): void {
    this.contentType = contentType
    const record = link.client.connection.seal(body)!
    this.contentType = undefined
    record[0] = contentType
    link.transmit(link.client, record)
    link.run(undefined, 100)
  }
}

describe('authenticated alerts', () => {
  function connected(): { readonly link: Link; readonly impersonator: Impersonator } {
    const impersonator = new Impersonator()
    const link = new Link(connection('client', { crypto: impersonator.crypto }), connection('server'))
    link.connect()
    return { link, impersonator }
  }

  test('a fatal one fails the connection at once, with its number and name', () => {
    const { link, impersonator } = connected()
    impersonator.send(link, 21, Uint8Array.of(2, 80))
    expect(link.server.connection.state).toBe('failed')
    const error = link.server.event('failed')?.error
    expect(error).toMatchObject({ code: 'dtls.alert', details: { receivedAlert: 80 } })
    expect(error?.message).toContain('internal_error (80)')
  })

  test('warnings, malformed alerts and unknown content types are counted and change nothing', () => {
    const { link, impersonator } = connected()
    impersonator.send(link, 21, Uint8Array.of(1, 90))
    impersonator.send(link, 21, Uint8Array.of(1))
    impersonator.send(link, 21, Uint8Array.of(3, 0))
    impersonator.send(link, 77, Uint8Array.of(1))
    expect(link.server.connection.state).toBe('connected')
    expect(link.server.connection.counters).toEqual({ warningAlert: 1, malformedAlert: 2, unknownContentType: 1 })
  })

  test('another handshake is refused, and a peer that keeps asking is answered four times', () => {
    const { link, impersonator } = connected()
    const sentBefore = link.server.sent.length
    const hello = Uint8Array.of(1, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0)
    for (let i = 0; i < 10; i++) impersonator.send(link, 22, hello)
    impersonator.send(link, 22, Uint8Array.of(11, 0, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0))
    expect(link.server.sent.length - sentBefore).toBe(4)
    expect(link.server.connection.counters).toEqual({ renegotiation: 10, unexpectedHandshake: 1 })
    expect(link.client.connection.counters).toEqual({ warningAlert: 4 })
    expect(link.bothConnected).toBe(true)
  })
})

test('an application record is bounded: more than 2^14 bytes cannot be sealed', () => {
  const link = new Link(connection('client'), connection('server'))
  link.connect()
  expect(link.client.connection.seal(new Uint8Array(2 ** 14 + 1))).toBeUndefined()
  expect(link.client.connection.seal(new Uint8Array(2 ** 14))).toHaveLength(2 ** 14 + 37)
})

test('plain text has nothing to say to ends that are connected', () => {
  const link = new Link(connection('client'), connection('server'))
  link.connect()
  const alert = Uint8Array.of(21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 2, 40)
  link.client.connection.receive(link.now, alert)
  expect(link.client.connection.counters).toEqual({ unknownEpoch: 1 })
  link.run(undefined, 10_000)
  expect(link.bothConnected).toBe(true)
})

test('with the end of a connection its keys are given back', () => {
  const native = openSslAeads()
  const held = (): number => (native.isAvailable ? native.value.contexts : 0)
  const before = held()
  const crypto = runtimeCrypto
  const link = new Link(connection('client', { crypto }), connection('server', { crypto })).start()
  link.run(undefined, 1000)
  link.send(link.client, 'a')
  link.send(link.server, 'b')
  link.run(undefined, 1000)
  expect(held()).toBe(native.isAvailable ? before + 4 : before) // both directions of both ends
  link.client.connection.close(link.now)
  expect(link.client.connection.seal(new Uint8Array(1))).toBeUndefined()
  link.run(undefined, 1000)
  expect(link.server.connection.state).toBe('closed')
  expect(held()).toBe(before)
})
