/** What a run found, as it is written to the file of `--json` and read back by `--from`. */
import { median, spread } from '../statistics.js'
import type { Spread } from '../statistics.js'
import type { Machine } from './machine.js'
import type { MetricId } from './metrics.js'

export const FORMAT = 1

/** Ours, another implementation, or what something else reaches: kernel TCP, a bare pipe of sealed records. */
export type SubjectKind = 'ours' | 'peer' | 'yardstick'

export interface Subject {
  readonly name: string
  readonly title: string
  readonly kind: SubjectKind
}

export interface Sample {
  readonly subject: string
  readonly metric: MetricId
  readonly round: number
  readonly value: number
  /** The measurement ended before the thing did: it takes at least so long. */
  readonly isAtLeast?: true
}

export interface Failure {
  readonly subject: string
  readonly measurement: string
  readonly round: number
  readonly reason: string
}

export interface Results {
  readonly format: typeof FORMAT
  readonly date: string
  readonly command: string
  readonly rounds: number
  readonly quick: boolean
  readonly minutes: number
  readonly machine: Machine
  readonly subjects: readonly Subject[]
  readonly samples: readonly Sample[]
  readonly failures: readonly Failure[]
  /** Who or what was left out, and why. */
  readonly missing: readonly string[]
}

export interface Figure extends Spread {
  readonly isAtLeast: boolean
}

export function figure({ samples }: Results, subject: string, metric: MetricId): Figure | undefined {
  const found = samples.filter((sample) => sample.subject === subject && sample.metric === metric)
  if (found.length === 0) return undefined
  return { ...spread(found.map(({ value }) => value)), isAtLeast: found.some(({ isAtLeast }) => isAtLeast === true) }
}

/** The median of what each round says of two figures: rounds are comparable in themselves, for their parts ran side by side. */
export function ratioByRound(
  { samples }: Results,
  metric: MetricId,
  ours: string,
  theirs: string,
  of: (ours: number, theirs: number) => number,
): number | undefined {
  const values = (subject: string): Map<number, number> =>
    new Map(
      samples
        .filter((one) => one.subject === subject && one.metric === metric)
        .map(({ round, value }) => [round, value]),
    )
  const others = values(theirs)
  const ratios = [...values(ours)].flatMap(([round, value]) => {
    const other = others.get(round)
    return other === undefined ? [] : [of(value, other)]
  })
  return ratios.length === 0 ? undefined : median(ratios)
}

/** Undefined for anything that is no file of results. */
export function parseResults(text: string): Results | undefined {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch {
    return undefined
  }
  if (typeof parsed !== 'object' || parsed === null) return undefined
  const { format, samples, subjects } = parsed as Partial<Results>
  if (format !== FORMAT || !Array.isArray(samples) || !Array.isArray(subjects)) return undefined
  return parsed as Results
}
