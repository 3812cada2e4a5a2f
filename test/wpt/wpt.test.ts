import { readFileSync } from 'node:fs'
import { describe, expect, onTestFinished, test } from 'vitest'
import { describeProblem } from './expectations.js'
import type { Expectations } from './expectations.js'
import { CHECKED_LISTS, requireBuilt } from './options.js'
import { expectationsFile } from './paths.js'
import { runList } from './run-list.js'
import { expandList, readList, readUnchecked } from './test-list.js'
import { presentWptFolder, wptFolder } from './wpt-files.js'

/** Fetching the files the first time and running them twice takes less. */
const TIMEOUT_MILLIS = 900_000

const expectations = JSON.parse(readFileSync(expectationsFile, 'utf8')) as Expectations

/** `npm test` fetches nothing on a user's machine; where the project itself is tested, missing files are a failure. */
async function folderOrNothing(): Promise<string | undefined> {
  return process.env['CI'] === 'true' ? await wptFolder((line) => console.log(line)) : presentWptFolder()
}

describe('Web Platform Tests', () => {
  test(
    'the built package passes what it is expected to pass, and nothing else',
    { timeout: TIMEOUT_MILLIS },
    async (context) => {
      const folder = await folderOrNothing()
      if (folder === undefined) return context.skip('no Web Platform Tests here: `npm run wpt` brings and runs them')
      const items = expandList(folder, CHECKED_LISTS.flatMap(readList))
      const run = await runList(items, {
        wptFolder: folder,
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

  test('what is not checked is open, and says why', () => {
    const open = new Set(readList('open'))
    for (const [file, reason] of readUnchecked()) {
      expect(open).toContain(file)
      expect(reason).toMatch(/^.{20,}$/)
    }
  })

  test('expectations are about files of the checked lists, and each has a reason', () => {
    const files = new Set(CHECKED_LISTS.flatMap(readList))
    for (const [key, { file, subtests }] of Object.entries(expectations)) {
      expect(files, key).toContain(key.replace(/\?.*/, ''))
      for (const { reason } of [...(file === undefined ? [] : [file]), ...Object.values(subtests ?? {})])
        expect(reason.trim(), key).toMatch(/^.{20,}$/)
    }
  })
})
