/** `npm run wpt:summary -- [result files]`: writes the tables of docs/conformance.md from what runs have written down. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import type { Expectations } from './expectations.js'
import { CHECKED_LISTS } from './options.js'
import { expectationsFile, projectRoot, resultsFolder } from './paths.js'
import { readReport } from './results.js'
import type { Report } from './results.js'
import { Comparison } from './comparison.js'
import { readList } from './test-list.js'

const page = path.join(projectRoot, 'docs/conformance.md')
const othersFolder = path.join(projectRoot, '../shared/wpt/others')

/** Best known last; ours comes first whatever the files are called. */
const ORDER = ['tincan-rtc', 'chromium', 'firefox', '@roamhq/wrtc', 'werift', 'node-datachannel']

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

function totals(comparison: Comparison): string[] {
  const { reports } = comparison
  const names = reports.map(({ impl, date }) => `${impl.name} ${impl.version ?? ''} (${date.slice(0, 10)})`.trim())
  const lines = [row(['files', 'subtests', ...names]), row(['---', ...Array<string>(names.length + 1).fill('--:')])]
  const add = (label: string, files: readonly string[]): void => {
    const { total, passed, totalOfBrowsers, passedOfBrowsers } = comparison.count(files)
    lines.push(row([label, total, ...passed]))
    lines.push(row([`of these passed by a browser`, totalOfBrowsers, ...passedOfBrowsers]))
  }
  add('channels and closing', readList('datachannel-close'))
  add('without media sources', readList('no-media'))
  add('all', readList('open'))
  return lines
}

function byFile(comparison: Comparison): string[] {
  const names = comparison.reports.map(({ impl }) => impl.name)
  const lines = [row(['file', 'subtests', ...names]), row(['---', ...Array<string>(names.length + 1).fill('--:')])]
  for (const file of CHECKED_LISTS.flatMap(readList)) {
    const { total, passed } = comparison.count([file])
    if (total > 0) lines.push(row([`\`${file}\``, total, ...passed]))
  }
  return lines
}

function notPassing(): string[] {
  const expectations = JSON.parse(readFileSync(expectationsFile, 'utf8')) as Expectations
  const byReason = new Map<string, string[]>()
  const add = (reason: string, what: string): void => void byReason.set(reason, [...(byReason.get(reason) ?? []), what])
  for (const [key, { file, subtests }] of Object.entries(expectations)) {
    if (file !== undefined && subtests === undefined) add(file.reason, `\`${key}\``)
    for (const [name, { reason }] of Object.entries(subtests ?? {})) add(reason, `\`${key}\`: ${name}`)
  }
  return [...byReason].flatMap(([reason, whats]) => [`- ${reason}`, ...whats.map((what) => `  - ${what}`)])
}

/** Replaces what stands between `<!-- begin NAME -->` and `<!-- end NAME -->`. */
function fill(text: string, name: string, lines: readonly string[]): string {
  const [begin, end] = [`<!-- begin ${name} -->`, `<!-- end ${name} -->`]
  const [from, to] = [text.indexOf(begin), text.indexOf(end)]
  if (from < 0 || to < from) throw new Error(`${page} has no place for ${name}`)
  return `${text.slice(0, from + begin.length)}\n\n${lines.join('\n')}\n\n${text.slice(to)}`
}

const files = resultFiles()
if (files.length === 0) throw new Error('no results: npm run wpt -- --list open, or name result files')
const comparison = new Comparison(files.map(readReport).sort((a, b) => rank(a) - rank(b)))
let text = readFileSync(page, 'utf8')
text = fill(text, 'totals', totals(comparison))
text = fill(text, 'files', byFile(comparison))
text = fill(text, 'expectations', notPassing())
writeFileSync(page, text)
console.log(totals(comparison).join('\n'))
