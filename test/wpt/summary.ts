/** `npm run wpt:summary -- [result files]`: writes the tables of docs/conformance.md from what runs have written down. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { format, resolveConfig } from 'prettier'
import { Comparison } from './comparison.js'
import type { SubtestFilter } from './comparison.js'
import { needsMedia } from './expectations.js'
import type { Expectations } from './expectations.js'
import { expectationsFile, projectRoot, resultsFolder } from './paths.js'
import { readReport } from './results.js'
import type { Report } from './results.js'
import { readList, readUnchecked } from './test-list.js'

const page = path.join(projectRoot, 'docs/conformance.md')
const othersFolder = path.join(projectRoot, '../shared/wpt/others')

/** The order of the columns: ours first whatever the files are called. */
const ORDER = ['tincan-rtc', 'chromium', 'firefox', '@roamhq/wrtc', 'werift', 'node-datachannel']
/** More names than that are a number. */
const MAX_NAMES = 4

const expectations = JSON.parse(readFileSync(expectationsFile, 'utf8')) as Expectations
const unchecked = readUnchecked()

function resultFiles(): string[] {
  const given = process.argv.slice(2)
  if (given.length > 0) return given
  // Our own measurements of the others, where there are, are newer.
  const inFolder = (folder: string): string[] =>
    existsSync(folder) ? readdirSync(folder).map((name) => path.join(folder, name)) : []
  return [...inFolder(resultsFolder).filter((file) => /tincan-rtc\.json$/.test(file)), ...inFolder(othersFolder)]
}

function rank({ impl }: Report): number {
  const index = ORDER.findIndex((name) => impl.name.startsWith(name))
  return index < 0 ? ORDER.length : index
}

const row = (cells: readonly (string | number)[]): string => `| ${cells.join(' | ')} |`
const head = (label: string, columns: readonly string[]): string[] => [
  row([label, 'subtests', ...columns]),
  row(['---', ...Array<string>(columns.length + 1).fill('--:')]),
]

function groupBy(files: readonly string[], keyOf: (file: string) => string): Map<string, string[]> {
  const groups = new Map<string, string[]>()
  for (const file of files) groups.set(keyOf(file), [...(groups.get(keyOf(file)) ?? []), file])
  return groups
}

/** What fails here because packets or pictures would have to flow. */
function waitsForMedia(comparison: Comparison): SubtestFilter {
  const isOurs = comparison.isPassedBy('tincan-rtc')
  return (subtest) => {
    const { file, variant, name } = subtest
    const reason = unchecked.get(file) ?? expectations[file + variant]?.subtests?.[name]?.reason
    return !isOurs(subtest) && reason !== undefined && needsMedia(reason)
  }
}

function totals(comparison: Comparison): string[] {
  const names = comparison.reports.map(({ impl, date }) =>
    `${impl.name} ${impl.version ?? ''} (${date.slice(0, 10)})`.trim(),
  )
  const byBrowsers = comparison.isPassedBy('chromium', 'firefox')
  const byChromium = comparison.isPassedBy('chromium')
  const needMedia = waitsForMedia(comparison)
  const open = readList('open')
  const line = (label: string, files: readonly string[], filter?: SubtestFilter): string => {
    const { total, passed } = comparison.count(files, filter)
    return row([label, total, ...passed])
  }
  return [
    ...head('files', names),
    line('channels and closing', readList('datachannel-close')),
    line('of these passed by a browser', readList('datachannel-close'), byBrowsers),
    line('all', open),
    line('of these passed by a browser', open, byBrowsers),
    line('of these passed by Chromium', open, byChromium),
    line('of these without packets of media', open, (subtest) => byChromium(subtest) && !needMedia(subtest)),
  ]
}

/** One table for each folder of the Web Platform Tests. */
function byFile(comparison: Comparison): string[] {
  const names = comparison.reports.map(({ impl }) => impl.name.replace(/\/polyfill$/, ''))
  const folders = groupBy(readList('open'), (file) => path.dirname(file))
  return [...folders].flatMap(([folder, files]) => {
    const sum = comparison.count(files)
    const rows = files.flatMap((file) => {
      const { total, passed } = comparison.count([file])
      const label = `\`${path.basename(file)}\`${unchecked.has(file) ? ' ⧗' : ''}`
      return total > 0 ? [row([label, total, ...passed])] : []
    })
    if (rows.length === 0) return []
    return ['', `### ${folder}`, '', ...head('file', names), ...rows, row(['**all**', sum.total, ...sum.passed])]
  })
}

/** Each reason once, with what it is the reason for. */
function notPassing(): string[] {
  const byReason = new Map<string, Map<string, string[]>>()
  const add = (reason: string, key: string, names: readonly string[]): void => {
    const byKey = byReason.get(reason) ?? new Map<string, string[]>()
    byReason.set(reason, byKey)
    byKey.set(key, [...(byKey.get(key) ?? []), ...names])
  }
  for (const [key, { file, subtests }] of Object.entries(expectations)) {
    if (file !== undefined && subtests === undefined) add(file.reason, key, [])
    for (const [name, { reason }] of Object.entries(subtests ?? {})) add(reason, key, [name])
  }
  const describe = (names: readonly string[]): string => {
    if (names.length === 0) return ''
    return names.length > MAX_NAMES ? `: ${names.length} subtests` : `: ${names.map(escape).join('; ')}`
  }
  return [...byReason].flatMap(([reason, byKey]) => [
    `- ${reason}`,
    ...[...byKey].map(([key, names]) => `  - \`${key}\`${describe(names)}`),
  ])
}

/** As Markdown shows it literally. */
const escape = (text: string): string => text.replace(/[\\`*_<[\]]/g, '\\$&').replace(/\s+/g, ' ')

function notChecked(): string[] {
  const byReason = groupBy([...unchecked.keys()], (file) => unchecked.get(file)!)
  return [...byReason].flatMap(([reason, files]) => [`- ${reason}`, ...files.map((file) => `  - \`${file}\``)])
}

/** Replaces what stands between `<!-- begin NAME -->` and `<!-- end NAME -->`. */
function fill(text: string, name: string, lines: readonly string[]): string {
  const [begin, end] = [`<!-- begin ${name} -->`, `<!-- end ${name} -->`]
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`${page} has no place for ${name}`)
  return `${text.slice(0, from + begin.length)}\n\n${lines.join('\n').trim()}\n\n${text.slice(to)}`
}

const files = resultFiles()
if (files.length === 0) throw new Error('no results: npm run wpt -- --list open, or name result files')
const comparison = new Comparison(files.map(readReport).sort((a, b) => rank(a) - rank(b)))
let text = readFileSync(page, 'utf8')
text = fill(text, 'totals', totals(comparison))
text = fill(text, 'files', byFile(comparison))
text = fill(text, 'expectations', notPassing())
text = fill(text, 'unchecked', notChecked())
// Columns aligned, as the formatter of the project has them.
writeFileSync(page, await format(text, { ...(await resolveConfig(page)), parser: 'markdown' }))
console.log(totals(comparison).join('\n'))
