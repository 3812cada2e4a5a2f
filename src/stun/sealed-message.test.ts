import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nodeCrypto } from '../crypto/node.js'
import {
  hasValidFingerprint,
  hasValidSeal,
  isSealed,
  METHOD_BINDING,
  parseStunMessage,
  PRIORITY,
  saysTheSame,
  sealAnew,
  shortTermKey,
  StunMessageBuilder,
  TRANSACTION_ID_AT,
  USERNAME,
  verifyIntegrity,
} from './index.js'
import { REQUEST, REQUEST_LONG_TERM, RESPONSE_IPV4, RESPONSE_IPV6, SHORT_TERM } from './rfc5769.test-support.js'

const KEY = shortTermKey('a password')
const ID = Uint8Array.from({ length: 12 }, (_, i) => i * 20)

const check = (id = ID, priority = 1): Uint8Array =>
  new StunMessageBuilder('request', METHOD_BINDING, id)
    .add(USERNAME, 'ours:theirs')
    .add(PRIORITY, priority)
    .integrity(nodeCrypto, KEY)
    .fingerprint()
    .finish()

test.each([
  ['request', REQUEST],
  ['IPv4 response', RESPONSE_IPV4],
  ['IPv6 response', RESPONSE_IPV6],
])('the %s of RFC 5769 is sealed with its password', (_, message) => {
  expect(isSealed(message)).toBe(true)
  expect(hasValidSeal(nodeCrypto, message, shortTermKey(SHORT_TERM.password))).toBe(true)
  expect(hasValidSeal(nodeCrypto, message, KEY)).toBe(false)
})

test('what has no fingerprint, another integrity or another length is not sealed so', () => {
  const builder = () => new StunMessageBuilder('request', METHOD_BINDING, ID).add(USERNAME, 'ours:theirs')
  expect(isSealed(REQUEST_LONG_TERM)).toBe(false)
  expect(isSealed(builder().integrity(nodeCrypto, KEY, 'sha256').fingerprint().finish())).toBe(false)
  expect(isSealed(builder().fingerprint().finish())).toBe(false)
  expect(isSealed(builder().finish())).toBe(false)
  expect(isSealed(new Uint8Array(0))).toBe(false)
  const long = new Uint8Array(check().length + 4)
  long.set(check())
  expect(isSealed(long)).toBe(false)
  const huge = new StunMessageBuilder('request', METHOD_BINDING, ID).add(USERNAME, 'x'.repeat(505))
  expect(isSealed(huge.integrity(nodeCrypto, KEY).fingerprint().finish())).toBe(false)
})

test('a message that is sealed anew is the one that would be built', () => {
  const ids = fc.uint8Array({ minLength: 12, maxLength: 12 })
  fc.assert(
    fc.property(ids, (id) => {
      const message = check()
      message.set(id, TRANSACTION_ID_AT)
      sealAnew(nodeCrypto, message, KEY)
      expect(message).toEqual(check(id))
      expect(saysTheSame(message, check())).toBe(true)
      const parsed = parseStunMessage(message)!
      expect([hasValidFingerprint(parsed), verifyIntegrity(nodeCrypto, parsed, KEY, 'sha1')]).toEqual([true, true])
    }),
  )
})

test('another bit is another message: it says something else, or its seal is not valid', () => {
  const message = check()
  expect(hasValidSeal(nodeCrypto, message, KEY)).toBe(true)
  for (let bit = 0; bit < message.length * 8; bit++) {
    const other = message.slice()
    other[bit >> 3]! ^= 1 << (bit & 7)
    expect(hasValidSeal(nodeCrypto, other, KEY) && isSealed(other) && saysTheSame(other, message)).toBe(false)
  }
  expect(saysTheSame(message, check(ID, 2))).toBe(false)
  expect(saysTheSame(message, message.subarray(1))).toBe(false)
})
