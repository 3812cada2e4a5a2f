import { expect, test } from 'vitest'
import { nodeCrypto } from '../crypto/node.js'
import {
  hasValidFingerprint,
  ICE_CONTROLLED,
  longTermKey,
  NONCE,
  parseStunMessage,
  PRIORITY,
  readAttribute,
  REALM,
  shortTermKey,
  SOFTWARE,
  USERNAME,
  verifyIntegrity,
  XOR_MAPPED_ADDRESS,
} from './index.js'
import {
  LONG_TERM,
  REQUEST,
  REQUEST_LONG_TERM,
  RESPONSE_IPV4,
  RESPONSE_IPV6,
  SHORT_TERM,
} from './rfc5769.test-support.js'

const key = shortTermKey(SHORT_TERM.password)

test('§2.1 request', () => {
  const message = parseStunMessage(REQUEST)!
  expect(message).toMatchObject({ class: 'request', method: 1 })
  expect(readAttribute(message, SOFTWARE)).toBe('STUN test client')
  expect(readAttribute(message, USERNAME)).toBe(SHORT_TERM.username)
  expect(readAttribute(message, PRIORITY)).toBe(0x6e0001ff)
  expect(readAttribute(message, ICE_CONTROLLED)).toBe(0x932ff9b151263b36n)
  expect(verifyIntegrity(nodeCrypto, message, key, 'sha1')).toBe(true)
  expect(hasValidFingerprint(message)).toBe(true)
})

test.each([
  ['§2.2', RESPONSE_IPV4, '192.0.2.1'],
  ['§2.3', RESPONSE_IPV6, '2001:db8:1234:5678:11:2233:4455:6677'],
])('%s response', (_section, bytes, address) => {
  const message = parseStunMessage(bytes)!
  expect(message).toMatchObject({ class: 'success', method: 1 })
  expect(readAttribute(message, SOFTWARE)).toBe('test vector')
  expect(readAttribute(message, XOR_MAPPED_ADDRESS)).toEqual({ address, port: 32853 })
  expect(verifyIntegrity(nodeCrypto, message, key, 'sha1')).toBe(true)
  expect(hasValidFingerprint(message)).toBe(true)
})

test('§2.4 request with long-term authentication', () => {
  const message = parseStunMessage(REQUEST_LONG_TERM)!
  expect(readAttribute(message, USERNAME)).toBe(LONG_TERM.username)
  expect(readAttribute(message, REALM)).toBe(LONG_TERM.realm)
  expect(readAttribute(message, NONCE)).toBe(LONG_TERM.nonce)
  const longTerm = longTermKey(nodeCrypto, 'md5', LONG_TERM)
  expect(verifyIntegrity(nodeCrypto, message, longTerm, 'sha1')).toBe(true)
  expect(verifyIntegrity(nodeCrypto, message, longTermKey(nodeCrypto, 'sha256', LONG_TERM), 'sha1')).toBe(false)
  expect(hasValidFingerprint(message)).toBe(false) // it has none
})

test.each([
  ['request', REQUEST],
  ['IPv4 response', RESPONSE_IPV4],
  ['IPv6 response', RESPONSE_IPV6],
])('%s: any bit that is changed on the way is noticed', (_name, bytes) => {
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const tampered = bytes.slice()
    tampered[bit >> 3]! ^= 1 << (bit & 7)
    const message = parseStunMessage(tampered)
    if (message === undefined) continue
    expect(hasValidFingerprint(message), `bit ${bit}`).toBe(false)
    const tagStart = bytes.length - 8
    if (bit >> 3 < tagStart) expect(verifyIntegrity(nodeCrypto, message, key, 'sha1'), `bit ${bit}`).toBe(false)
  }
})

test('wrong passwords do not verify', () => {
  const message = parseStunMessage(REQUEST)!
  for (const password of ['', 'VOkJxbRl1RmTxUk/WvJxBT', `${SHORT_TERM.password} `]) {
    expect(verifyIntegrity(nodeCrypto, message, shortTermKey(password), 'sha1')).toBe(false)
  }
  expect(verifyIntegrity(nodeCrypto, message, key, 'sha256')).toBe(false)
})

test('truncated messages do not parse', () => {
  for (const bytes of [REQUEST, RESPONSE_IPV4, RESPONSE_IPV6, REQUEST_LONG_TERM]) {
    for (let length = 0; length < bytes.length; length++)
      expect(parseStunMessage(bytes.subarray(0, length))).toBeUndefined()
  }
})
