import { describe, expect, test } from 'vitest'
import type { RTCDataChannel } from '../../src/index.js'
import { VirtualPair, type Side } from './support/virtual-pair.js'

const LINK = { latencyMillis: 10 }
/**
 * At how many occurrences of one kind of event something is closed; more of them with
 * `CLOSING_MATRIX=full npx vitest run test/closing/event-handlers.test.ts`.
 */
const isFull = process.env['CLOSING_MATRIX'] === 'full'
const mostOccurrences = (action: Action) => (isFull ? 12 : action.includes('channels') ? 2 : 3)
/** RFC 8489 §6.2.1: 39.5 s with its defaults. */
const STUN_TIMEOUT_MILLIS = 40_000

const CHANNEL_EVENTS = ['open', 'message', 'bufferedamountlow', 'closing', 'error', 'close']
const CONNECTION_EVENTS = [
  'connectionstatechange',
  'datachannel',
  'icecandidate',
  'icecandidateerror',
  'iceconnectionstatechange',
  'icegatheringstatechange',
  'negotiationneeded',
  'signalingstatechange',
]
const TRANSPORT_EVENTS = [
  'sctp statechange',
  'dtls statechange',
  'ice statechange',
  'ice gatheringstatechange',
  'ice selectedcandidatepairchange',
]

/** What is closed inside the handler. */
type Action = 'own channels' | 'channels of both' | 'own connection' | 'connection of the other' | 'both connections'
const ACTIONS: readonly Action[] = [
  'own channels',
  'channels of both',
  'own connection',
  'connection of the other',
  'both connections',
]

const close = ({ channels }: Side) => channels.forEach(({ channel }) => channel.close())

const RUN: Record<Action, (own: Side, other: Side) => void> = {
  'own channels': (own) => close(own),
  'channels of both': (own, other) => [own, other].forEach(close),
  'own connection': (own) => own.connection.close(),
  'connection of the other': (_, other) => other.connection.close(),
  'both connections': (own, other) => [own, other].forEach(({ connection }) => connection.close()),
}

/**
 * A whole life, in which every kind of event happens on both sides: negotiated from a, used in both directions, two
 * channels closed by either side, an ICE restart, a failing STUN server, and the abrupt end.
 */
async function live(pair: VirtualPair, gatheringMillis: number, whenMade: () => void): Promise<void> {
  const { a, b, network } = pair
  const open = (side: Side) => side.channels.filter(({ channel }) => channel.readyState === 'open')
  const send = (side: Side) => open(side).forEach(({ channel }) => channel.send(new Uint8Array(5000)))
  for (const label of ['first', 'second', 'third']) pair.create(a, label)
  whenMade()
  await network.runFor(1)
  await withoutPromises(pair)
  await network.runFor(gatheringMillis)
  for (const side of [a, b]) send(side)
  await network.runFor(200)
  open(a)[0]?.channel.close()
  open(b).at(-1)?.channel.close()
  await network.runFor(200)
  if (a.connection.signalingState !== 'closed') a.connection.restartIce()
  await withoutPromises(pair)
  await network.runFor(1000)
  b.connection.close()
  await network.runFor(1000)
}

/** The negotiation, whose promises never settle after close(): nothing may wait for them. */
async function withoutPromises(pair: VirtualPair): Promise<void> {
  const outcome = { settled: false }
  const done = () => (outcome.settled = true)
  pair.negotiate().then(done, done)
  await pair.network.runFor(50)
  const isClosed = [pair.a, pair.b].some(({ connection }) => connection.signalingState === 'closed')
  expect(outcome.settled || isClosed).toBe(true)
}

function targetOf(side: Side, name: string): EventTarget | undefined {
  const dtls = side.connection.sctp?.transport
  const targets = { sctp: side.connection.sctp, dtls, ice: dtls?.iceTransport }
  return targets[name as keyof typeof targets] ?? undefined
}

/** Calls back at every event of that kind on that side, whatever object it comes to, behind those who write it down. */
function listen(pair: VirtualPair, side: Side, kind: string, handler: () => void): void {
  if (CHANNEL_EVENTS.includes(kind)) {
    const listening = new WeakSet<RTCDataChannel>()
    const add = () => {
      for (const { channel } of side.channels) {
        if (!listening.has(channel)) channel.addEventListener(kind, handler)
        listening.add(channel)
        channel.bufferedAmountLowThreshold = 100
      }
    }
    add()
    side.connection.addEventListener('datachannel', add)
  } else if (CONNECTION_EVENTS.includes(kind)) side.connection.addEventListener(kind, handler)
  else {
    const [object, type] = kind.split(' ') as [string, string]
    let target: EventTarget | undefined
    side.connection.addEventListener('signalingstatechange', () => {
      pair.observeTransports()
      if (target !== undefined) return
      target = targetOf(side, object)
      target?.addEventListener(type, handler)
    })
  }
}

const happened = new Map<string, number>()

/** Lives a life in which `action` is taken at one occurrence of an event; whether there was one. */
async function liveUntil(own: 'a' | 'b', kind: string, action: Action, occurrence: number): Promise<boolean> {
  const pair = new VirtualPair({ link: LINK }, { iceServers: [{ urls: 'stun:192.0.2.99' }] })
  const [side, other] = own === 'a' ? [pair.a, pair.b] : [pair.b, pair.a]
  let count = 0
  const run = () =>
    listen(pair, side, kind, () => {
      if (++count !== occurrence) return
      const told = pair.allChannels.map(({ events }) => events.length)
      RUN[action](side, other)
      RUN[action](side, other)
      // D3: no handler runs inside the call.
      expect(pair.allChannels.map(({ events }) => events.length)).toEqual(told)
    })
  await live(pair, kind === 'icecandidateerror' ? STUN_TIMEOUT_MILLIS : 300, run)
  await pair.end()
  const words = `${action} closed in ${kind} ${occurrence} of ${own}`
  expect(pair.violations(), words).toEqual([])
  for (const { isOver } of pair.allChannels) expect(isOver, words).toBe(true)
  return count >= occurrence
}

describe('D1, D3, D9, P1, P2, P7: closing inside a handler', () => {
  const kinds = [...CHANNEL_EVENTS, ...CONNECTION_EVENTS, ...TRANSPORT_EVENTS]
  test.each(kinds.flatMap((kind) => ACTIONS.map((action) => [kind, action] as const)))(
    'of %s: %s',
    { timeout: 120_000 },
    async (kind, action) => {
      for (const own of ['a', 'b'] as const) {
        let occurrence = 1
        while (occurrence <= mostOccurrences(action) && (await liveUntil(own, kind, action, occurrence))) occurrence++
        happened.set(kind, Math.max(happened.get(kind) ?? 0, occurrence - 1))
      }
    },
  )

  test('and each kind of event did happen', () => {
    expect([...happened].filter(([, count]) => count === 0)).toEqual([])
    expect(happened.size).toBe(kinds.length)
  })
})

describe('P1, P2: closing inside a handler of transports that a rollback retires', () => {
  test.each(['sctp', 'dtls', 'ice'])('%s statechange', async (name) => {
    const pair = new VirtualPair({ link: LINK })
    pair.create(pair.a)
    await pair.negotiate('offer set')
    const target = targetOf(pair.a, name)!
    target.addEventListener('statechange', () => pair.a.connection.close())
    await pair.a.connection.setLocalDescription({ type: 'rollback' })
    await pair.network.runFor(100)
    expect(pair.a.connection).toMatchObject({ connectionState: 'closed', iceConnectionState: 'closed' })
    await pair.end()
    expect(pair.violations()).toEqual([])
  })
})
