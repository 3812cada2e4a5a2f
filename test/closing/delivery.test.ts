import { afterEach, describe, expect, test, vi } from 'vitest'
import { delivers, KINDS, nameOf, observeArrivals, type Cell } from './support/delivery-cell.js'
import { indexOf, payload } from './support/payload.js'
import { VirtualPair } from './support/virtual-pair.js'

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

afterEach(() => {
  vi.restoreAllMocks()
})

describe('D4, D6: what was sent before close() arrives before close', () => {
  const cells = isFull ? allCells() : representativeCells()

  test.each(cells.map((cell) => [nameOf(cell), cell] as const))('%s', { timeout: 120_000 }, async (_, cell) => {
    await delivers(cell, (options) => new VirtualPair(options))
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
