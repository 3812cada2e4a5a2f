import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { DEFAULTS, type FakeEnd, LinkedEnds } from './linked-channels.test-support.js'

function openPair(ends: LinkedEnds): [number, number] {
  const ours = ends.client.open()
  ends.run()
  return [ours, ends.server.announced.at(-1)!.handle]
}

describe('closing (RFC 8831 §6.7)', () => {
  test('D4, D6: what was sent before arrives before the peer closes; it sends what it had pending, then closes too', () => {
    const ends = new LinkedEnds()
    const [ours, theirs] = openPair(ends)
    ends.client.send(ours, 'last words')
    ends.client.close(ours)
    ends.server.send(theirs, 'pending')
    ends.carry(ends.client, 0)
    ends.carry(ends.client, 0)
    expect(ends.server.seen(theirs)).toEqual(['channel', 'message last words', 'closing'])
    const behind = ends.server.transport.queued.get(0)!.map((item) => item.type)
    expect(behind.slice(-2)).toEqual(['message', 'reset'])
    ends.run()
    expect(ends.server.seen(theirs)).toEqual(['channel', 'message last words', 'closing', 'closed'])
    expect(ends.client.seen(ours)).toEqual(['open', 'closed'])
    expect(ends.server.events.filter((event) => event.type === 'sent').map((event) => event.bytes)).toEqual([7])
    expect([ends.client.channels.idsInUse, ends.server.channels.idsInUse]).toEqual([0, 0])
  })

  test('D5: both at once', () => {
    const ends = new LinkedEnds()
    const [ours, theirs] = openPair(ends)
    ends.client.close(ours)
    ends.server.close(theirs)
    ends.run()
    expect(ends.client.seen(ours)).toEqual(['open', 'closed'])
    expect(ends.server.seen(theirs)).toEqual(['channel', 'closed'])
  })

  test('in the call that opened it, and twice', () => {
    const ends = new LinkedEnds()
    const ours = ends.client.open()
    ends.client.close(ours)
    ends.client.close(ours)
    ends.run()
    expect(ends.client.seen(ours)).toEqual(['open', 'closed'])
    expect(ends.server.seen(ends.server.announced[0]!.handle)).toEqual(['channel', 'closing', 'closed'])
  })

  test('before the association is up: closed at once, nothing is sent, the id is free', () => {
    const ends = new LinkedEnds()
    const handle = ends.client.channels.open(DEFAULTS)!
    ends.client.close(handle)
    expect(ends.client.seen(handle)).toEqual(['closed'])
    expect(ends.client.transport.sent).toEqual([])
    expect(ends.client.channels.id(ends.client.open())).toBe(0)
  })

  test('the peer resets a channel that has not started yet', () => {
    const ends = new LinkedEnds()
    const handle = ends.client.channels.open({ ...DEFAULTS, negotiated: true, id: 5 })!
    ends.client.handle({ type: 'incomingReset', streamIds: [5] })
    ends.client.handle({ type: 'outgoingReset', streamIds: [5] })
    expect(ends.client.seen(handle)).toEqual(['open', 'closing', 'closed'])
  })

  test('many at once are one request', () => {
    const ends = new LinkedEnds()
    const handles = Array.from({ length: 50 }, () => ends.client.open())
    ends.run()
    for (const handle of handles) ends.client.channels.close(0, handle)
    ends.client.settle()
    expect(ends.client.transport.resetRequests.map((ids) => ids.length)).toEqual([50])
  })

  test('D5: a peer that refuses the reset: closed, and the id is never used again', () => {
    const ends = new LinkedEnds()
    const [ours] = openPair(ends)
    ends.client.close(ours)
    ends.client.handle({ type: 'outgoingResetFailed', streamIds: [0], result: 2 })
    expect(ends.client.seen(ours)).toEqual(['open', 'closed'])
    ends.client.handle({ type: 'message', streamId: 0, ppid: 51, data: Uint8Array.of(1) })
    ends.client.handle({ type: 'incomingReset', streamIds: [0] })
    expect(ends.client.channels.id(ends.client.open())).toBe(2)
    expect(ends.client.seen(ours)).toEqual(['open', 'closed'])
  })

  test('D5: a peer that never resets its side: closed after half a minute without a word, its id free when it does', () => {
    const ends = new LinkedEnds()
    const { client } = ends
    const [ours] = openPair(ends)
    client.close(ours)
    client.handle({ type: 'outgoingReset', streamIds: [0] })
    client.now = 20_000
    client.handle({ type: 'message', streamId: 0, ppid: 51, data: Uint8Array.of(1) })
    expect(client.channels.nextTimeout()).toBe(50_000)
    client.channels.handleTimeout(49_999)
    client.settle()
    expect(client.seen(ours)).toEqual(['open'])
    client.channels.handleTimeout(50_000)
    client.settle()
    expect(client.seen(ours)).toEqual(['open', 'closed'])
    expect(client.channels.nextTimeout()).toBe(Infinity)
    expect(client.channels.id(client.open())).toBe(2)
    client.handle({ type: 'incomingReset', streamIds: [0] })
    expect(client.channels.id(client.open())).toBe(0)
  })

  test('SECURITY 13: the peer uses an id again before its answer to our reset is here: the new channel waits for it', () => {
    const ends = new LinkedEnds()
    const [ours, theirs] = openPair(ends)
    ends.client.close(ours)
    ends.carry(ends.client, 0)
    ends.carry(ends.server, 0)
    ends.answer(ends.client)
    const again = ends.client.open({ label: 'again' })
    ends.client.send(again, 'hello')
    expect(ends.client.channels.id(again)).toBe(0)
    ends.carry(ends.client, 0)
    ends.carry(ends.client, 0)
    ends.client.close(again)
    ends.carry(ends.client, 0)
    expect(ends.server.seen(theirs)).toEqual(['channel', 'closing'])
    expect(ends.server.announced).toHaveLength(1)
    ends.run()
    expect(ends.server.seen(theirs)).toEqual(['channel', 'closing', 'closed'])
    expect(ends.server.seen(ends.server.announced[1]!.handle)).toEqual([
      'channel',
      'message hello',
      'closing',
      'closed',
    ])
    expect(ends.client.seen(again)).toEqual(['open', 'closed'])
  })

  test('a negotiated channel that only one side ever opened closes', () => {
    const ends = new LinkedEnds()
    const handle = ends.client.open({ negotiated: true, id: 3 })
    ends.client.send(handle, 'nobody there')
    ends.client.close(handle)
    ends.run()
    expect(ends.client.seen(handle)).toEqual(['open', 'closed'])
    expect([ends.client.channels.idsInUse, ends.server.channels.idsInUse]).toEqual([0, 0])
    expect(ends.server.open({ negotiated: true, id: 3 })).toBeDefined()
  })

  test('D5: 100,000 open/close cycles leave nothing behind', () => {
    const ends = new LinkedEnds()
    for (let i = 0; i < 100_000; i++) {
      const end = i % 2 === 0 ? ends.client : ends.server
      end.close(end.open())
      ends.run()
      end.transport.sent.length = 0
      end.transport.resetRequests.length = 0
    }
    for (const { channels, events } of [ends.client, ends.server]) {
      expect(events.filter((event) => event.type === 'closed')).toHaveLength(100_000)
      expect([channels.size, channels.idsInUse]).toEqual([0, 0])
      expect(channels.counters).toEqual({})
    }
    expect(ends.client.channels.id(ends.client.open())).toBe(0)
  })
})

