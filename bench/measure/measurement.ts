import type { Pair } from '../peers/pair.js'
import type { MetricId } from '../report/metrics.js'

/** How long things may take: the measurements' own times are those of a full run. */
export interface Budget {
  /** 1 in a full run. */
  readonly scale: number
}

export type Values = Partial<Record<MetricId, number | AtLeast>>

export interface AtLeast {
  readonly atLeast: number
}

export interface Context {
  readonly pair: Pair
  readonly budget: Budget
  /** Of connections of this pair: never the same twice. */
  newId(): string
}

/** Something that is no pair of peers, for comparison. */
export interface Yardstick {
  readonly name: string
  readonly title: string
  /** Why it cannot be measured on this machine. */
  missing(): string | undefined
  run(budget: Budget): Promise<Values>
}

export interface Measurement {
  /** As `--only` takes it. */
  readonly name: string
  readonly title: string
  /** Measurements of one group share the processes of a pair, one after the other. */
  readonly group: string
  /** For ours alone, or for those of others too; peers that can be asked for nothing here are left out by name. */
  readonly subjects: 'all' | 'ours'
  readonly without?: readonly string[]
  /** In a `--quick` run it is left out. */
  readonly onlyFull?: boolean
  /** Measured in the first round alone: it takes long, and the rounds would not say more. */
  readonly once?: boolean
  /** After which a peer that does not answer is given up. */
  readonly limitMillis: number
  readonly yardsticks?: readonly Yardstick[]
  /** Why it cannot be made on this machine. */
  missing?(): string | undefined
  run(context: Context): Promise<Values>
}
