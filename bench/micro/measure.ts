import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { spread, type Spread } from '../statistics.js'
import type { Layer, Workload } from './layer.js'

export interface Result {
  readonly layer: string
  readonly workload: string
  readonly unit: string
  /** CPU time of the process, over the rounds. */
  readonly cpuMicros: Spread
  readonly perCpuSecond: number
}

export interface Missing {
  readonly layer: string
  readonly workload: string
  readonly reason: string
}

interface Subject {
  readonly layer: Layer
  readonly workload: Workload
  /** CPU time for one of each unit, round by round. */
  readonly samples: Map<string, number[]>
}

export const WARM_UP_ROUNDS = 3

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as (options: { readonly type: 'minor' }) => void

/**
 * CPU time and not the clock, so that what else a machine does hardly blurs it: user and system, with the threads that compile and
 * collect garbage. The rounds of a workload follow each other, and the first ones make its code warm: they do not count.
 */
export function measure(layers: readonly Layer[], rounds: number): { results: Result[]; missing: Missing[] } {
  const subjects: Subject[] = []
  const missing: Missing[] = []
  for (const layer of layers) {
    for (const workload of layer.workloads) {
      const reason = workload.missing?.()
      if (reason === undefined) subjects.push({ layer, workload, samples: new Map() })
      else missing.push({ layer: layer.name, workload: workload.title, reason })
    }
  }
  for (const subject of subjects) {
    for (let round = 1 - WARM_UP_ROUNDS; round <= rounds; round++) runOnce(subject, round > 0)
  }
  return { results: subjects.flatMap(resultsOf), missing }
}

function runOnce({ layer, workload, samples }: Subject, counts: boolean): void {
  const work = workload.prepare(workload.operations)
  // What was left behind so far is not this work's. A full collection also shrinks the young generation, and is paid for afterwards.
  collectGarbage({ type: 'minor' })
  const begun = process.cpuUsage()
  const done = work()
  const { user, system } = process.cpuUsage(begun)
  if (done[workload.unit] !== workload.operations)
    throw new Error(
      `${layer.name}, ${workload.title}: ${done[workload.unit]} of ${workload.operations} ${workload.unit}`,
    )
  if (!counts) return
  for (const [unit, count] of Object.entries(done)) {
    const values = samples.get(unit) ?? []
    values.push((user + system) / count)
    samples.set(unit, values)
  }
}

function resultsOf({ layer, workload, samples }: Subject): Result[] {
  return [...samples].map(([unit, values]) => {
    const cpuMicros = spread(values)
    return { layer: layer.name, workload: workload.title, unit, cpuMicros, perCpuSecond: 1e6 / cpuMicros.median }
  })
}