/** What two applications and the network between them may do, in any order. */
interface Step {
  readonly do: 'open' | 'send' | 'close' | 'answer' | 'carry'
  readonly client: boolean
  readonly which: number
}

/** One application: what it may do with its channels now, and what it did; channels are told apart by label. */
class Application {
  readonly end: FakeEnd
  readonly sent = new Map<string, string[]>()
  readonly closed = new Set<string>()
  readonly #labels = new Map<number, string>()

  constructor(end: FakeEnd) {
    this.end = end
  }

  get labels(): Map<number, string> {
    for (const event of this.end.announced) this.#labels.set(event.handle, event.parameters.label)
    return this.#labels
  }

  do(step: Step, serial: string): void {
    if (step.do === 'open') this.#labels.set(this.end.open({ label: serial }), serial)
    const usable = [...this.labels].filter(
      ([handle, label]) => !this.closed.has(label) && !this.end.seen(handle).includes('closing'),
    )
    const [handle, label] = usable[step.which % Math.max(usable.length, 1)] ?? []
    if (handle === undefined || label === undefined) return
    if (step.do === 'send') {
      this.end.send(handle, serial)
      this.sent.set(label, [...(this.sent.get(label) ?? []), `message ${serial}`])
    } else if (step.do === 'close') {
      this.closed.add(label)
      this.end.close(handle)
    }
  }

  /** Everything that the other application sent is here, unless this one closed; closed is last, and once. */
  check(other: Application): void {
    for (const [handle, label] of this.labels) {
      const log = this.end.seen(handle)
      const got = log.filter((entry) => entry.startsWith('message'))
      const sent = other.sent.get(label) ?? []
      expect(got).toEqual(this.closed.has(label) ? sent.slice(0, got.length) : sent)
      const isClosed = this.closed.has(label) || other.closed.has(label)
      expect(log.indexOf('closed')).toBe(isClosed ? log.length - 1 : -1)
      expect(log.filter((entry) => entry === 'closing')).toHaveLength(isClosed && !this.closed.has(label) ? 1 : 0)
    }
    expect(this.end.channels.counters).toEqual({})
    const open = [...this.labels.values()].filter((label) => !this.closed.has(label) && !other.closed.has(label))
    expect([this.end.channels.size, this.end.channels.idsInUse]).toEqual([open.length, open.length])
  }
}

test('in any order of opening, sending, closing and carrying, what was sent arrives in order and all ends alike', () => {
  const step: fc.Arbitrary<Step> = fc.record({
    do: fc.constantFrom('open', 'send', 'send', 'close', 'carry', 'carry', 'carry', 'answer'),
    client: fc.boolean(),
    which: fc.nat(7),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
      const ends = new LinkedEnds()
      const client = new Application(ends.client)
      const server = new Application(ends.server)
      for (const [serial, step] of steps.entries()) {
        const application = step.client ? client : server
        const { end } = application
        if (step.do === 'answer') ends.answer(end)
        else if (step.do === 'carry') ends.carry(end, [...end.transport.queued.keys()][step.which] ?? 0)
        else application.do(step, String(serial))
      }
      ends.run()
      client.check(server)
      server.check(client)
    }),
    { numRuns: 500 },
  )
})
