import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ByteReader } from '../../core/index.js'
import { parseAlert, writeAlert } from '../alert.js'
import { NAMED_GROUPS, SIGNATURE_SCHEMES } from '../code-points.js'
import { parseCertificateMessage, writeCertificateMessage } from './certificate.js'
import { parseCertificateRequest, writeCertificateRequest } from './certificate-request.js'
import { parseCertificateVerify, writeCertificateVerify } from './certificate-verify.js'
import { parseClientHello, writeClientHello } from './client-hello.js'
import { parseClientKeyExchange, writeClientKeyExchange } from './client-key-exchange.js'
import {
  parseSignatureAlgorithms,
  parseSupportedGroups,
  parseSupportedVersions,
  parseUseSrtp,
  writeSignatureAlgorithms,
  writeSupportedGroups,
  writeUseSrtp,
} from './extensions.js'
import { parseHelloVerifyRequest, writeHelloVerifyRequest } from './hello-verify-request.js'
import { HANDSHAKE_HEADER_BYTES, parseFragment, writeFragment, writeMessage } from './message.js'
import { parseServerHello, writeServerHello } from './server-hello.js'
import { parseServerKeyExchange, writeServerKeyExchange } from './server-key-exchange.js'

const bytes = (minLength: number, maxLength: number): fc.Arbitrary<Uint8Array> =>
  fc.uint8Array({ minLength, maxLength }).map((array) => Uint8Array.from(array))
const uint16 = fc.nat(0xffff)
const extensions = fc.array(fc.tuple(uint16, bytes(0, 20)), { maxLength: 8 }).map((entries) => new Map(entries))

function roundTrips<T>(
  arbitrary: fc.Arbitrary<T>,
  write: (value: T) => Uint8Array,
  parse: (body: Uint8Array) => T | undefined,
): void {
  fc.assert(
    fc.property(arbitrary, (value) => {
      expect(parse(write(value))).toEqual(value)
    }),
  )
}

describe('what is written is read', () => {
  test('ClientHello', () => {
    const hello = fc.record({
      version: uint16,
      random: bytes(32, 32),
      sessionId: bytes(0, 32),
      cookie: bytes(0, 255),
      cipherSuites: fc.array(uint16, { minLength: 1, maxLength: 40 }),
      compressionMethods: bytes(1, 4),
      extensions,
    })
    roundTrips(hello, writeClientHello, parseClientHello)
  })
  test('ServerHello', () => {
    const hello = fc.record({
      version: uint16,
      random: bytes(32, 32),
      sessionId: bytes(0, 32),
      cipherSuite: uint16,
      compressionMethod: fc.nat(255),
      extensions,
    })
    roundTrips(hello, writeServerHello, parseServerHello)
  })
  test('HelloVerifyRequest', () => {
    const request = fc.record({ version: uint16, cookie: bytes(0, 255) })
    roundTrips(request, writeHelloVerifyRequest, parseHelloVerifyRequest)
  })
  test('Certificate', () => {
    roundTrips(fc.array(bytes(1, 50), { maxLength: 10 }), writeCertificateMessage, parseCertificateMessage)
  })
  test('ServerKeyExchange', () => {
    const exchange = fc.record({ group: uint16, publicKey: bytes(1, 133), scheme: uint16, signature: bytes(0, 80) })
    roundTrips(exchange, writeServerKeyExchange, parseServerKeyExchange)
  })
  test('CertificateRequest', () => {
    const request = fc.record({
      certificateTypes: bytes(1, 8),
      signatureAlgorithms: fc.array(uint16, { minLength: 1, maxLength: 20 }),
    })
    roundTrips(request, writeCertificateRequest, parseCertificateRequest)
  })
  test('ClientKeyExchange', () => {
    roundTrips(bytes(1, 133), writeClientKeyExchange, parseClientKeyExchange)
  })
  test('CertificateVerify', () => {
    roundTrips(fc.record({ scheme: uint16, signature: bytes(0, 300) }), writeCertificateVerify, parseCertificateVerify)
  })
  test('alerts', () => {
    roundTrips(fc.record({ level: fc.constantFrom(1, 2), description: fc.nat(255) }), writeAlert, parseAlert)
  })
  test('extensions', () => {
    roundTrips(fc.subarray([...NAMED_GROUPS], { minLength: 1 }), writeSupportedGroups, parseSupportedGroups)
    roundTrips(
      fc.subarray([...SIGNATURE_SCHEMES], { minLength: 1 }),
      writeSignatureAlgorithms,
      parseSignatureAlgorithms,
    )
    const srtp = fc.record({ profiles: fc.array(uint16, { minLength: 1, maxLength: 5 }), mki: bytes(0, 255) })
    roundTrips(srtp, writeUseSrtp, parseUseSrtp)
  })
  test('fragments', () => {
    const message = { type: 11, sequence: 3, body: Uint8Array.from({ length: 100 }, (_, i) => i) }
    const fragment = parseFragment(new ByteReader(writeFragment(message, 20, 50)))
    expect(fragment).toEqual({ type: 11, sequence: 3, length: 100, offset: 20, bytes: message.body.subarray(20, 50) })
    expect(writeMessage(message)).toHaveLength(HANDSHAKE_HEADER_BYTES + 100)
  })
})

