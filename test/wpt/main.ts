/** `npm run wpt -- [filter]`: runs Web Platform Tests against the built package and compares with the expectations. */
import { readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { countMissingReasons, describeProblem, updateExpectations } from './expectations.js'
import type { Expectations } from './expectations.js'
import { parseOptions, USAGE } from './options.js'
import type { Options } from './options.js'
import { expectationsFile, resultsFolder } from './paths.js'
import { passedOf, writeReport } from './results.js'
import type { FileResult } from './results.js'
import { runList } from './run-list.js'
import type { ListRun } from './run-list.js'
import { expandList, readList, readUnchecked } from './test-list.js'
import { wptFolder } from './wpt-files.js'

async function main(options: Options): Promise<number> {
  const folder = await wptFolder((line) => console.log(line))
  const files = options.lists.flatMap(readList)
  const items = expandList(folder, files).filter(({ file, variant }) => `${file}${variant}`.includes(options.filter))
  if (items.length === 0) throw new Error(`no file of ${options.lists.join(', ')} has ${options.filter} in its path`)
  const expectations = JSON.parse(readFileSync(expectationsFile, 'utf8')) as Expectations
  const run = await runList(items, {
    wptFolder: folder,
    implementation: options.implementation,
    jobs: options.jobs,
    subtestTimeoutMillis: options.subtestTimeoutMillis,
    expectations: options.compare && !options.update ? expectations : undefined,
    onResult: (result, again) => print(result, again, options.verbose),
  })
  save(run, options)
  if (options.update) return update(expectations, run)
  return conclude(run, options)
}

function print(result: FileResult, again: boolean, verbose: boolean): void {
  const { status, subtests, file, variant, ms, message } = result
  const counts = `${passedOf(result)}/${subtests.length}`
  const end = `${again ? ' (run again)' : ''}${message === undefined ? '' : ` — ${message}`}`
  console.log(`${status.padEnd(7)} ${counts.padStart(7)} ${file}${variant} ${ms} ms${end}`)
  if (!verbose) return
  for (const subtest of subtests)
    console.log(
      `        ${subtest.status.padEnd(7)} ${subtest.name}${subtest.message === undefined ? '' : ` — ${subtest.message}`}`,
    )
}

function save({ results, implementation }: ListRun, { lists, out }: Options): void {
  const file = out ?? path.join(resultsFolder, `${implementation.name.replace(/[^a-z0-9]+/gi, '-')}.json`)
  const date = new Date().toISOString()
  writeReport(file, { runner: 'node', impl: implementation, list: lists.join(','), timeout: 60, date, results })
}

function update(old: Expectations, { results }: ListRun): number {
  const unchecked = readUnchecked()
  const updated = updateExpectations(
    old,
    results.filter(({ file }) => !unchecked.has(file)),
  )
  writeFileSync(expectationsFile, JSON.stringify(updated, null, 2) + '\n')
  const missing = countMissingReasons(updated)
  console.log(missing === 0 ? 'expectations updated' : `expectations updated; ${missing} of them still need a reason`)
  return missing === 0 ? 0 : 1
}

function conclude({ results, problems, flaky }: ListRun, { compare }: Options): number {
  const passed = results.reduce((sum, result) => sum + passedOf(result), 0)
  const total = results.reduce((sum, { subtests }) => sum + subtests.length, 0)
  console.log(`\n${passed} of ${total} subtests passed in ${results.length} files`)
  for (const key of flaky) console.log(`as expected only when run again: ${key}`)
  for (const problem of problems) console.log(describeProblem(problem))
  if (!compare) return 0
  console.log(problems.length === 0 ? 'as expected' : `${problems.length} not as expected`)
  return problems.length === 0 ? 0 : 1
}

try {
  const options = parseOptions(process.argv.slice(2))
  process.exitCode = await main(options)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  console.error(USAGE)
  process.exitCode = 2
}
