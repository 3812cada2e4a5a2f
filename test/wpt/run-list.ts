import { rmSync } from 'node:fs'
import { bundleChild } from './bundle.js'
import { compareFile } from './expectations.js'
import type { Expectations, Problem } from './expectations.js'
import { keyOf } from './results.js'
import type { FileResult, Report } from './results.js'
import { runFile } from './run-file.js'
import type { FileRun } from './run-file.js'
import { fileTimeoutMillis, readUnchecked } from './test-list.js'
import type { TestItem } from './test-list.js'

export interface RunOptions {
  readonly wptFolder: string
  readonly implementation: string
  readonly jobs: number
  readonly subtestTimeoutMillis?: number
  /** Given, files that differ from them are run again on their own, with twice the time. */
  readonly expectations?: Expectations | undefined
  readonly onResult?: (result: FileResult, flaky: boolean) => void
}

export interface ListRun {
  readonly results: readonly FileResult[]
  readonly implementation: Report['impl']
  readonly problems: readonly Problem[]
  /** Files that were not as expected at first, but when run on their own. */
  readonly flaky: readonly string[]
}

export async function runList(items: readonly TestItem[], options: RunOptions): Promise<ListRun> {
  const child = await bundleChild()
  try {
    return await runWith(child, items, options)
  } finally {
    rmSync(child)
  }
}

async function runWith(child: string, items: readonly TestItem[], options: RunOptions): Promise<ListRun> {
  let implementation: Report['impl'] = { name: options.implementation }
  const run = async (item: TestItem, timeFactor: number): Promise<FileResult> => {
    const done = await runItem(child, item, timeFactor, options)
    implementation = done.implementation ?? implementation
    return done.result
  }
  const unchecked = readUnchecked()
  const problemsOf = (result: FileResult): Problem[] => {
    if (options.expectations === undefined || unchecked.has(result.file)) return []
    return compareFile(result, options.expectations[keyOf(result)])
  }

  const results = await inParallel(options.jobs, items, async (item) => {
    const result = await run(item, 1)
    options.onResult?.(result, false)
    return result
  })
  const flaky: string[] = []
  for (const [index, item] of items.entries()) {
    if (!problemsOf(results[index]!).some(({ kind }) => kind !== 'no reason')) continue
    const again = await run(item, 2)
    results[index] = again
    if (problemsOf(again).length === 0) flaky.push(keyOf(item))
    options.onResult?.(again, true)
  }
  return { results, implementation, problems: results.flatMap(problemsOf), flaky }
}

async function runItem(child: string, item: TestItem, timeFactor: number, options: RunOptions): Promise<FileRun> {
  const { file, variant, skip } = item
  if (skip !== undefined) return { result: { file, variant, status: 'SKIP', message: skip, subtests: [], ms: 0 } }
  const { wptFolder, implementation, subtestTimeoutMillis = 0 } = options
  // With a limit for each subtest a file may need more than its own.
  const timeoutMillis = timeFactor * (subtestTimeoutMillis > 0 ? 60_000 : fileTimeoutMillis(item))
  return runFile(child, { wptFolder, file, variant, implementation, timeoutMillis, subtestTimeoutMillis })
}

/** Results in the order of the items, however they end. */
async function inParallel<Item, Result>(
  jobs: number,
  items: readonly Item[],
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  const waiting = [...items.entries()]
  const lane = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) results[next[0]] = await work(next[1])
  }
  await Promise.all(Array.from({ length: jobs }, lane))
  return results
}
