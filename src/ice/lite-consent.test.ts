import { expect, test } from 'vitest'
import { LiteConsent } from './lite-consent.js'
import { DEFAULT_ICE_TIMINGS } from './timings.js'

test('SECURITY: data shows that the peer is there, and is no consent: only its checks are (RFC 7675 §5.1)', () => {
  const consent = new LiteConsent(0, DEFAULT_ICE_TIMINGS, false)
  expect([consent.lateAt, consent.expiresAt]).toEqual([18_000, 30_000])
  consent.heardData(10_000)
  expect([consent.lateAt, consent.expiresAt]).toEqual([28_000, 30_000])
  consent.heard(12_000)
  expect([consent.lateAt, consent.expiresAt]).toEqual([30_000, 42_000])
  consent.revoke()
  expect(consent.lateAt).toBe(-Infinity)
})

test('between two lite agents nobody checks, and nothing runs out', () => {
  const consent = new LiteConsent(0, DEFAULT_ICE_TIMINGS, true)
  expect([consent.lateAt, consent.expiresAt]).toEqual([Infinity, Infinity])
})
