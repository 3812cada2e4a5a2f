import fc from 'fast-check'
import { expect, test } from 'vitest'
import { block, describeBothKinds, interleavingNow, seededCrypto } from '../association.test-support.js'
import { SctpAssociation } from '../association.js'
import type { SctpEvent, SctpOptions } from '../types.js'

const END = 10_000

type Step =
  | {
      readonly do: 'send'
      readonly streamId: number
      readonly ordered: boolean
      readonly bytes: number
      readonly ppid: number
      readonly tries: number | undefined
    }
  | { readonly do: 'reset'; readonly streamId: number }
  | { readonly do: 'unread'; readonly bytes: number }
  | { readonly do: 'wait'; readonly millis: number }
  | { readonly do: 'deliver'; readonly how: 'next' | 'last' | 'twice' | 'lost' }

const streamId = fc.integer({ min: 0, max: 2 })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constant('send' as const),
      streamId,
      ordered: fc.boolean(),
      bytes: fc.oneof(
        { weight: 8, arbitrary: fc.integer({ min: 1, max: 120 }) },
        { weight: 1, arbitrary: fc.integer({ min: 1000, max: 4000 }) },
      ),
      ppid: fc.constantFrom(51, 53),
      tries: fc.constantFrom(undefined, undefined, undefined, 0, 1),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('deliver' as const),
      how: fc.constantFrom('next', 'next', 'next', 'next', 'last', 'twice', 'lost'),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('reset' as const), streamId }) },
  {
    weight: 1,
    arbitrary: fc.record({ do: fc.constant('unread' as const), bytes: fc.integer({ min: 0, max: 20_000 }) }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wait' as const), millis: fc.integer({ min: 1, max: 600 }) }) },
)

function associate(seed: number, more: Partial<SctpOptions>): SctpAssociation {
  const interleaving = interleavingNow()
  const ports = { localPort: 5000, remotePort: 5000, maxMessageSizeBytes: 65_536, zeroChecksum: true, interleaving }
  return new SctpAssociation({ crypto: seededCrypto(seed), ...ports, receiveWindowBytes: 16_384, ...more })
}

const told = (event: SctpEvent) => {
  if (event.type !== 'message') return event
  const { type, streamId, ppid, data } = event
  return { type, streamId, ppid, data: [...data] }
}

/** A sender, and two receivers that hear the same and have the same random numbers: only one of them may read in place. */
class Trio {
  now = 1000
  readonly #sender = associate(1, {})
  readonly #inPlace = associate(2, {})
  readonly #oneByOne = associate(2, { readsInPlace: false })
  #flying: Uint8Array[] = []
  readonly messages: unknown[] = []

  constructor() {
    for (const end of [this.#sender, this.#inPlace, this.#oneByOne]) end.connect(this.now)
    this.settle()
  }

  perform(step: Step): void {
    if (step.do === 'send') {
      const { streamId, ordered, ppid, tries } = step
      const limits = tries === undefined ? {} : { maxRetransmissions: tries }
      this.#sender.send(this.now, { streamId, ppid, ordered, data: block(step.bytes, step.bytes), ...limits })
    } else if (step.do === 'reset') this.#sender.resetStreams(this.now, [step.streamId])
    else if (step.do === 'unread') for (const end of [this.#inPlace, this.#oneByOne]) end.setUnreadBytes(step.bytes)
    else if (step.do === 'wait') this.#wait(step.millis)
    else this.#deliver(step.how)
    if (step.do !== 'send') this.#exchange()
  }

  /** All that can arrive does. */
  settle(): void {
    for (const end of [this.#inPlace, this.#oneByOne]) end.setUnreadBytes(0)
    for (const until = this.now + END; this.now < until;) {
      this.#exchange()
      while (this.#flying.length > 0) this.#deliver('next')
      this.#exchange()
      this.#wait(50)
    }
  }

  #wait(millis: number): void {
    this.now += millis
    for (const end of [this.#sender, this.#inPlace, this.#oneByOne]) end.handleTimeout(this.now)
  }

  #deliver(how: (Step & { do: 'deliver' })['how']): void {
    const packet = how === 'last' ? this.#flying.pop() : this.#flying.shift()
    if (packet === undefined || how === 'lost') return
    for (let i = 0; i < (how === 'twice' ? 2 : 1); i++)
      for (const end of [this.#inPlace, this.#oneByOne]) end.receive(this.now, packet.slice())
    this.#compare()
  }

  /** What the receivers say, and tell, is the same; one of them is heard. */
  #compare(): void {
    for (;;) {
      const packet = this.#inPlace.pollTransmit(this.now)
      expect(this.#oneByOne.pollTransmit(this.now)).toEqual(packet)
      if (packet === undefined) break
      this.#sender.receive(this.now, packet)
    }
    for (;;) {
      const event = this.#oneByOne.pollEvent()
      const inPlace = this.#inPlace.pollEvent()
      expect(inPlace && told(inPlace)).toEqual(event && told(event))
      if (event === undefined) break
      if (event.type === 'message') this.messages.push(event)
    }
    expect(this.#inPlace.holdings).toEqual(this.#oneByOne.holdings)
    expect(this.#inPlace.counters).toEqual(this.#oneByOne.counters)
    expect(this.#inPlace.nextTimeout()).toBe(this.#oneByOne.nextTimeout())
  }

  #exchange(): void {
    for (let more = true; more;) {
      more = false
      for (let packet = this.#sender.pollTransmit(this.now); packet; packet = this.#sender.pollTransmit(this.now)) {
        this.#flying.push(packet)
        more = true
      }
      this.#compare()
    }
    while (this.#sender.pollEvent() !== undefined);
  }
}

const PPIDS_AND_BYTES = [
  [53, 1],
  [53, 2],
  [51, 3],
  [51, 4],
  [53, 5],
  [51, 6],
  [51, 7],
] as const

describeBothKinds('messages that are read in place', () => {
  test('are told, acknowledged and counted as if each had been taken by itself', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const trio = new Trio()
        for (const each of steps) trio.perform(each)
        trio.settle()
        const reliable = steps.filter((each) => each.do === 'send' && each.tries === undefined).length
        const sent = steps.filter((each) => each.do === 'send').length
        expect(trio.messages.length).toBeGreaterThanOrEqual(reliable)
        expect(trio.messages.length).toBeLessThanOrEqual(sent)
      }),
      { numRuns: 25 },
    )
  })

  test('come together while stream and PPID are the same, and one by one for who asks for events', () => {
    const [sender, receiver] = [associate(1, {}), associate(2, {})]
    const carry = () => {
      for (let i = 0; i < 6; i++) {
        for (let packet = sender.pollTransmit(i); packet; packet = sender.pollTransmit(i)) receiver.receive(i, packet)
        for (let packet = receiver.pollTransmit(i); packet; packet = receiver.pollTransmit(i)) sender.receive(i, packet)
      }
    }
    const send = (streamId: number, ppid: number, bytes: number) =>
      sender.send(0, { streamId, ppid, ordered: true, data: block(bytes, bytes) })
    sender.connect(0)
    receiver.connect(0)
    carry()
    send(0, 53, 9)
    carry()
    while (receiver.pollEvent() !== undefined);
    for (const [ppid, bytes] of PPIDS_AND_BYTES) send(0, ppid, bytes)
    carry()
    const first = receiver.pollMessages()!
    expect([first.streamId, first.ppid, first.bytes]).toEqual([0, 53, 3])
    expect([first.take(), first.take(), first.take(), first.bytes]).toEqual([block(1, 1), block(2, 2), undefined, 0])
    expect(told(receiver.pollEvent()!)).toEqual({ type: 'message', streamId: 0, ppid: 51, data: [...block(3, 3)] })
    expect(receiver.pollMessages()!.bytes).toBe(4)
    expect(receiver.pollMessages()).toBeUndefined() // the next one has no neighbour of its PPID
    expect(told(receiver.pollEvent()!)).toEqual({ type: 'message', streamId: 0, ppid: 53, data: [...block(5, 5)] })
    expect(receiver.pollMessages()!.bytes).toBe(13)
    expect(receiver.pollEvent()).toBeUndefined()
  })
})
