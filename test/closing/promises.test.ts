import { describe, expect, test } from 'vitest'
import type { RTCPeerConnection } from '../../src/index.js'
import { VirtualPair, type SignallingMoment } from './support/virtual-pair.js'

const CANDIDATE = { candidate: 'candidate:1 1 udp 2130706431 192.0.2.77 5000 typ host', sdpMid: '0' }
const OPERATIONS: Record<
  string,
  [SignallingMoment, 'a' | 'b', (own: RTCPeerConnection, pair: VirtualPair) => unknown]
> = {
  createOffer: ['new', 'a', (own) => own.createOffer()],
  'createOffer, refused': ['offer received', 'b', (own) => own.createOffer()],
  createAnswer: ['offer received', 'b', (own) => own.createAnswer()],
  'createAnswer, refused': ['new', 'a', (own) => own.createAnswer()],
  'setLocalDescription of an offer': ['new', 'a', (own) => own.setLocalDescription()],
  'setLocalDescription of an answer': ['offer received', 'b', (own) => own.setLocalDescription()],
  rollback: ['offer set', 'a', (own) => own.setLocalDescription({ type: 'rollback' })],
  'setRemoteDescription of an offer': [
    'offer set',
    'b',
    (own, { a }) => own.setRemoteDescription(a.connection.localDescription!),
  ],
  'setRemoteDescription of an answer': [
    'answer set',
    'a',
    (own, { b }) => own.setRemoteDescription(b.connection.localDescription!),
  ],
  'setRemoteDescription, refused': ['new', 'a', (own) => own.setRemoteDescription({ type: 'offer', sdp: 'nonsense' })],
  addIceCandidate: ['answered', 'a', (own) => own.addIceCandidate(CANDIDATE)],
  'addIceCandidate, refused': ['answered', 'a', (own) => own.addIceCandidate({ candidate: 'x', sdpMid: '0' })],
}

type Outcome = 'pending' | 'fulfilled' | 'rejected'

function watch(promise: unknown): { outcome: Outcome } {
  const watched: { outcome: Outcome } = { outcome: 'pending' }
  Promise.resolve(promise).then(
    () => (watched.outcome = 'fulfilled'),
    () => (watched.outcome = 'rejected'),
  )
  return watched
}

async function microtasks(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await Promise.resolve()
}

async function tasks(count: number): Promise<void> {
  for (let i = 0; i < count; i++) await new Promise((resolve) => setImmediate(resolve))
}

/** When close() comes after the call: at once, some microtasks or some tasks later. */
const DELAYS: [string, () => Promise<void>][] = [
  ['at once', () => Promise.resolve()],
  ['1 microtask later', () => microtasks(1)],
  ['3 microtasks later', () => microtasks(3)],
  ['10 microtasks later', () => microtasks(10)],
  ['1 task later', () => tasks(1)],
  ['2 tasks later', () => tasks(2)],
]

describe('P1: promises that are pending when the connection is closed', () => {
  const outcomes = new Set<string>()

  test.each(Object.keys(OPERATIONS))('%s', async (name) => {
    const [moment, own, operation] = OPERATIONS[name]!
    for (const [delay, wait] of DELAYS) {
      const pair = new VirtualPair({ link: { latencyMillis: 10 } })
      pair.create(pair.a)
      await pair.negotiate(moment)
      const { connection } = pair[own]
      // The second of each waits in the operations chain.
      const promises = [operation(connection, pair), operation(connection, pair)].map(watch)
      if (delay !== 'at once') await wait()
      const before = promises.map(({ outcome }) => outcome)
      connection.close()
      await pair.network.runFor(60_000)
      // "If connection.[[IsClosed]] is true, abort these steps": what had not settled never does.
      expect(
        promises.map(({ outcome }) => outcome),
        delay,
      ).toEqual(before)
      for (const outcome of before) outcomes.add(outcome)
      await pair.end()
      expect(pair.violations()).toEqual([])
    }
  })

  test.each([
    ['setLocalDescription', 'new', 'a'],
    ['setRemoteDescription', 'offer set', 'b'],
  ] as const)('%s, closed by the handler of the event that it fires just before it fulfils', async (_, moment, own) => {
    const pair = new VirtualPair()
    pair.create(pair.a)
    await pair.negotiate(moment)
    const { connection } = pair[own]
    connection.addEventListener('signalingstatechange', () => connection.close())
    const offer = pair.a.connection.localDescription
    const promise = watch(own === 'a' ? connection.setLocalDescription() : connection.setRemoteDescription(offer!))
    await pair.network.runFor(1000)
    expect([connection.signalingState, promise.outcome]).toEqual(['closed', 'pending'])
    await pair.end()
  })

  test('all three outcomes were among them', () => {
    expect([...outcomes].toSorted()).toEqual(['fulfilled', 'pending', 'rejected'])
  })

  test('legacy callbacks are not called', async () => {
    const pair = new VirtualPair()
    const { connection } = pair.a
    const called: string[] = []
    const success = () => called.push('success')
    const failure = () => called.push('failure')
    void connection.createOffer(success, failure)
    void connection.createAnswer(success, failure)
    connection.close()
    await pair.network.runFor(1000)
    expect(called).toEqual([])
    await pair.end()
  })

  test('getStats(), which no algorithm of close() touches, is answered; before and after', async () => {
    const pair = new VirtualPair({ link: { latencyMillis: 10 } })
    await pair.channels()
    const before = pair.a.connection.getStats()
    pair.a.connection.close()
    const after = pair.a.connection.getStats()
    for (const report of await Promise.all([before, after])) {
      expect([...report.values()].map(({ type }) => type)).toContain('peer-connection')
    }
    await pair.end()
    expect(pair.violations()).toEqual([])
  })

  test('calls after it are refused with InvalidStateError', async () => {
    const pair = new VirtualPair({ link: { latencyMillis: 10 } })
    await pair.channels()
    const { connection } = pair.a
    connection.close()
    const refused = expect.objectContaining({ name: 'InvalidStateError' }) as Error
    await expect(connection.createOffer()).rejects.toThrow(refused)
    await expect(connection.createAnswer()).rejects.toThrow(refused)
    await expect(connection.setLocalDescription()).rejects.toThrow(refused)
    await expect(connection.setRemoteDescription({ type: 'offer', sdp: '' })).rejects.toThrow(refused)
    await expect(connection.addIceCandidate(CANDIDATE)).rejects.toThrow(refused)
    expect(() => connection.createDataChannel('late')).toThrow(refused)
    expect(() => connection.setConfiguration({})).toThrow(refused)
    expect(() => connection.restartIce()).not.toThrow()
    await pair.end()
    expect(pair.violations()).toEqual([])
  })
})
