import { advantage } from '../statistics.js'
import { GOALS } from './goals.js'
import { METRICS } from './metrics.js'
import type { MetricId } from './metrics.js'
import { figureText, number, ratio } from './numbers.js'
import { figure, ratioByRound } from './results.js'
import type { Results, Subject } from './results.js'

const OURS = 'tincan'

interface Topic {
  readonly title: string
  readonly metrics: readonly MetricId[]
}

const TOPICS: readonly Topic[] = [
  { title: 'Throughput and CPU', metrics: ['throughput-64k', 'throughput-16k', 'cpu-per-gb'] },
  { title: 'Streams', metrics: ['streams', 'streams-rss'] },
  { title: 'Small messages', metrics: ['messages-ordered', 'messages-unordered'] },
  { title: 'Round trips', metrics: ['rtt-p50', 'rtt-p99'] },
  {
    title: 'Staying interactive',
    metrics: ['interactive-idle-p99', 'interactive-busy-p99', 'interactive-ratio'],
  },
  { title: 'Connection set-up', metrics: ['setup-p50', 'setup-p95', 'setup-slow', 'setup-failed'] },
  { title: 'Many connections', metrics: ['open-rate', 'rss-per-connection', 'heap-per-connection'] },
  {
    title: 'In processes that have made some hundred connections before',
    metrics: ['seasoned-setup-p50', 'seasoned-setup-p95', 'seasoned-open-rate'],
  },
  { title: 'Connections that come and go', metrics: ['growth-per-cycle', 'heap-growth-per-cycle', 'close-notice'] },
  { title: 'Long and bad links', metrics: ['link-40ms', 'link-40ms-loss', 'share-of-bottleneck', 'share-fairness'] },
  { title: 'Event loop', metrics: ['loop-p99', 'loop-max'] },
  { title: 'The relay itself', metrics: ['relay-ceiling'] },
]

/** `introduction` stands below the heading. */
export function renderReport(results: Results, introduction = ''): string {
  const parts = [
    heading(results, introduction),
    goalsTable(results),
    '## Figures\n\nMedian of the rounds, with the least and the greatest; below it how many times better tincan does, as the median of the ratios of each round.',
    ...TOPICS.map((topic) => topicTable(results, topic)),
    failures(results),
    leftOut(results),
  ]
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`
}

function heading(results: Results, introduction: string): string {
  const { date, command, rounds, quick, minutes, machine } = results
  const buffer =
    machine.receiveBufferBytes === undefined ? '' : `, sockets may ask for ${machine.receiveBufferBytes >> 10} KiB`
  const tcp = machine.tcp === undefined ? '' : `, TCP with ${machine.tcp}`
  return [
    ...['# Performance', introduction].filter((part) => part !== ''),
    `\`${command}\`, ${date.slice(0, 16).replace('T', ' ')} UTC, ${number(minutes, 0)} minutes, ` +
      `${rounds} ${rounds === 1 ? 'round' : 'interleaved rounds'}${quick ? ', shortened' : ''}.`,
    [
      `- ${machine.cpu}, ${machine.cores} cores, ${machine.memoryGib} GiB; load before the run ${number(machine.loadBefore, 2)}`,
      `- Node.js ${machine.node} (OpenSSL ${machine.openssl}), ${machine.system}${buffer}${tcp}`,
      '- each peer against itself: two processes (Chromium: two pages), on the loopback of this machine',
    ].join('\n'),
  ].join('\n\n')
}

/** Aligned as prettier does it: the page in docs/ is checked like every other. */
function table(header: readonly string[], rows: readonly (readonly string[])[], left: number): string {
  const all = [header, ...rows]
  const widths = header.map((_cell, at) => Math.max(3, ...all.map((row) => row[at]!.length)))
  const isLeft = (at: number): boolean => at < left
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, at) => (isLeft(at) ? cell.padEnd(widths[at]!) : cell.padStart(widths[at]!))).join(' | ')} |`
  const rule = widths.map((width, at) => (isLeft(at) ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`))
  return [line(header), line(rule), ...rows.map(line)].join('\n')
}

function goalsTable(results: Results): string {
  const rows = GOALS.map(({ measure, goal, judge }) => {
    const { ours, best, ratio: times, isReached } = judge(results)
    const word = isReached === undefined ? 'not measured' : isReached ? '✓ reached' : '✗ not reached'
    return [measure, goal, ours, best, times, word]
  })
  return `## Goals\n\n${table(['measure', 'goal', 'tincan', 'compared with', 'times better', ''], rows, 2)}`
}

function topicTable(results: Results, { title, metrics }: Topic): string {
  const measured = metrics.filter((metric) => results.samples.some((sample) => sample.metric === metric))
  if (measured.length === 0) return ''
  const subjects = results.subjects.filter(({ name }) =>
    measured.some((metric) => figure(results, name, metric) !== undefined),
  )
  const header = ['', ...measured.map((metric) => withUnit(METRICS[metric]))]
  const rows = subjects.map((subject) => [
    subject.kind === 'ours' ? `**${subject.title}**` : subject.title,
    ...measured.map((metric) => cell(results, subject, metric)),
  ])
  return `### ${title}\n\n${table(header, rows, 1)}`
}

function withUnit({ title, unit }: { readonly title: string; readonly unit: string }): string {
  return unit === '' ? title : `${title}, ${unit}`
}

function cell(results: Results, { name }: Subject, metric: MetricId): string {
  const found = figure(results, name, metric)
  if (found === undefined) return '–'
  const { digits, better } = METRICS[metric]
  const text = figureText(found, digits)
  // Many times too little to be told is no figure.
  if (name === OURS || number(found.median, digits) === number(0, digits)) return text
  const times = ratioByRound(results, metric, OURS, name, (ours, theirs) => advantage(ours, theirs, better))
  return times === undefined || !Number.isFinite(times) || times <= 0 ? text : `${text}<br>${ratio(times)}`
}

function failures({ failures: all }: Results): string {
  if (all.length === 0) return ''
  const lines = all.map(
    ({ subject, measurement, round, reason }) => `- ${subject}, ${measurement}, round ${round}: ${oneLine(reason)}`,
  )
  return `## What failed\n\n${lines.join('\n')}`
}

function leftOut({ missing }: Results): string {
  return missing.length === 0 ? '' : `## Left out\n\n${missing.map((line) => `- ${line}`).join('\n')}`
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim()
}
