import fc from 'fast-check'
import { expect } from 'vitest'
import type { RTCDataChannel } from '../../../src/index.js'
import type { ChannelHistory } from './channel-history.js'
import type { ConnectionPair, Side } from './connection-pair.js'
import type { MakePair } from './paths.js'

type Operation =
  | { readonly type: 'create'; readonly at: 'a' | 'b'; readonly negotiated: boolean }
  | { readonly type: 'send'; readonly at: 'a' | 'b'; readonly which: number; readonly sizeBytes: number }
  | { readonly type: 'close channel'; readonly at: 'a' | 'b'; readonly which: number }
  | { readonly type: 'close connection'; readonly at: 'a' | 'b' }
  | { readonly type: 'negotiate' }
  | { readonly type: 'loss'; readonly lossRatio: number }
  | { readonly type: 'unplug' | 'plug'; readonly at: 'a' | 'b' }
  | { readonly type: 'wait'; readonly millis: number }

const at = fc.constantFrom('a' as const, 'b' as const)
const which = fc.nat(3)
const of = <Type extends string>(...types: Type[]) => fc.constantFrom(...types)
const sizeBytes = fc.constantFrom(1, 20, 1500, 60_000, 200_000)
const lossRatio = fc.constantFrom(0, 0, 0, 0.05, 0.3, 1)
const millis = fc.constantFrom(0, 1, 5, 10, 30, 100, 300, 3000)
export const operation: fc.Arbitrary<Operation> = fc.oneof(
  { weight: 20, arbitrary: fc.record({ type: of('create'), at, negotiated: fc.boolean() }) },
  { weight: 80, arbitrary: fc.record({ type: of('send'), at, which, sizeBytes }) },
  { weight: 15, arbitrary: fc.record({ type: of('close channel'), at, which }) },
  { weight: 1, arbitrary: fc.record({ type: of('close connection'), at }) },
  { weight: 3, arbitrary: fc.record({ type: of('negotiate') }) },
  { weight: 4, arbitrary: fc.record({ type: of('loss'), lossRatio }) },
  { weight: 3, arbitrary: fc.record({ type: of('unplug', 'plug', 'plug'), at }) },
  { weight: 50, arbitrary: fc.record({ type: of('wait'), millis }) },
)

/** One run: what was sent by whom, and whether what happens since is what the rows of docs/closing.md allow. */
export class Run {
  readonly pair: ConnectionPair
  readonly wrong: string[] = []
  /** By side and label. */
  readonly #sent = new Map<string, string[]>()
  readonly #watched = new WeakSet<RTCDataChannel>()
  #created = 0

