import { expect, vi } from 'vitest'
import { DataChannels } from '../../../src/datachannel/index.js'
import type { RTCDataChannelInit } from '../../../src/index.js'
import type { ConnectionPair } from './connection-pair.js'
import type { MakePair } from './paths.js'
import { indexOf, payload } from './payload.js'

export interface Cell {
  readonly sizeBytes: number
  readonly count: number
  readonly reliability: string
  readonly lossRatio: number
  readonly rttMillis: number
}

export const RELIABILITY: Record<string, RTCDataChannelInit> = {
  reliable: {},
  'reliable, unordered': { ordered: false },
  'no retransmission': { maxRetransmits: 0 },
  'two retransmissions, unordered': { maxRetransmits: 2, ordered: false },
  'for 200 ms': { maxPacketLifeTime: 200 },
}
export const KINDS = Object.keys(RELIABILITY)
/** Another size, so that those of b can be told apart. */
const answerBytes = ({ sizeBytes }: Cell) => (sizeBytes > 100_000 ? sizeBytes - 1 : sizeBytes + 1000)
const isReliable = ({ reliability }: Cell) => reliability.startsWith('reliable')
const isOrdered = ({ reliability }: Cell) => RELIABILITY[reliability]!.ordered !== false

/** Slow links take long, but not for ever. */
const MAX_VIRTUAL_MILLIS = 7_200_000

/** Messages as SCTP hands them to the channels, those included that a closing channel does not show. */
export function observeArrivals(): (sizeBytes: number) => number {
  const handle = DataChannels.prototype.handleSctpEvent
  const sizes: number[] = []
  vi.spyOn(DataChannels.prototype, 'handleSctpEvent').mockImplementation(function (this: DataChannels, now, event) {
    if (event.type === 'message') sizes.push(event.data.length)
    handle.call(this, now, event)
  })
  return (sizeBytes) => sizes.filter((size) => size === sizeBytes).length
}

/** In `open`, a sends it all and closes; b answers with as many as soon as it has the channel. */
async function exchange(cell: Cell, make: MakePair): Promise<{ pair: ConnectionPair; bufferedAmounts: number[] }> {
  const { sizeBytes, count, reliability, lossRatio, rttMillis } = cell
  const pair = make({ seed: 7, link: { latencyMillis: rttMillis / 2, lossRatio } })
  const ours = pair.create(pair.a, 'test', RELIABILITY[reliability])
  const bufferedAmounts: number[] = []
  const watch = () => bufferedAmounts.push(ours.bufferedAmount)
  ours.onopen = () => {
    for (let index = 0; index < count; index++) ours.send(payload(index, sizeBytes))
    ours.close()
    watch()
  }
  ours.onbufferedamountlow = watch
  ours.onclose = watch
  pair.b.connection.ondatachannel = ({ channel }) => {
    for (let index = 0; index < count; index++) channel.send(payload(index, answerBytes(cell)))
  }
  await pair.negotiate()
  const until = () => pair.b.channels.length > 0 && pair.allChannels.every(({ isOver }) => isOver)
  await pair.network.run({ until, maxVirtualMillis: MAX_VIRTUAL_MILLIS })
  return { pair, bufferedAmounts }
}

export const nameOf = ({ sizeBytes, count, reliability, lossRatio, rttMillis }: Cell) =>
  `${count} × ${sizeBytes} bytes, ${reliability}, ${lossRatio * 100} % loss, ${rttMillis} ms`

/** D4, D6: what was sent before `close()` arrives before the event, as far as the channel promises. */
export async function delivers(cell: Cell, make: MakePair): Promise<void> {
  const arrivals = observeArrivals()
  const { pair, bufferedAmounts } = await exchange(cell, make)
  const { sizeBytes, count, lossRatio } = cell
  const [ours, theirs] = [pair.a.channels[0]!, pair.b.channels[0]!]
  expect(ours.events.filter((type) => type !== 'bufferedamountlow')).toEqual(['open', 'close'])
  expect(theirs.milestones).toEqual(['open', 'closing', 'close'])
  const indices = theirs.messages.map((data) => indexOf(data, sizeBytes))
  const all = Array.from({ length: count }, (_, index) => (sizeBytes >= 4 ? index : sizeBytes * (index % 251)))
  if (isReliable(cell)) {
    expect(isOrdered(cell) ? indices : indices.toSorted((a, b) => a - b)).toEqual(
      isOrdered(cell) ? all : all.toSorted((a, b) => a - b),
    )
    // D6: what b had pending was sent all the same; it reaches a, which does not show it.
    expect(arrivals(answerBytes(cell))).toBe(count)
  } else if (sizeBytes >= 4) {
    expect(new Set(indices).size).toBe(indices.length)
    if (isOrdered(cell)) expect(indices).toEqual(indices.toSorted((a, b) => a - b))
    if (lossRatio === 0 && cell.reliability.includes('retransmission')) expect(indices).toHaveLength(count)
  }
  // It drains, and is never reset.
  expect(bufferedAmounts[0]).toBe(sizeBytes * count)
  expect(bufferedAmounts).toEqual(bufferedAmounts.toSorted((a, b) => b - a))
  expect([bufferedAmounts.at(-1), theirs.channel.bufferedAmount]).toEqual([0, 0])
  await pair.end()
  expect(pair.violations()).toEqual([])
}
