import { readFileSync } from 'node:fs'
import { describe, expect, onTestFinished, test } from 'vitest'
import { describeProblem } from './expectations.js'
import type { Expectations } from './expectations.js'
import { CHECKED_LISTS, requireBuilt } from './options.js'
import { expectationsFile } from './paths.js'
import { runList } from './run-list.js'
import { expandList, readList } from './test-list.js'
import { wptFolder, WptFilesUnavailable } from './wpt-files.js'

/** Fetching the files the first time and running them twice takes less. */
const TIMEOUT_MILLIS = 180_000

const expectations = JSON.parse(readFileSync(expectationsFile, 'utf8')) as Expectations

/** A user's machine may be offline; where the project itself is tested, missing files are a failure. */
async function folderOrReason(): Promise<{ folder: string } | { reason: string }> {
  try {
    return { folder: await wptFolder((line) => console.log(line)) }
  } catch (error) {
    if (!(error instanceof WptFilesUnavailable) || process.env['CI'] === 'true') throw error
    return { reason: error.message }
  }
}

describe('Web Platform Tests', () => {
  test(
    'the built package passes what it is expected to pass, and nothing else',
    { timeout: TIMEOUT_MILLIS },
    async (context) => {
      const found = await folderOrReason()
      if ('reason' in found) return context.skip(found.reason)
      const items = expandList(found.folder, CHECKED_LISTS.flatMap(readList))
      const run = await runList(items, {
        wptFolder: found.folder,
        implementation: requireBuilt(),
        jobs: 2,
        expectations,
      })
      onTestFinished(() => {
        for (const key of run.flaky) console.log(`as expected only when run again: ${key}`)
      })
      expect(run.results).toHaveLength(items.length)
      expect(run.problems.map(describeProblem)).toEqual([])
    },
  )

  test('expectations are about files of the checked lists, and each has a reason', () => {
    const files = new Set(CHECKED_LISTS.flatMap(readList))
    for (const [key, { file, subtests }] of Object.entries(expectations)) {
      expect(files, key).toContain(key.replace(/\?.*/, ''))
      for (const { reason } of [...(file === undefined ? [] : [file]), ...Object.values(subtests ?? {})])
        expect(reason.trim(), key).toMatch(/^.{20,}$/)
    }
  })
})
