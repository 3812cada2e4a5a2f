import { GAUGES } from './gauge.js'
import type { Gauge, Sample } from './gauge.js'

/** A sample after so many cycles. */
export interface Point extends Sample {
  readonly cycles: number
  readonly cyclesPerSecond: number
}

export interface Trend {
  /** Per cycle. */
  readonly slope: number
  /** Standard error of the slope. */
  readonly error: number
  readonly mean: number
}

/** Least squares over the points. */
function trendOf(points: readonly Point[], gauge: Gauge): Trend {
  const n = points.length
  const meanX = points.reduce((sum, { cycles }) => sum + cycles, 0) / n
  const mean = points.reduce((sum, point) => sum + point[gauge], 0) / n
  let [xx, xy] = [0, 0]
  for (const point of points) {
    xx += (point.cycles - meanX) ** 2
    xy += (point.cycles - meanX) * (point[gauge] - mean)
  }
  const slope = xy / xx
  const residuals = points.reduce((sum, point) => sum + (point[gauge] - mean - slope * (point.cycles - meanX)) ** 2, 0)
  return { slope, error: Math.sqrt(residuals / (n - 2) / xx), mean }
}

export interface Verdict {
  readonly gauge: Gauge
  readonly flat: boolean
  readonly words: string
}

/** What a cycle may leave at most, in bytes of heap: less than any object of ours that would stay behind. */
export const HEAP_BYTES_PER_CYCLE = 16
/** The allocator's own business moves the resident size: by so much of it, over the points, it may grow. */
const RSS_GROWTH = 0.05
/** Two standard errors: a slope that noise explains is none. */
const CONFIDENCE = 2

/** Judges the second half of a curve: caches fill and functions are compiled in the first. */
export function judge(points: readonly Point[]): readonly Verdict[] {
  const half = points.slice(Math.floor(points.length / 2))
  const cycles = half.at(-1)!.cycles - half[0]!.cycles
  return GAUGES.map((gauge) => {
    const { slope, error, mean } = trendOf(half, gauge)
    const certain = slope - CONFIDENCE * error
    const flat = certain <= allowedSlope(gauge, mean, cycles)
    const words = `${perCycle(slope)} ± ${perCycle(CONFIDENCE * error)} a cycle`
    return { gauge, flat, words: `${words}, ${flat ? 'flat' : 'GROWS'}` }
  })
}

function allowedSlope(gauge: Gauge, mean: number, cycles: number): number {
  if (gauge === 'heapBytes') return HEAP_BYTES_PER_CYCLE
  if (gauge === 'rssBytes') return (mean * RSS_GROWTH) / cycles
  return 0.5 / cycles // not one more, over all of them
}

function perCycle(value: number): string {
  return Math.abs(value) < 1e-9 ? '0' : value.toPrecision(2)
}

const MIB = 2 ** 20

const COLUMNS: readonly (readonly [string, (point: Point) => string])[] = [
  ['cycles', ({ cycles }) => cycles.toString()],
  ['heap MiB', ({ heapBytes }) => (heapBytes / MIB).toFixed(2)],
  ['code MiB', ({ codeBytes }) => (codeBytes / MIB).toFixed(2)],
  ['rss MiB', ({ rssBytes }) => (rssBytes / MIB).toFixed(1)],
  ['handles', ({ handles }) => handles.toString()],
  ['timers', ({ timers }) => timers.toString()],
  ['fds', ({ descriptors }) => descriptors.toString()],
  ['cycles/s', ({ cyclesPerSecond }) => cyclesPerSecond.toFixed(0)],
]

export const HEADING = row(COLUMNS.map(([name]) => name))

export function line(point: Point): string {
  return row(COLUMNS.map(([, text]) => text(point)))
}

function row(cells: readonly string[]): string {
  return cells.map((cell) => cell.padStart(10)).join('')
}
