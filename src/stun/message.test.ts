import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nodeCrypto } from '../crypto/node.js'
import {
  ALTERNATE_SERVER,
  ERROR_CODE,
  hasAttribute,
  hasIntegrity,
  hasValidFingerprint,
  ICE_ATTRIBUTES,
  ICE_CONTROLLED,
  ICE_CONTROLLING,
  isStunMessage,
  knownTypes,
  longTermKey,
  MAPPED_ADDRESS,
  METHOD_BINDING,
  NONCE,
  opaqueString,
  parseStunMessage,
  PASSWORD_ALGORITHM,
  PASSWORD_ALGORITHM_MD5,
  PASSWORD_ALGORITHM_SHA256,
  PASSWORD_ALGORITHMS,
  PRIORITY,
  readAttribute,
  REALM,
  shortTermKey,
  SOFTWARE,
  STUN_ATTRIBUTES,
  StunMessageBuilder,
  textAttribute,
  UNKNOWN_ATTRIBUTES,
  unknownRequiredTypes,
  USE_CANDIDATE,
  userhash,
  USERHASH,
  USERNAME,
  verifyIntegrity,
  XOR_MAPPED_ADDRESS,
  type AttributeCodec,
  type StunClass,
} from './index.js'

const ID = Uint8Array.from({ length: 12 }, (_, i) => i * 20)
const KEY = shortTermKey('a password')

const build = (stunClass: StunClass = 'request'): StunMessageBuilder =>
  new StunMessageBuilder(stunClass, METHOD_BINDING, ID)

const address = fc.record({
  address: fc.oneof(fc.ipV4(), fc.constantFrom('::1', '2001:db8::1', 'fe80::1:2', '::ffff:192.0.2.1')),
  port: fc.nat(0xffff),
})

function roundTrips<Value>(codec: AttributeCodec<Value>, values: fc.Arbitrary<Value>): void {
  fc.assert(
    fc.property(values, fc.uint8Array({ minLength: 12, maxLength: 12 }), (value, id) => {
      const bytes = new StunMessageBuilder('success', METHOD_BINDING, id).add(codec, value).fingerprint().finish()
      const message = parseStunMessage(bytes)!
      expect(readAttribute(message, codec)).toEqual(value)
      expect(hasValidFingerprint(message)).toBe(true)
    }),
    { numRuns: 50 },
  )
}

const text = fc.string({ unit: 'grapheme', maxLength: 40 })
const algorithm = fc.record({
  algorithm: fc.constantFrom(PASSWORD_ALGORITHM_MD5, PASSWORD_ALGORITHM_SHA256, 0x7777),
  parameters: fc.uint8Array({ maxLength: 9 }).map((bytes) => Uint8Array.from(bytes)),
})

test('every attribute survives the wire', () => {
  for (const codec of [MAPPED_ADDRESS, XOR_MAPPED_ADDRESS, ALTERNATE_SERVER]) roundTrips(codec, address)
  for (const codec of [USERNAME, REALM, NONCE, SOFTWARE]) roundTrips(codec, text)
  for (const codec of [ICE_CONTROLLED, ICE_CONTROLLING]) roundTrips(codec, fc.bigInt(0n, 2n ** 64n - 1n))
  roundTrips(ERROR_CODE, fc.record({ code: fc.integer({ min: 300, max: 699 }), reason: text }))
  roundTrips(UNKNOWN_ATTRIBUTES, fc.array(fc.nat(0xffff), { maxLength: 9 }))
  roundTrips(PASSWORD_ALGORITHMS, fc.array(algorithm, { maxLength: 5 }))
  roundTrips(PASSWORD_ALGORITHM, algorithm)
  roundTrips(
    USERHASH,
    fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Uint8Array.from(bytes)),
  )
  roundTrips(PRIORITY, fc.nat(0xffffffff))
  roundTrips(USE_CANDIDATE, fc.constant(true as const))
})

test('class and method survive the wire', () => {
  fc.assert(
    fc.property(
      fc.constantFrom<StunClass[]>('request', 'indication', 'success', 'error'),
      fc.nat(0xfff),
      (kind, method) => {
        const message = parseStunMessage(new StunMessageBuilder(kind, method, ID).finish())!
        expect(message).toMatchObject({ class: kind, method })
        expect(message.transactionId).toEqual(ID)
      },
    ),
  )
  // RFC 8489 §5: 0b00000000000001, 0b00000100010001 for Binding; TURN's Allocate error is 0x0113.
  expect([...build('request').finish().subarray(0, 2)]).toEqual([0x00, 0x01])
  expect([...build('error').finish().subarray(0, 2)]).toEqual([0x01, 0x11])
  expect([...new StunMessageBuilder('error', 0x003, ID).finish().subarray(0, 2)]).toEqual([0x01, 0x13])
})