describe('what is broken is undefined', () => {
  const parsers: Record<string, (body: Uint8Array) => unknown> = {
    parseAlert,
    parseCertificateMessage,
    parseCertificateRequest,
    parseCertificateVerify,
    parseClientHello,
    parseClientKeyExchange,
    parseHelloVerifyRequest,
    parseServerHello,
    parseServerKeyExchange,
    parseSignatureAlgorithms,
    parseSupportedGroups,
    parseSupportedVersions,
    parseUseSrtp,
    parseFragment: (body) => parseFragment(new ByteReader(body)),
  }

  test.each(Object.entries(parsers))('%s never throws', (_, parse) => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (body) => void parse(body)),
      { numRuns: 500 },
    )
  })

  const hello = writeClientHello({
    version: 0xfefd,
    random: new Uint8Array(32),
    sessionId: new Uint8Array(0),
    cookie: new Uint8Array(0),
    cipherSuites: [0xc02b],
    compressionMethods: Uint8Array.of(0),
    extensions: new Map([[10, Uint8Array.of(0, 2, 0, 23)]]),
  })

  test('a ClientHello cut anywhere but before its extensions', () => {
    const whole = parseClientHello(hello)!
    for (let end = 0; end < hello.length; end++) {
      const cut = parseClientHello(hello.subarray(0, end))
      // RFC 5246 §7.4.1.2: extensions may be missing altogether.
      if (end === hello.length - 10) expect(cut).toEqual({ ...whole, extensions: new Map() })
      else expect(cut).toBeUndefined()
    }
  })

  test('an extension that comes twice', () => {
    const extension = [0, 23, 0, 0]
    const block = [0, 8, ...extension, ...extension]
    expect(parseClientHello(Uint8Array.from([...hello.subarray(0, -10), ...block]))).toBeUndefined()
  })

  test('more certificates than a chain has, and empty ones', () => {
    expect(
      parseCertificateMessage(writeCertificateMessage(Array<Uint8Array>(11).fill(new Uint8Array(1)))),
    ).toBeUndefined()
    expect(parseCertificateMessage(writeCertificateMessage([new Uint8Array(0)]))).toBeUndefined()
  })

  test('a fragment that reaches beyond its message, or is empty in one that is not', () => {
    const header = [11, 0, 0, 4, 0, 0, 0, 0]
    const parse = (...rest: number[]): unknown => parseFragment(new ByteReader(Uint8Array.from([...header, ...rest])))
    expect(parse(2, 0, 0, 2, 1, 1)).toBeDefined()
    expect(parse(3, 0, 0, 2, 1, 1)).toBeUndefined()
    expect(parse(2, 0, 0, 0)).toBeUndefined()
  })
})
