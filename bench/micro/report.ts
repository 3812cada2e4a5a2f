import type { Machine } from '../report/machine.js'
import { number } from '../report/numbers.js'
import type { Layer } from './layer.js'
import type { Missing, Result } from './measure.js'

export interface MicroResults {
  readonly machine: Machine
  readonly rounds: number
  readonly results: readonly Result[]
  readonly missing: readonly Missing[]
}

const HEAD = ['µs of CPU', 'least–greatest', 'a CPU second']

/** Markdown: one row for each unit that a workload counted. */
export function renderMicro({ machine, rounds, results, missing }: MicroResults, layers: readonly Layer[]): string {
  const { cpu, cores, system, node, openssl, loadBefore } = machine
  const rows = results.map(({ layer, workload, unit, cpuMicros: { median, min, max }, perCpuSecond }) => [
    `${layer}: ${workload}, ${unit}`,
    micros(median),
    `${micros(min)}–${micros(max)}`,
    number(threeDigits(perCpuSecond), 0),
  ])
  return [
    `${cpu}, ${cores} cores, load ${loadBefore.toFixed(1)} before; ${system}; Node.js ${node}, OpenSSL ${openssl}.`,
    `CPU time of the process for one of each, median of ${rounds} rounds.`,
    '',
    ...layers.map(({ name, title }) => `- ${name}: ${title}`),
    '',
    ...table(['', ...HEAD], rows),
    ...missing.map(({ layer, workload, reason }) => `\nleft out: ${layer}: ${workload}: ${reason}`),
  ].join('\n')
}

function micros(value: number): string {
  return number(value, value < 9.95 ? 2 : value < 99.5 ? 1 : 0)
}

function threeDigits(value: number): number {
  return Number(value.toPrecision(3))
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const widths = head.map((cell, at) => Math.max(cell.length, ...rows.map((row) => row[at]!.length)))
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, at) => (at === 0 ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!))).join(' | ')} |`
  const rule = widths.map((width, at) => (at === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
  return [line(head), `| ${rule.join(' | ')} |`, ...rows.map(line)]
}
