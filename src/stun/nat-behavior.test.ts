import fc from 'fast-check'
import { expect, test } from 'vitest'
import { nodeCrypto } from '../crypto/node.js'
import {
  CHANGE_REQUEST,
  ERROR_CODE,
  METHOD_BINDING,
  OTHER_ADDRESS,
  parseStunMessage,
  readAttribute,
  StunMessageBuilder,
  XOR_MAPPED_ADDRESS,
  type StunAddress,
  type StunClass,
} from './index.js'
import { MAX_SERVERS, NatBehaviorTest, type NatTestResult, type NatTestTransmit } from './nat-behavior.js'

const SERVER = { address: '198.51.100.1', port: 3478 }
const OTHER = { address: '198.51.100.2', port: 3479 }
const MAPPED = { address: '203.0.113.9', port: 20_000 }
const LOCAL = { mapping: { address: '10.0.0.2', port: 1 }, filtering: { address: '10.0.0.2', port: 2 } }

const tester = (servers: readonly StunAddress[] = [SERVER]): NatBehaviorTest =>
  new NatBehaviorTest({ crypto: nodeCrypto, servers, local: LOCAL })

function sent(machine: NatBehaviorTest, now: number): NatTestTransmit[] {
  const all: NatTestTransmit[] = []
  for (let out = machine.pollTransmit(now); out !== undefined; out = machine.pollTransmit(now)) all.push(out)
  return all
}

interface AnswerOptions {
  readonly from?: StunAddress
  readonly stunClass?: StunClass
  readonly mapped?: StunAddress
}

function answer(machine: NatBehaviorTest, now: number, to: NatTestTransmit, options: AnswerOptions = {}): void {
  const { from = to.to, stunClass = 'success', mapped = MAPPED } = options
  const { transactionId } = parseStunMessage(to.data)!
  const builder = new StunMessageBuilder(stunClass, METHOD_BINDING, transactionId)
  builder.add(XOR_MAPPED_ADDRESS, mapped).add(OTHER_ADDRESS, OTHER)
  if (stunClass === 'error') builder.add(ERROR_CODE, { code: 420, reason: 'Unknown Attribute' })
  machine.receive(now, to.socket, from, builder.finish())
}

/** Lets time pass from deadline to deadline. */
function silence(machine: NatBehaviorTest): { readonly endedAt: number; readonly sent: NatTestTransmit[] } {
  const all: NatTestTransmit[] = []
  let now = 0
  while (machine.nextTimeout() < Infinity) {
    now = Math.max(now, machine.nextTimeout())
    machine.handleTimeout(now)
    all.push(...sent(machine, now))
  }
  return { endedAt: now, sent: all }
}

const resultOf = (machine: NatBehaviorTest): NatTestResult | undefined => machine.pollEvent()?.result

test('silence ends after three requests and 2.5 s, with nothing told', () => {
  const machine = tester()
  expect(silence(machine)).toMatchObject({ endedAt: 2500, sent: { length: 3 } })
  const nothing = { answers: [], mapping: undefined, filtering: undefined, hairpinning: undefined }
  expect(resultOf(machine)).toEqual(nothing)
  expect(machine.pollEvent()).toBeUndefined()
})

test('without a server it is over at once', () => {
  expect(resultOf(tester([]))?.answers).toEqual([])
})

test('a server that answers once and then not at all keeps nobody longer than 7.5 s', () => {
  const machine = tester()
  const [request] = sent(machine, 0)
  answer(machine, 0, request!)
  expect(silence(machine).endedAt).toBeLessThanOrEqual(7500)
  expect(resultOf(machine)).toMatchObject({ mapping: undefined, filtering: undefined })
})

test.each([
  ['another one', 'address-and-port-dependent', { ...MAPPED, port: 20_002 }],
  ['the same', 'address-dependent', { ...MAPPED, port: 20_001 }],
  ['no answer', 'endpoint-dependent', undefined],
])('another mapping for the other address, and for its other port %s: %s', (_what, mapping, mapped) => {
  const machine = tester()
  answer(machine, 0, sent(machine, 0)[0]!)
  const second = sent(machine, 0).find(({ to }) => to.address === OTHER.address)!
  answer(machine, 0, second, { mapped: { ...MAPPED, port: 20_001 } })
  const third = sent(machine, 0).find(({ to }) => to.address === OTHER.address)!
  expect([second.to.port, third.to.port]).toEqual([SERVER.port, OTHER.port])
  if (mapped !== undefined) answer(machine, 0, third, { mapped })
  silence(machine)
  expect(resultOf(machine)).toMatchObject({ mapping })
})