  constructor(make: MakePair, seed: number) {
    this.pair = make({ seed, link: { latencyMillis: 10 } })
    for (const side of [this.pair.a, this.pair.b]) {
      side.connection.addEventListener('datachannel', () => this.#watch(side))
    }
  }

  /** Begins with a channel that is open on both sides. */
  async connect(): Promise<void> {
    this.#create(this.pair.a, false)
    await this.#negotiate()
    const isOpen = (): boolean => this.pair.b.channels[0]?.channel.readyState === 'open'
    await this.pair.network.run({ until: isOpen })
  }

  async apply(operation: Operation): Promise<void> {
    const { network } = this.pair
    const side = this.pair['at' in operation ? operation.at : 'a']
    // Counted from the newest, for old ones are closed more often.
    const chosen = 'which' in operation ? side.channels.at(-1 - operation.which)?.channel : undefined
    if (operation.type === 'create') this.#create(side, operation.negotiated)
    else if (operation.type === 'send' && chosen !== undefined) this.#send(side, chosen, operation.sizeBytes)
    else if (operation.type === 'close channel') chosen?.close()
    else if (operation.type === 'close connection') side.connection.close()
    else if (operation.type === 'negotiate') await this.#negotiate()
    else if (operation.type === 'loss') network.setLink({ lossRatio: operation.lossRatio })
    else if (operation.type === 'unplug') this.pair.vanish(side)
    else if (operation.type === 'plug') this.pair.comeBack(side)
    else if (operation.type === 'wait') await network.runFor(operation.millis)
  }

  /** Both end, in order or not; then everything has to be over, and right. */
  async finish(): Promise<string[]> {
    await this.pair.network.runFor(100)
    await this.pair.end()
    for (const history of this.pair.allChannels) {
      if (!history.isOver) this.wrong.push(`${history.channel.label} is not over`)
    }
    for (const side of [this.pair.a, this.pair.b]) for (const history of side.channels) this.#compare(side, history)
    return [...this.wrong, ...this.pair.violations()]
  }

  #create(side: Side, negotiated: boolean): void {
    if (side.connection.signalingState === 'closed') {
      expect(() => side.connection.createDataChannel('')).toThrow(
        expect.objectContaining({ name: 'InvalidStateError' }),
      )
      return
    }
    const label = `channel ${++this.#created}`
    if (!negotiated) this.pair.create(side, label)
    else {
      // On both sides at once where that is possible, with an id that nobody else has.
      const sides = [this.pair.a, this.pair.b].filter(({ connection }) => connection.signalingState !== 'closed')
      for (const one of sides) this.pair.create(one, label, { negotiated, id: 1000 + this.#created })
    }
    for (const one of [this.pair.a, this.pair.b]) this.#watch(one)
  }

  /** D7: InvalidStateError when, and only when, the channel is not open. */
  #send(side: Side, channel: RTCDataChannel, sizeBytes: number): void {
    const { readyState, label } = channel
    const sent = this.#sentBy(side, label)
    const text = `${sent.length} `.padEnd(sizeBytes, 'x')
    try {
      channel.send(text)
      sent.push(text)
      if (readyState !== 'open') this.wrong.push(`${label}: send() did not throw while ${readyState}`)
    } catch (error) {
      const { name } = error as DOMException
      const mayBe = readyState === 'open' ? ['OperationError'] : ['InvalidStateError']
      if (!mayBe.includes(name)) this.wrong.push(`${label}: send() threw ${name} while ${readyState}`)
    }
  }

  async #negotiate(): Promise<void> {
    const { a, b } = this.pair
    const isClosed = [a, b].some(({ connection }) => connection.signalingState === 'closed')
    const isStable = [a, b].every(({ connection }) => connection.signalingState === 'stable')
    if (!isClosed && isStable && a.channels.length > 0) await this.pair.negotiate()
  }

  /** D4: with a close that the other side asked for, and no error, everything that it sent has arrived by then. */
  #watch(side: Side): void {
    for (const history of side.channels) {
      if (this.#watched.has(history.channel)) continue
      this.#watched.add(history.channel)
      history.channel.addEventListener('close', () => {
        const endedInOrder = side.connection.signalingState !== 'closed' && history.milestones.includes('closing')
        if (!endedInOrder || history.errors.length > 0) return
        const sent = this.#sentBy(this.#other(side), history.channel.label).length
        if (history.messages.length < sent) {
          this.wrong.push(`${history.channel.label}: ${history.messages.length} of ${sent} messages before close`)
        }
      })
    }
  }

  /** What arrived is what was sent, from the first on, without a gap. */
  #compare(side: Side, { channel, messages }: ChannelHistory): void {
    const sent = this.#sentBy(this.#other(side), channel.label)
    if (messages.some((message, index) => message !== sent[index])) {
      this.wrong.push(`${channel.label} at ${side.name}: not what was sent`)
    }
  }

  #other(side: Side): Side {
    return side === this.pair.a ? this.pair.b : this.pair.a
  }

  #sentBy({ name }: Side, label: string): string[] {
    const key = `${name} ${label}`
    const sent = this.#sent.get(key) ?? []
    this.#sent.set(key, sent)
    return sent
  }
}

/** Any calls on any network, `runs` times from a seed. */
export async function survives(make: MakePair, numRuns: number, seed: number): Promise<void> {
  let delivered = 0
  const property = fc.asyncProperty(
    fc.constantFrom(true, true, true, false),
    fc.array(operation, { minLength: 10, maxLength: 60, size: 'max' }),
    fc.nat(),
    async (isConnected, operations, linkSeed) => {
      const run = new Run(make, linkSeed)
      if (isConnected) await run.connect()
      for (const one of operations) await run.apply(one)
      expect(await run.finish()).toEqual([])
      for (const { messages } of run.pair.allChannels) delivered += messages.length
    },
  )
  await fc.assert(property, { numRuns, seed })
  expect(delivered).toBeGreaterThan(numRuns)
}
