import { afterEach, describe, test, vi } from 'vitest'
import { delivers, KINDS, nameOf, type Cell } from './support/delivery-cell.js'
import { survives } from './support/model-run.js'
import { REAL_PATHS } from './support/paths.js'

// What delivery.test.ts and model.test.ts ask on a simulated network, of which each run is the same, asked of the sockets of this machine.

const SIZES_BYTES = [0, 1100, 16_384, 262_144]
const LOSSES = [0, 0.05, 0.2]
/** `CLOSING_RUNS=2000` looks further, as in model.test.ts. */
const RUNS = Number(process.env['CLOSING_RUNS'] ?? 15)

/** At a fifth of loss a timeout follows the other, in real time. */
function countOf(sizeBytes: number, lossRatio: number): number {
  if (sizeBytes > 100_000) return lossRatio === 0.2 ? 1 : 3
  return lossRatio === 0.2 ? 8 : 30
}

const cells: Cell[] = LOSSES.flatMap((lossRatio, row) =>
  KINDS.map((reliability, kind) => {
    const sizeBytes = SIZES_BYTES[(row + kind) % SIZES_BYTES.length]!
    return { sizeBytes, count: countOf(sizeBytes, lossRatio), reliability, lossRatio, rttMillis: kind === 0 ? 10 : 0 }
  }),
)

afterEach(() => {
  vi.restoreAllMocks()
})

describe.each(REAL_PATHS)('%s', { timeout: 60_000 }, (_path, make) => {
  test.each(cells.map((cell) => [nameOf(cell), cell] as const))('D4, D6: %s', async (_, cell) => {
    await delivers(cell, make)
  })

  test('D1 to D9, P1 to P10: any order of events', { timeout: 600_000 }, async () => {
    await survives(make, RUNS, 1)
  })
})
