import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { ByteReader } from '../core/index.js'
import { fingerprintOf, generateEcdsaCertificate } from '../crypto/certificate.js'
import { DTLS_1_2 } from './code-points.js'
import { connection, ecdsaP256, ecdsaP384, Link, rsa2048, sha256Of } from './dtls.test-support.js'
import { parseClientHello, writeClientHello, type ClientHello } from './handshake/client-hello.js'
import { parseFragment, SERVER_HELLO, writeFragment } from './handshake/message.js'
import { parseServerHello } from './handshake/server-hello.js'
import { PlaintextProtection } from './record/plaintext-protection.js'
import { HANDSHAKE, parseRecord } from './record/record.js'
import { RecordLayer } from './record/record-layer.js'
import { sealRecord } from './record/record-protection.js'

const plaintext = new PlaintextProtection(DTLS_1_2)

function handshakeRecord(type: number, sequence: number, body: Uint8Array): Uint8Array {
  return sealRecord(plaintext, HANDSHAKE, 0, 99, writeFragment({ type, sequence, body }, 0, body.length))
}

/** A hello as a client would send it, changed. */
function helloOf(change: (hello: ClientHello) => ClientHello): Uint8Array {
  const client = connection('client')
  client.start(0)
  const record = parseRecord(client.pollTransmit(0)!, 0)!
  const fragment = parseFragment(new ByteReader(record.fragment))!
  return writeClientHello(change(parseClientHello(fragment.bytes)!))
}

describe('what strangers send changes nothing, and the handshake completes', () => {
  const otherHello = helloOf((hello) => hello)
  const injections: Record<string, Uint8Array> = {
    'a fatal alert': sealRecord(plaintext, 21, 0, 7, Uint8Array.of(2, 40)),
    'a warning': sealRecord(plaintext, 21, 0, 7, Uint8Array.of(1, 90)),
    'a close_notify': sealRecord(plaintext, 21, 0, 7, Uint8Array.of(1, 0)),
    'a malformed alert': sealRecord(plaintext, 21, 0, 7, Uint8Array.of(1, 0, 0)),
    'application data in plain text': sealRecord(plaintext, 23, 0, 7, Uint8Array.of(1, 2, 3)),
    'data under keys of their own': sealRecord(plaintext, 23, 1, 7, new Uint8Array(60)),
    'a record of a later epoch': sealRecord(plaintext, 22, 2, 7, new Uint8Array(60)),
    'garbage with a plausible start': Uint8Array.of(22, 0xfe, 0xfd, 1, 2, 3),
    'a record longer than its datagram': Uint8Array.of(22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 1, 0xff, 0xff, 1),
    'a handshake record of garbage': sealRecord(plaintext, 22, 0, 7, new Uint8Array(40).fill(0xff)),
    'a hello cut short': handshakeRecord(1, 0, otherHello.subarray(0, 50)),
    'a ServerHello cut short': handshakeRecord(2, 0, new Uint8Array(20)),
    'a message that claims to be larger': sealRecord(
      plaintext,
      22,
      0,
      7,
      Uint8Array.of(1, 0, 9, 9, 0, 0, 0, 0, 0, 0, 0, 1, 5),
    ),
    'a Finished in plain text': handshakeRecord(20, 0, new Uint8Array(12)),
    'a message far ahead': handshakeRecord(11, 500, new Uint8Array(12)),
    'a CertificateVerify to come': handshakeRecord(15, 3, new Uint8Array(2)),
    'an unknown content type': sealRecord(plaintext, 99, 0, 7, new Uint8Array(5)),
    'nothing at all': new Uint8Array(0),
  }

  test.each(Object.entries(injections))('%s', (_, datagram) => {
    const link = new Link(connection('client'), connection('server'), {
      filter: (from, passed) => {
        const to = from === 'client' ? link.server : link.client
        to.connection.receive(link.now, datagram)
        return passed
      },
    })
    link.client.connection.receive(link.now, datagram)
    link.server.connection.receive(link.now, datagram)
    expect(link.connect()).toBe(true)
    link.send(link.client, 'still here')
    link.run(undefined, 5000)
    expect(link.server.data).toEqual(['still here'])
    expect(link.bothConnected).toBe(true)
  })

  test('another ClientHello after the first', () => {
    const link = new Link(connection('client'), connection('server'), {
      filter: (from, passed) => {
        if (from === 'server') link.server.connection.receive(link.now, handshakeRecord(1, 0, otherHello))
        return passed
      },
    })
    expect(link.connect()).toBe(true)
  })

  test('a real plaintext alert is believed after three seconds without progress, and when all is given up', () => {
    const client = connection('client')
    client.start(0)
    client.receive(100, sealRecord(plaintext, 21, 0, 7, Uint8Array.of(2, 40)))
    client.handleTimeout(3099)
    expect(client.state).toBe('connecting')
    client.handleTimeout(3100)
    expect(client.state).toBe('failed')
    const event = client.pollEvent()
    expect(event).toMatchObject({ type: 'failed', error: { code: 'dtls.alert', details: { receivedAlert: 40 } } })
    expect(event?.type === 'failed' && event.error.message).toContain('handshake_failure (40)')
  })
})

