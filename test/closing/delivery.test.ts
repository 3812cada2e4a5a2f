import { afterEach, describe, expect, test, vi } from 'vitest'
import { DataChannels } from '../../src/datachannel/index.js'
import type { RTCDataChannelInit } from '../../src/index.js'
import { indexOf, payload } from './support/payload.js'
import { VirtualPair } from './support/virtual-pair.js'

interface Cell {
  readonly sizeBytes: number
  readonly count: number
  readonly reliability: string
  readonly lossRatio: number
  readonly rttMillis: number
}

const RELIABILITY: Record<string, RTCDataChannelInit> = {
  reliable: {},
  'reliable, unordered': { ordered: false },
  'no retransmission': { maxRetransmits: 0 },
  'two retransmissions, unordered': { maxRetransmits: 2, ordered: false },
  'for 200 ms': { maxPacketLifeTime: 200 },
}
const KINDS = Object.keys(RELIABILITY)
/** Another size, so that those of b can be told apart. */
const answerBytes = ({ sizeBytes }: Cell) => (sizeBytes > 100_000 ? sizeBytes - 1 : sizeBytes + 1000)
const isReliable = ({ reliability }: Cell) => reliability.startsWith('reliable')
const isOrdered = ({ reliability }: Cell) => RELIABILITY[reliability]!.ordered !== false

/** The whole matrix takes minutes: `CLOSING_MATRIX=full npx vitest run test/closing/delivery.test.ts`. */
const isFull = process.env['CLOSING_MATRIX'] === 'full'
const SIZES_BYTES = [0, 1, 1100, 16_384, 262_144]
const COUNTS = [1, 30, 300]
const LOSSES = [0, 0.01, 0.05, 0.2]
const RTTS_MILLIS = [0, 100, 300]
const MAX_CELL_BYTES = 4_000_000
/** Slow links take long, but not for ever. */
const MAX_VIRTUAL_MILLIS = 7_200_000

function allCells(): Cell[] {
  const cells = SIZES_BYTES.flatMap((sizeBytes) =>
    COUNTS.flatMap((count) =>
      KINDS.flatMap((reliability) =>
        LOSSES.flatMap((lossRatio) =>
          RTTS_MILLIS.map((rttMillis) => ({ sizeBytes, count, reliability, lossRatio, rttMillis })),
        ),
      ),
    ),
  )
  return cells.filter(({ sizeBytes, count }) => sizeBytes * count <= MAX_CELL_BYTES)
}

/**
 * Every loss with every round trip and every reliability, of every size and every count; those that go together change
 * from cell to cell.
 */
function representativeCells(): Cell[] {
  return LOSSES.flatMap((lossRatio, row) =>
    RTTS_MILLIS.flatMap((rttMillis, column) =>
      KINDS.map((reliability, kind) => {
        const sizeBytes = SIZES_BYTES[(row + column + kind) % SIZES_BYTES.length]!
        const most = sizeBytes > 100_000 ? 2 : COUNTS[(row + 2 * column + kind) % COUNTS.length]!
        return { sizeBytes, count: lossRatio === 0.2 ? Math.min(most, 30) : most, reliability, lossRatio, rttMillis }
      }),
    ),
  )
}

/** Messages as SCTP hands them to the channels, those included that a closing channel does not show. */
function observeArrivals(): (sizeBytes: number) => number {
  const handle = DataChannels.prototype.handleSctpEvent
  const sizes: number[] = []
  vi.spyOn(DataChannels.prototype, 'handleSctpEvent').mockImplementation(function (this: DataChannels, now, event) {
    if (event.type === 'message') sizes.push(event.data.length)
    handle.call(this, now, event)
  })
  return (sizeBytes) => sizes.filter((size) => size === sizeBytes).length
}

