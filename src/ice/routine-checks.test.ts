import { expect, test } from 'vitest'
import type { Crypto } from '../crypto/types.js'
import { hasValidFingerprint, parseStunMessage, readAttribute, XOR_MAPPED_ADDRESS } from '../stun/index.js'
import { isUp, negotiate, Peer, seededCrypto, VirtualNetwork } from './virtual-network.test-support.js'

const MINUTE = 60_000

/** Counts the tags of messages that are built or read in full, and those of messages that are sealed and verified in place. */
function counting(seed: number) {
  const tags = { full: 0, routine: 0 }
  const crypto: Crypto = seededCrypto(seed)
  const hmac: Crypto['hmac'] = (...values) => {
    tags.full++
    return crypto.hmac(...values)
  }
  const hmacSha1: Crypto['hmacSha1'] = (...values) => {
    tags.routine++
    return crypto.hmacSha1(...values)
  }
  return { crypto: { ...crypto, hmac, hmacSha1 }, tags }
}

function idle(addresses: readonly [string, string]) {
  const network = new VirtualNetwork({ seed: 5 })
  const [ours, theirs] = [counting(1), counting(2)]
  const a = new Peer(network, 'controlling', { addresses: [addresses[0]], agent: { crypto: ours.crypto } })
  const b = new Peer(network, 'controlled', { addresses: [addresses[1]], agent: { crypto: theirs.crypto } })
  negotiate(network, a, b)
  expect(network.runUntil(() => isUp(a) && isUp(b))).toBe(true)
  network.runFor(20_000) // each has asked, and was asked, for consent
  const tags = () => ({
    full: ours.tags.full + theirs.tags.full,
    routine: ours.tags.routine + theirs.tags.routine,
  })
  return { network, a, b, tags }
}

test.each([
  ['IPv4', '192.0.2.1', '192.0.2.2'],
  ['IPv6', '2001:db8::1', '2001:db8::2'],
])('an idle hour over %s: no check is built or read in full', (_, left, right) => {
  const { network, a, b, tags } = idle([left, right])
  const before = { ...tags(), sent: network.sent.length }
  network.runFor(60 * MINUTE)
  const after = tags()
  expect(after.full - before.full).toBe(0)
  const messages = network.sent
    .slice(before.sent)
    .map(({ from, to, data }) => ({ from, to, ...parseStunMessage(data)! }))
  // One who sends it, one who reads it.
  expect(after.routine - before.routine).toBe(2 * messages.length)
  // Both ask every five seconds, and are answered.
  expect(messages.length).toBeGreaterThan(4 * 12 * 60 * 0.95)
  expect(messages.length).toBeLessThan(4 * 12 * 60 * 1.05)
  expect(messages.every((message) => hasValidFingerprint(message))).toBe(true)
  const answers = messages.filter((message) => message.class === 'success')
  expect(answers.every((answer) => answer.to.address === readAttribute(answer, XOR_MAPPED_ADDRESS)?.address)).toBe(true)
  expect(new Set(messages.map(({ transactionId }) => transactionId.join())).size).toBe(messages.length / 2)
  expect([isUp(a), isUp(b)]).toEqual([true, true])
})

test('they are counted as any', () => {
  const { network, a, b } = idle(['192.0.2.1', '192.0.2.2'])
  const counts = (peer: Peer) => {
    const { socketId, to } = peer.agent.selectedPair!
    return peer.agent.countsOf(socketId, to)!.copy()
  }
  const before = [counts(a), counts(b)]
  network.runFor(10 * MINUTE)
  const [ours, theirs] = [counts(a), counts(b)]
  const asked = ours.consentRequestsSent - before[0]!.consentRequestsSent
  expect(asked).toBeGreaterThan(100)
  expect(ours.responsesReceived - before[0]!.responsesReceived).toBe(asked)
  expect(theirs.requestsReceived - before[1]!.requestsReceived).toBe(asked)
  expect(theirs.responsesSent - before[1]!.responsesSent).toBe(asked)
  expect(ours.currentRoundTripMillis).toBeGreaterThan(0)
})

test('one bit of a check or of an answer: it does not count, as if it had been read in full', () => {
  const { network, a, b } = idle(['192.0.2.1', '192.0.2.2'])
  let bit = 0
  network.passes = ({ data }) => {
    data[(bit >> 3) % data.length]! ^= 1 << (bit & 7)
    bit += 13
    return true
  }
  expect(network.runUntil(() => a.agent.state === 'failed' && b.agent.state === 'failed', 40_000)).toBe(true)
})

test('a check that is lost is repeated as it was, and the next one is another', () => {
  const { network } = idle(['192.0.2.1', '192.0.2.2'])
  let drops = 0
  network.passes = () => drops++ % 3 > 0
  const from = network.sent.length
  network.runFor(5 * MINUTE)
  const byId = new Map<string, Set<string>>()
  for (const { data } of network.sent.slice(from)) {
    const message = parseStunMessage(data)!
    const key = message.class + message.transactionId.join()
    byId.set(key, (byId.get(key) ?? new Set()).add(data.join()))
  }
  expect([...byId.values()].every((bytes) => bytes.size === 1)).toBe(true)
  expect(byId.size).toBeGreaterThan(100)
})
