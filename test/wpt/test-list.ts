import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { listsFolder, uncheckedFile } from './paths.js'
import { readTestFile } from './test-file.js'
import type { TestFile } from './test-file.js'

/** A file, or one variant of it, to be run; or the reason why it cannot be. */
export interface TestItem {
  readonly file: string
  readonly variant: string
  readonly long: boolean
  readonly skip?: string | undefined
}

/** A list file has one path a line; `#` starts a comment. */
export function parseList(text: string): string[] {
  return text
    .split('\n')
    .map((line) => line.replace(/#.*/, '').trim())
    .filter((line) => line !== '')
}

/** Why a file is not checked: it would wait for what will not come, or is a race. By file. */
export function readUnchecked(): ReadonlyMap<string, string> {
  const byReason = JSON.parse(readFileSync(uncheckedFile, 'utf8')) as Readonly<Record<string, readonly string[]>>
  return new Map(Object.entries(byReason).flatMap(([reason, files]) => files.map((file) => [file, reason] as const)))
}

/** A list by its name in `lists/`; `checked` is all that is open and not in unchecked.json. */
export function readList(name: string): string[] {
  if (name === 'checked') {
    const unchecked = readUnchecked()
    return readList('open').filter((file) => !unchecked.has(file))
  }
  const file = path.join(listsFolder, `${name}.txt`)
  if (!existsSync(file)) throw new Error(`there is no list ${name} in test/wpt/lists`)
  return parseList(readFileSync(file, 'utf8'))
}

/** One item for each file and variant. */
export function expandList(wptFolder: string, files: readonly string[]): TestItem[] {
  return [...new Set(files)].flatMap((file): TestItem[] => {
    if (!existsSync(path.join(wptFolder, file)))
      return [{ file, variant: '', long: false, skip: 'no such file in this copy of the Web Platform Tests' }]
    const test = readTestFile(wptFolder, file)
    const skip = skipReason(file, test)
    const variants = test.variants.length > 0 ? test.variants : ['']
    return variants.map((variant) => ({ file, variant, long: test.long, skip }))
  })
}

/** Why no runner of ours can run a file: it needs the server of the Web Platform Tests itself, or a service worker. */
export function skipReason(file: string, test: Pick<TestFile, 'text'>): string | undefined {
  if (/back-forward-cache-/.test(file)) return 'needs a real navigation and the dispatcher of wptserve'
  if (/serviceworker-failure/.test(file) || /service_worker_unregister|navigator\.serviceWorker/.test(test.text))
    return 'needs a service worker'
  if (/identity-helper\.sub\.js/.test(test.text)) return 'needs identity providers on hosts of wptserve'
  return undefined
}

/** As in the Web Platform Tests: 10 s for a file, 60 s for one that says so. */
export function fileTimeoutMillis({ long }: Pick<TestItem, 'long'>): number {
  return long ? 60_000 : 10_000
}