/** In `open`, a sends it all and closes; b answers with as many as soon as it has the channel. */
async function exchange(cell: Cell): Promise<{ pair: VirtualPair; bufferedAmounts: number[] }> {
  const { sizeBytes, count, reliability, lossRatio, rttMillis } = cell
  const pair = new VirtualPair({ seed: 7, link: { latencyMillis: rttMillis / 2, lossRatio } })
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

const name = ({ sizeBytes, count, reliability, lossRatio, rttMillis }: Cell) =>
  `${count} × ${sizeBytes} bytes, ${reliability}, ${lossRatio * 100} % loss, ${rttMillis} ms`

afterEach(() => {
  vi.restoreAllMocks()
})

describe('D4, D6: what was sent before close() arrives before close', () => {
  const cells = isFull ? allCells() : representativeCells()

  test.each(cells.map((cell) => [name(cell), cell] as const))('%s', { timeout: 120_000 }, async (_, cell) => {
    const arrivals = observeArrivals()
    const { pair, bufferedAmounts } = await exchange(cell)
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
  })

  test.each([
    [0, 0],
    [0, 100],
    [0.05, 0],
    [0.05, 100],
  ])('10 MiB, %d loss, %i ms', { timeout: 120_000 }, async (lossRatio, rttMillis) => {
    const [sizeBytes, count] = [65_536, 160]
    const pair = new VirtualPair({ seed: 11, link: { latencyMillis: rttMillis / 2 } })
    const [ours] = await pair.channels()
    pair.network.setLink({ lossRatio })
    for (let index = 0; index < count; index++) ours.send(payload(index, sizeBytes))
    ours.close()
    const theirs = pair.b.channels[0]!
    await pair.network.run({ until: () => theirs.isOver, maxVirtualMillis: MAX_VIRTUAL_MILLIS })
    expect(theirs.messages.map((data) => indexOf(data, sizeBytes))).toEqual(Array.from({ length: count }, (_, i) => i))
    await pair.end()
    expect(pair.violations()).toEqual([])
  })

  test('Blobs that are still being read are sent, in their turn', async () => {
    const pair = new VirtualPair({ link: { latencyMillis: 10 } })
    const [ours] = await pair.channels()
    ours.send(new Blob([new Uint8Array(100_000)]))
    ours.send('between')
    ours.send(new Blob(['the last']))
    ours.close()
    const theirs = pair.b.channels[0]!
    await pair.network.run({ until: () => theirs.isOver })
    expect(theirs.messages.map((data) => (typeof data === 'string' ? data : (data as ArrayBuffer).byteLength))).toEqual(
      [100_000, 'between', 8],
    )
    await pair.end()
    expect(pair.violations()).toEqual([])
  })

  test('D6: Blobs that the other side is still reading when it learns of the close are sent, too', async () => {
    const arrivals = observeArrivals()
    const pair = new VirtualPair({ link: { latencyMillis: 10 } })
    const [ours, theirs] = await pair.channels()
    let read = (): void => expect.unreachable()
    const blob = new Blob([payload(1, 30_000)])
    const bytes = await blob.arrayBuffer()
    blob.arrayBuffer = () => new Promise((resolve) => (read = () => resolve(bytes)))
    theirs.send(blob)
    theirs.send(payload(2, 30_000))
    theirs.onclosing = () => {
      expect(theirs.bufferedAmount).toBe(60_000)
      read()
    }
    ours.close()
    await pair.network.run({ until: () => pair.allChannels.every(({ isOver }) => isOver) })
    expect(theirs.bufferedAmount).toBe(0)
    expect(arrivals(30_000)).toBe(2)
    await pair.end()
    expect(pair.violations()).toEqual([])
  })

  test('what is sent in the closing event is refused, what was sent before it is not', async () => {
    const arrivals = observeArrivals()
    const pair = new VirtualPair({ link: { latencyMillis: 50 } })
    const [ours, theirs] = await pair.channels()
    let refused: unknown
    theirs.onclosing = () => {
      expect(theirs.bufferedAmount).toBeGreaterThan(0)
      try {
        theirs.send('late')
      } catch (error) {
        refused = error
      }
    }
    ours.close()
    for (let i = 0; i < 100; i++) theirs.send(payload(i, 20_000))
    await pair.network.run({ until: () => pair.allChannels.every(({ isOver }) => isOver) })
    expect(refused).toMatchObject({ name: 'InvalidStateError' })
    expect(arrivals(20_000)).toBe(100)
    expect(pair.a.channels[0]!.messages).toEqual([])
    await pair.end()
    expect(pair.violations()).toEqual([])
  })
})
