/** What was done, by unit: `records`, `packets`. */
export type Counts = Readonly<Record<string, number>>

/** Work of one layer that does the same each time, without a clock, a socket or another process. */
export interface Workload {
  readonly title: string
  /** How often in a round: some tens of milliseconds of it. */
  readonly operations: number
  /** What `operations` counts; there may be other counts beside it, each of which is reported too. */
  readonly unit: string
  /** Why it cannot run here; undefined when it can. */
  readonly missing?: () => string | undefined
  /** Makes what the work needs, which is not measured; what comes back does the work, once. */
  readonly prepare: (operations: number) => () => Counts
}

export interface Layer {
  readonly name: string
  readonly title: string
  readonly workloads: readonly Workload[]
}