describe('garbage never throws', () => {
  const link = new Link(connection('client'), connection('server'))
  link.connect()
  const real = [...link.client.sent, ...link.server.sent]
  const mutated = fc
    .tuple(fc.constantFrom(...real), fc.array(fc.tuple(fc.nat(2000), fc.nat(255)), { maxLength: 4 }), fc.nat(1500))
    .map(([datagram, changes, length]) => {
      const copy = datagram.slice(0, Math.max(length, 1))
      for (const [at, value] of changes) copy[at % copy.length] = value
      return copy
    })
  const datagrams = fc.array(fc.oneof(fc.uint8Array({ maxLength: 100 }), mutated), { maxLength: 30 })

  test.each(['client', 'server'] as const)('%s, new, connecting and closed', (role) => {
    fc.assert(
      fc.property(datagrams, (garbage) => {
        const end = connection(role)
        for (const datagram of garbage) end.receive(0, datagram)
        expect(end.state).toBe('new')
        end.start(0)
        for (const datagram of garbage) end.receive(1, datagram)
        expect(end.state).not.toBe('connected')
        while (end.pollTransmit(1) !== undefined);
        end.close(2)
        for (const datagram of garbage) end.receive(3, datagram)
        for (let event = end.pollEvent(); event; event = end.pollEvent()) expect(event.type).not.toBe('data')
      }),
      { numRuns: 200 },
    )
  })

  test.each(['client', 'server'] as const)('%s, connected: it stays so, and hears nothing', (role) => {
    fc.assert(
      fc.property(datagrams, (garbage) => {
        for (const datagram of garbage) link[role].connection.receive(link.now, datagram)
        expect(link[role].connection.state).toBe('connected')
        expect(link[role].connection.pollEvent()).toBeUndefined()
        while (link[role].connection.pollTransmit(link.now) !== undefined);
      }),
      { numRuns: 200 },
    )
  })
})

describe('who the peer is', () => {
  test('a certificate without its key does not get in, on either side', () => {
    const thief = generateEcdsaCertificate({ expires: Date.now() + 1e9 })
    const stolen = { ...thief, der: ecdsaP256.der }
    for (const [options, victim] of [
      [{ client: { certificate: stolen }, server: {} }, 'server'],
      [{ client: {}, server: { certificate: stolen } }, 'client'],
    ] as const) {
      const link = new Link(connection('client', options.client), connection('server', options.server))
      link.start().run(() => link[victim].connection.state === 'failed', 1000)
      expect(link[victim].event('failed')?.error).toMatchObject({ details: { sentAlert: 51 } })
      expect(link[victim].event('connected')).toBeUndefined()
      expect(link[victim].connection.exportKeyingMaterial('x', undefined, 8)).toBeUndefined()
      expect(link[victim].connection.remoteCertificates).toEqual([])
    }
  })

  const wrong = { algorithm: 'sha-256', value: sha256Of(ecdsaP384).value }
  const sha512 = { algorithm: 'SHA-512', value: fingerprintOf(ecdsaP256.der, 'sha-512').toLowerCase() }
  const sha1 = { algorithm: 'sha-1', value: fingerprintOf(ecdsaP256.der, 'sha-1') }
  test.each([
    ['any of several', [wrong, sha512], true],
    ['none that matches', [wrong], false],
    ['SHA-1 alone', [sha1], false],
    ['an unknown hash beside a good one', [{ algorithm: 'constructor', value: 'AA' }, sha256Of(ecdsaP256)], true],
    ['none at all', [], false],
  ])('fingerprints: %s', (_, remoteFingerprints, good) => {
    const link = new Link(connection('client'), connection('server', { remoteFingerprints }))
    link.start().run(() => link.server.connection.state !== 'connecting', 1000)
    if (good) {
      expect(link.server.connection.state).toBe('connected')
    } else {
      expect(link.server.event('failed')?.error).toMatchObject({ code: 'dtls.fingerprint', details: { sentAlert: 42 } })
    }
  })
})