test.each(['sha1', 'sha256'] as const)('integrity by %s: the right key verifies, another does not', (kind) => {
  const message = parseStunMessage(build().add(USERNAME, 'x').integrity(nodeCrypto, KEY, kind).fingerprint().finish())!
  expect(hasIntegrity(message, kind)).toBe(true)
  expect(verifyIntegrity(nodeCrypto, message, KEY, kind)).toBe(true)
  expect(verifyIntegrity(nodeCrypto, message, shortTermKey('other'), kind)).toBe(false)
  expect(hasValidFingerprint(message)).toBe(true)
})

test('a message may carry both kinds of integrity (RFC 8489 §14.6)', () => {
  const bytes = build().integrity(nodeCrypto, KEY).integrity(nodeCrypto, KEY, 'sha256').fingerprint().finish()
  const message = parseStunMessage(bytes)!
  expect(verifyIntegrity(nodeCrypto, message, KEY, 'sha1')).toBe(true)
  expect(verifyIntegrity(nodeCrypto, message, KEY, 'sha256')).toBe(true)
})

/** A SHA-256 tag of this length, made by cutting the full one off; the length in the header is part of what it covers. */
function withTruncatedTag(length: number): Uint8Array {
  const plain = build().add(USERNAME, 'x').finish()
  const header = plain.slice(0, 20)
  new DataView(header.buffer).setUint16(2, plain.length - 20 + 4 + length)
  const tag = nodeCrypto.hmac('sha256', KEY, header, plain.subarray(20)).subarray(0, length)
  return Uint8Array.from([...header, ...plain.subarray(20), 0x00, 0x1c, 0, length, ...tag])
}

test('a SHA-256 tag may be truncated to 16 bytes, not further (RFC 8489 §14.6)', () => {
  for (const length of [16, 20, 24, 28, 32]) {
    expect(verifyIntegrity(nodeCrypto, parseStunMessage(withTruncatedTag(length))!, KEY, 'sha256')).toBe(true)
  }
  for (const length of [0, 4, 12]) {
    expect(verifyIntegrity(nodeCrypto, parseStunMessage(withTruncatedTag(length))!, KEY, 'sha256')).toBe(false)
  }
})

test('what follows the integrity is ignored, but for its sister and the fingerprint (RFC 8489 §14.5)', () => {
  const bytes = build()
    .add(USERNAME, 'before')
    .integrity(nodeCrypto, KEY)
    .add(PRIORITY, 7)
    .integrity(nodeCrypto, KEY, 'sha256')
    .add(USE_CANDIDATE, true)
    .fingerprint()
    .finish()
  const message = parseStunMessage(bytes)!
  expect(readAttribute(message, USERNAME)).toBe('before')
  expect(hasAttribute(message, PRIORITY)).toBe(false)
  expect(hasAttribute(message, USE_CANDIDATE)).toBe(false)
  expect(verifyIntegrity(nodeCrypto, message, KEY, 'sha1')).toBe(true)
  expect(verifyIntegrity(nodeCrypto, message, KEY, 'sha256')).toBe(true)
  expect(hasValidFingerprint(message)).toBe(true)
})

test('nothing may follow the fingerprint (RFC 8489 §14.7)', () => {
  expect(parseStunMessage(build().fingerprint().add(SOFTWARE, 'x').finish())).toBeUndefined()
})

test('the first of several attributes of one kind counts (RFC 8489 §14)', () => {
  const message = parseStunMessage(build().add(SOFTWARE, 'first').add(SOFTWARE, 'second').finish())!
  expect(readAttribute(message, SOFTWARE)).toBe('first')
})

test('attributes that must be understood and are not, each once', () => {
  const required = textAttribute(0x7abc, 'REQUIRED', 9)
  const optional = textAttribute(0x8abc, 'OPTIONAL', 9)
  const bytes = build()
    .add(required, 'a')
    .add(optional, 'b')
    .add(required, 'c')
    .add(PRIORITY, 1)
    .integrity(nodeCrypto, KEY)
  const message = parseStunMessage(bytes.fingerprint().finish())!
  expect(unknownRequiredTypes(message, knownTypes(STUN_ATTRIBUTES, ICE_ATTRIBUTES))).toEqual([0x7abc])
  expect(unknownRequiredTypes(message, knownTypes(STUN_ATTRIBUTES))).toEqual([0x7abc, 0x0024])
})

test('types are all different', () => {
  const types = [...STUN_ATTRIBUTES, ...ICE_ATTRIBUTES].map(({ type }) => type)
  expect(new Set(types).size).toBe(types.length)
})

