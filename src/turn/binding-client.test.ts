import { expect, test } from 'vitest'
import { seededCrypto } from '../ice/virtual-network.test-support.js'
import { ERROR_CODE, METHOD_BINDING, parseStunMessage, StunMessageBuilder, XOR_MAPPED_ADDRESS } from '../stun/index.js'
import { BindingClient } from './binding-client.js'

const SERVER = { address: '198.51.100.1', port: 5349 }
const MAPPED = { address: '203.0.113.7', port: 4000 }

function client(): BindingClient {
  return new BindingClient({ crypto: seededCrypto(3), server: SERVER })
}

/** The request on its way. */
function asked(one: BindingClient, now: number): Uint8Array {
  const { data } = one.pollTransmit(now)!
  expect(parseStunMessage(data)).toMatchObject({ class: 'request', method: METHOD_BINDING })
  return parseStunMessage(data)!.transactionId
}

const answer = (id: Uint8Array): Uint8Array =>
  new StunMessageBuilder('success', METHOD_BINDING, id).add(XOR_MAPPED_ADDRESS, MAPPED).finish()

test('asked, answered, kept alive by indications, and asked again after a restart', () => {
  const one = client()
  one.start()
  expect(one.receive(10, answer(asked(one, 0)))).toBe(true)
  expect(one.pollEvent()).toEqual({ type: 'allocated', relayed: [], mapped: MAPPED })
  expect(one.nextTimeout()).toBe(15_010)
  one.handleTimeout(15_010)
  expect(parseStunMessage(one.pollTransmit(15_010)!.data)).toMatchObject({ class: 'indication' })
  one.revalidate()
  one.receive(20_000, answer(asked(one, 20_000)))
  expect(one.pollEvent()).toMatchObject({ type: 'allocated' })
})

test('an error of the server, with its code', () => {
  const one = client()
  one.start()
  const refusal = new StunMessageBuilder('error', METHOD_BINDING, asked(one, 0))
  one.receive(10, refusal.add(ERROR_CODE, { code: 420, reason: 'Unknown Attribute' }).finish())
  expect(one.pollEvent()).toEqual({ type: 'failed', code: 420, reason: 'Unknown Attribute' })
  expect(one.nextTimeout()).toBe(Infinity)
})

test('an answer without an address is of no use', () => {
  const one = client()
  one.start()
  one.receive(10, new StunMessageBuilder('success', METHOD_BINDING, asked(one, 0)).finish())
  expect(one.pollEvent()).toMatchObject({ type: 'failed', code: 701 })
})

test('answers to nobody change nothing, and what is no Binding is somebody else’s', () => {
  const one = client()
  one.start()
  asked(one, 0)
  expect(one.receive(10, answer(new Uint8Array(12)))).toBe(true)
  expect(one.receive(10, new StunMessageBuilder('success', 3, new Uint8Array(12)).finish())).toBe(false)
  expect(one.receive(10, Uint8Array.of(0x40, 0, 0, 0))).toBe(false)
  expect(one.pollEvent()).toBeUndefined()
  expect(one.counters).toEqual({ responsesUnknown: 1 })
})

test('silence: five requests, and the end after 9.5 seconds; after close() nothing', () => {
  const one = client()
  one.start()
  const sent: number[] = []
  for (let now = 0; now <= 9500; now = Math.max(now + 1, one.nextTimeout())) {
    one.handleTimeout(now)
    while (one.pollTransmit(now) !== undefined) sent.push(now)
  }
  expect(sent).toEqual([0, 500, 1500, 3500, 7500])
  expect(one.pollEvent()).toMatchObject({ type: 'failed', code: 701 })
  const other = client()
  other.start()
  other.close()
  expect(other.pollEvent()).toEqual({ type: 'closed' })
  expect(other.pollTransmit(0)).toBeUndefined()
})