describe('what a ClientHello may look like', () => {
  function answerTo(hello: Uint8Array, server = connection('server')): Uint8Array | undefined {
    server.start(0)
    server.receive(0, handshakeRecord(1, 0, hello))
    return server.pollTransmit(0)
  }

  test('of version 1.3 with ML-KEM shares and GREASE, in pieces out of order: it is answered in 1.2', () => {
    const extra = new Map([
      [0x0a0a, new Uint8Array(0)],
      [51, new Uint8Array(1300)],
      [43, Uint8Array.of(6, 0x0a, 0x0a, 0xfe, 0xfc, 0xfe, 0xfd)],
      [10, Uint8Array.of(0, 8, 0x0a, 0x0a, 0x11, 0xec, 0, 23, 0, 24)],
    ])
    const body = helloOf((hello) => ({
      ...hello,
      cipherSuites: [0x0a0a, 0x1301, 0x1302, 0xc02b],
      extensions: new Map([...hello.extensions, ...extra]),
    }))
    const server = connection('server')
    server.start(0)
    const message = { type: 1, sequence: 0, body }
    for (const [from, to] of [
      [1000, body.length],
      [400, 1100],
      [400, 1100],
      [0, 500],
    ] as const) {
      expect(server.pollTransmit(0)).toBeUndefined()
      server.receive(0, sealRecord(plaintext, HANDSHAKE, 0, from, writeFragment(message, from, to)))
    }
    const record = parseRecord(server.pollTransmit(0)!, 0)!
    const fragment = parseFragment(new ByteReader(record.fragment))!
    expect(fragment.type).toBe(SERVER_HELLO)
    expect(parseServerHello(fragment.bytes)).toMatchObject({ version: DTLS_1_2, cipherSuite: 0xc02b })
  })

  test.each([
    ['version 1.0 only', (hello: ClientHello) => ({ ...hello, version: 0xfeff }), 70],
    ['1.3 only', with43(Uint8Array.of(2, 0xfe, 0xfc)), 70],
    ['no suite of ours', (hello: ClientHello) => ({ ...hello, cipherSuites: [0x1301] }), 40],
    ['compression alone', (hello: ClientHello) => ({ ...hello, compressionMethods: Uint8Array.of(1) }), 47],
    ['a renegotiation', (hello: ClientHello) => withExtension(hello, 0xff01, Uint8Array.of(1, 5)), 40],
    ['no group of ours', (hello: ClientHello) => withExtension(hello, 10, Uint8Array.of(0, 2, 0x11, 0xec)), 40],
    ['SHA-1 alone', (hello: ClientHello) => withExtension(hello, 13, Uint8Array.of(0, 2, 2, 3)), 40],
  ])('%s is refused in words', (_, change, alert) => {
    const server = connection('server')
    const answer = answerTo(helloOf(change), server)
    expect(parseRecord(answer!, 0)).toMatchObject({ type: 21, fragment: Uint8Array.of(2, alert) })
    const event = server.pollEvent()
    expect(event).toMatchObject({ type: 'failed', error: { details: { sentAlert: alert } } })
  })

  test('broken extensions are no hello', () => {
    const server = connection('server')
    expect(
      answerTo(
        helloOf((hello) => withExtension(hello, 10, Uint8Array.of(0, 3, 0))),
        server,
      ),
    ).toBeUndefined()
    expect(server.counters).toEqual({ malformedHandshake: 1 })
  })

  function withExtension(hello: ClientHello, type: number, data: Uint8Array): ClientHello {
    return { ...hello, extensions: new Map([...hello.extensions, [type, data]]) }
  }
  function with43(data: Uint8Array) {
    return (hello: ClientHello) => withExtension(hello, 43, data)
  }
})

test('with cookies, a server sends no more than it got until the cookie comes back', () => {
  const link = new Link(connection('client'), connection('server', { cookieExchange: true, certificate: rsa2048 }))
  link.start().run(() => link.server.sent.length > 0, 1000)
  expect(link.server.sent[0]!.length).toBeLessThan(link.client.sent[0]!.length)
  expect(link.server.connection.nextTimeout()).toBeGreaterThan(link.now + 20_000)
})

describe('limits of a key', () => {
  test('after 2^36 records nothing is sealed any more', () => {
    const link = new Link(connection('client'), connection('server'))
    link.connect()
    const spy = vi.spyOn(RecordLayer.prototype, 'sealedRecords').mockReturnValue(2 ** 36)
    expect(link.client.connection.seal(new Uint8Array(1))).toBeUndefined()
    spy.mockRestore()
    expect(link.client.connection.state).toBe('failed')
    expect(link.client.connection.pollEvent()).toMatchObject({ error: { code: 'dtls.record-limit' } })
  })

  test('after 2^36 forgeries nothing is believed any more', () => {
    const link = new Link(connection('client'), connection('server'))
    link.connect()
    const spy = vi.spyOn(RecordLayer.prototype, 'forgedRecords', 'get').mockReturnValue(2 ** 36)
    link.client.connection.receive(link.now, sealRecord(plaintext, 23, 1, 500, new Uint8Array(40)))
    spy.mockRestore()
    expect(link.client.connection.pollEvent()).toMatchObject({ error: { code: 'dtls.record-limit' } })
  })
})

test('records that come twice are heard once', () => {
  const link = new Link(connection('client'), connection('server'), { duplicateRatio: 1 })
  link.connect()
  for (let i = 0; i < 100; i++) link.send(link.client, String(i))
  link.run(undefined, 100)
  expect(link.server.data).toHaveLength(100)
  expect(link.server.connection.counters).toMatchObject({ replayedRecord: expect.any(Number) })
})
