import type { Machine } from './machine.js'
import type { MetricId } from './metrics.js'
import { FORMAT } from './results.js'
import type { Results, Sample, Subject } from './results.js'

const MACHINE: Machine = {
  cpu: 'Test CPU',
  cores: 2,
  memoryGib: 8,
  system: 'Linux 6 x64',
  node: 'v20',
  openssl: '3',
  loadBefore: 0.1,
}

export const SUBJECTS: readonly Subject[] = [
  { name: 'tincan', title: 'tincan', kind: 'ours' },
  { name: 'tincan-plain', title: 'tincan, plain path', kind: 'ours' },
  { name: 'node-datachannel', title: 'node-datachannel', kind: 'peer' },
  { name: 'wrtc', title: '@roamhq/wrtc', kind: 'peer' },
  { name: 'sealed-pipe', title: 'a pipe of sealed records', kind: 'yardstick' },
]

/** One value per round. */
export type Table = Partial<Record<MetricId, Readonly<Record<string, readonly number[]>>>>

export function resultsOf(table: Table, more: Partial<Results> = {}): Results {
  const samples: Sample[] = Object.entries(table).flatMap(([metric, bySubject]) =>
    Object.entries(bySubject).flatMap(([subject, values]) =>
      values.map((value, at) => ({ subject, metric: metric as MetricId, round: at + 1, value })),
    ),
  )
  return {
    format: FORMAT,
    date: '2026-11-22T06:00:00.000Z',
    command: 'npm run bench',
    rounds: 3,
    quick: false,
    minutes: 12,
    machine: MACHINE,
    subjects: SUBJECTS,
    samples,
    failures: [],
    missing: [],
    ...more,
  }
}