test('malformed values are absent, and the message stands', () => {
  const raw = (type: number): AttributeCodec<Uint8Array> => ({
    type,
    name: 'raw',
    parse: (value) => value,
    write: (writer, value) => void writer.bytes(value),
  })
  const cases: [AttributeCodec<unknown>, number[][]][] = [
    [
      XOR_MAPPED_ADDRESS,
      [[], [0, 1, 0, 0, 1, 2, 3], [0, 3, 0, 0, 1, 2, 3, 4], [0, 2, 0, 0, 1, 2, 3, 4], [0, 1, 0, 0, 1, 2, 3, 4, 5]],
    ],
    [ERROR_CODE, [[], [0, 0, 4], [0, 0, 2, 0], [0, 0, 7, 0], [0, 0, 4, 100]]],
    [UNKNOWN_ATTRIBUTES, [[1], [1, 2, 3]]],
    [PASSWORD_ALGORITHM, [[], [0, 1], [0, 1, 0, 9], [0, 1, 0, 0, 0, 2, 0, 0]]],
    [USERHASH, [[], [1, 2, 3]]],
    [PRIORITY, [[], [1, 2, 3], [1, 2, 3, 4, 5]]],
    [USE_CANDIDATE, [[1]]],
    [ICE_CONTROLLING, [[], [1, 2, 3, 4, 5, 6, 7]]],
    [USERNAME, [[0xff], new Array<number>(509).fill(65)]],
  ]
  for (const [codec, values] of cases) {
    for (const value of values) {
      const message = parseStunMessage(build().add(raw(codec.type), Uint8Array.from(value)).finish())!
      expect(hasAttribute(message, codec)).toBe(true)
      expect(readAttribute(message, codec), `${codec.name} ${value.join()}`).toBeUndefined()
    }
  }
})

test('a message of nothing but attributes is bounded', () => {
  const many = build()
  for (let i = 0; i < 65; i++) many.add(USE_CANDIDATE, true)
  expect(isStunMessage(many.finish())).toBe(true)
  expect(parseStunMessage(many.finish())).toBeUndefined()
})

test('garbage and broken messages never throw', () => {
  const whole = build().add(USERNAME, 'user').add(PRIORITY, 1).integrity(nodeCrypto, KEY).fingerprint().finish()
  const broken = fc
    .array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 })
    .map((changes) => {
      const bytes = whole.slice()
      for (const [at, value] of changes) bytes[at] = value
      return bytes
    })
  fc.assert(
    fc.property(fc.oneof(fc.uint8Array({ maxLength: 100 }), broken), (bytes) => {
      const message = parseStunMessage(bytes)
      expect(message === undefined || isStunMessage(bytes)).toBe(true)
      if (message === undefined) return
      for (const codec of [...STUN_ATTRIBUTES, ...ICE_ATTRIBUTES]) readAttribute<unknown>(message, codec)
      verifyIntegrity(nodeCrypto, message, KEY, 'sha1')
      hasValidFingerprint(message)
    }),
    { numRuns: 2000 },
  )
})

test('keys and hashes (RFC 8489 §9.1.1, §9.2.2, §14.4)', () => {
  // RFC 8489 §9.2.2: the 16-byte key of user, realm and pass.
  const md5 = longTermKey(nodeCrypto, 'md5', { username: 'user', realm: 'realm', password: 'pass' })
  expect(hex(md5)).toBe('8493fbc53ba582fb4c044c456bdc40eb')
  expect(longTermKey(nodeCrypto, 'sha256', { username: 'user', realm: 'realm', password: 'pass' })).toHaveLength(32)
  // RFC 8489 appendix B.1: USERHASH of the katakana name in example.org.
  expect(hex(userhash(nodeCrypto, '\u30de\u30c8\u30ea\u30c3\u30af\u30b9', 'example.org'))).toBe(
    '4a3cf38fef6992bda952c6780417da0f24819415569e60b205c46e41407f1704',
  )
})

test('opaque strings: composed, and one kind of space (RFC 8265 §4.2.2)', () => {
  expect(opaqueString('e\u0301')).toBe('\u00e9')
  expect(opaqueString('a\u00a0b\u3000c')).toBe('a b c')
})

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}

test('messages that are written at the same time do not share memory', () => {
  const [first, second] = [build(), build()]
  first.add(USERNAME, 'first')
  second.add(USERNAME, 'the second')
  const bytes = first.finish()
  const third = build().add(USERNAME, 'third').finish()
  const users = [bytes, second.finish(), third].map((message) => readAttribute(parseStunMessage(message)!, USERNAME))
  expect(users).toEqual(['first', 'the second', 'third'])
})