test('not more servers are asked than are of use', () => {
  const many = Array.from({ length: 40 }, (_, i) => ({ address: '198.51.100.1', port: 4000 + i }))
  expect(sent(tester(many), 0)).toHaveLength(MAX_SERVERS)
})

test('answers from elsewhere, at the other socket or twice count for nothing', () => {
  const machine = tester()
  const [request] = sent(machine, 0)
  answer(machine, 0, request!, { from: { ...SERVER, port: 9 } })
  answer(machine, 0, { ...request!, socket: 'filtering' })
  expect(sent(machine, 0)).toEqual([])
  answer(machine, 0, request!)
  const next = sent(machine, 0)
  expect(next.map(({ socket, to }) => [socket, to])).toEqual([
    ['mapping', { address: OTHER.address, port: SERVER.port }],
    ['filtering', SERVER],
  ])
  answer(machine, 0, request!)
  expect(sent(machine, 0)).toEqual([])
})

test('CHANGE-REQUEST refused with 420: filtering is unknown, not strict', () => {
  const machine = tester()
  answer(machine, 0, sent(machine, 0)[0]!)
  for (const request of sent(machine, 0)) answer(machine, 0, request)
  const changes = sent(machine, 0).filter(({ data }) => readAttribute(parseStunMessage(data)!, CHANGE_REQUEST))
  expect(changes.map(({ data }) => readAttribute(parseStunMessage(data)!, CHANGE_REQUEST))).toEqual([
    { changeAddress: true, changePort: true },
    { changeAddress: false, changePort: true },
  ])
  answer(machine, 0, changes[0]!, { stunClass: 'error' })
  silence(machine)
  expect(resultOf(machine)).toMatchObject({ mapping: 'endpoint-independent', filtering: undefined })
})

test('what comes back to the socket that sent it is no hairpin, what comes to the other is', () => {
  const machine = tester()
  answer(machine, 0, sent(machine, 0)[0]!)
  for (const request of sent(machine, 0)) answer(machine, 0, request)
  const hairpin = sent(machine, 0).find(({ to }) => to.address === MAPPED.address)!
  expect(hairpin.socket).toBe('mapping')
  machine.receive(0, 'mapping', SERVER, hairpin.data)
  machine.receive(0, 'filtering', MAPPED, hairpin.data)
  silence(machine)
  expect(resultOf(machine)?.hairpinning).toBe(true)
})

test('whatever comes in whatever order, it ends in time, bounded, and tells once', () => {
  const step = fc.record({
    which: fc.nat(20),
    from: fc.constantFrom(SERVER, OTHER, { ...SERVER, port: OTHER.port }, MAPPED),
    stunClass: fc.constantFrom<StunClass>('success', 'error', 'request', 'indication'),
    mapped: fc.constantFrom(MAPPED, { ...MAPPED, port: 1 }, LOCAL.mapping),
    socket: fc.constantFrom('mapping' as const, 'filtering' as const),
    noise: fc.uint8Array({ maxLength: 40 }),
    wait: fc.nat(700),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const machine = tester([SERVER, { ...SERVER, address: '198.51.100.5' }])
      const all = sent(machine, 0)
      let now = 0
      for (const { which, noise, socket, wait, ...options } of steps) {
        machine.receive(now, socket, options.from, noise)
        answer(machine, now, { ...all[which % all.length]!, socket }, options)
        now += wait
        machine.handleTimeout(now)
        all.push(...sent(machine, now))
      }
      const rest = silence(machine)
      expect(Math.max(rest.endedAt, 0)).toBeLessThanOrEqual(now + 7500)
      // Two servers and seven other tests, each three times.
      expect(all.length + rest.sent.length).toBeLessThanOrEqual(27)
      expect(machine.pollEvent()?.type).toBe('finished')
      expect(machine.pollEvent()).toBeUndefined()
    }),
  )
})
