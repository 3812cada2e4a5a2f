/** `npm run wpt:browser -- chromium|firefox [filter]`: the same tests in a real browser, to compare with. */
import path from 'node:path'
import { parseArgs } from 'node:util'
import type { Page } from 'puppeteer-core'
import { CHECKED_LISTS } from '../options.js'
import { resultsFolder } from '../paths.js'
import { FILE_STATUS, passedOf, short, SUBTEST_STATUS, writeReport } from '../results.js'
import type { FileResult } from '../results.js'
import { expandList, fileTimeoutMillis, readList } from '../test-list.js'
import type { TestItem } from '../test-list.js'
import { wptFolder } from '../wpt-files.js'
import { BROWSERS, TestBrowser } from './browser.js'
import type { BrowserName } from './browser.js'
import { startServer } from './server.js'
import type { PageReport } from './server.js'

const USAGE = `npm run wpt:browser -- ${Object.keys(BROWSERS).join('|')} [FILTER] [--list NAME] [--verbose] [--out FILE]`

/** Beyond the time that the test has for itself. */
const GRACE_MILLIS = 10_000

/** How the one test under way ended: by its own report, or without. */
type End = { readonly report: PageReport } | { readonly status: 'TIMEOUT' | 'CRASH'; readonly message: string }

class BrowserRun {
  readonly #browser: TestBrowser
  #current: { id: number; timeoutMillis: number; end: (end: End) => void } = { id: 0, timeoutMillis: 0, end: () => {} }
  #page: Page | undefined
  #port = 0

  constructor(browser: TestBrowser) {
    this.#browser = browser
  }

  async run(folder: string, items: readonly TestItem[], onResult: (result: FileResult) => void): Promise<FileResult[]> {
    const server = await startServer({
      wptFolder: folder,
      current: () => this.#current,
      onDone: (id, report) => {
        if (id === this.#current.id) this.#current.end({ report })
      },
      onDriver: async ({ action, x = 0, y = 0 }) => {
        if (action === 'click') await this.#page?.mouse.click(x, y)
      },
    })
    this.#port = server.port
    const results: FileResult[] = []
    try {
      for (const item of items) {
        results.push(await this.#runItem(item))
        onResult(results.at(-1)!)
      }
    } finally {
      server.close()
    }
    return results
  }

  async #runItem(item: TestItem): Promise<FileResult> {
    const { file, variant, skip } = item
    if (skip !== undefined) return { file, variant, status: 'SKIP', message: skip, subtests: [], ms: 0 }
    const started = Date.now()
    const end = await this.#endOf(item)
    const ms = Date.now() - started
    if ('status' in end) return { file, variant, status: end.status, message: short(end.message), subtests: [], ms }
    const { status, tests } = end.report
    const subtests = tests.map((test) => ({
      name: test.name,
      status: SUBTEST_STATUS[test.status] ?? 'FAIL',
      message: short(test.message),
    }))
    return {
      file,
      variant,
      status: FILE_STATUS[status.status] ?? 'ERROR',
      message: short(status.message),
      subtests,
      ms,
    }
  }

  async #endOf(item: TestItem): Promise<End> {
    const timeoutMillis = fileTimeoutMillis(item)
    let timer: NodeJS.Timeout | undefined
    const ended = new Promise<End>((resolve) => {
      this.#current = { id: this.#current.id + 1, timeoutMillis, end: resolve }
      const late: End = { status: 'TIMEOUT', message: 'no report from the page' }
      timer = setTimeout(() => resolve(late), timeoutMillis + GRACE_MILLIS)
    })
    let end: End
    try {
      const page = await this.#open(item)
      end = await ended
      if (!(await this.#browser.closePage(page)) || 'status' in end) await this.#browser.quit()
    } catch (error) {
      end = { status: 'CRASH', message: (error as Error).message }
      await this.#browser.quit()
    } finally {
      clearTimeout(timer)
    }
    return end
  }

  async #open({ file, variant }: TestItem): Promise<Page> {
    const page = await this.#browser.newPage()
    this.#page = page
    const { end } = this.#current
    page.on('error', ({ message }) => end({ status: 'CRASH', message }))
    page.on('dialog', (dialog) => void dialog.dismiss().catch(() => {})) // gone with its page
    const address = `http://localhost:${this.#port}/${file.replace(/\.(window|any)\.js$/, '.$1.html')}${variant}`
    // A test may well be done, and its tab closed, before it has loaded: what counts is its report.
    page.goto(address, { waitUntil: 'domcontentloaded' }).catch(() => {})
    return page
  }
}

async function main(): Promise<void> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      list: { type: 'string', multiple: true },
      verbose: { type: 'boolean' },
      out: { type: 'string' },
    },
  })
  const [name, filter = ''] = positionals
  if (name === undefined || !(name in BROWSERS)) throw new Error(USAGE)
  const lists = values.list ?? CHECKED_LISTS
  const folder = await wptFolder((line) => console.log(line))
  const items = expandList(folder, lists.flatMap(readList)).filter(({ file }) => file.includes(filter))
  const browser = new TestBrowser(name as BrowserName)
  try {
    const version = await browser.version()
    const results = await new BrowserRun(browser).run(folder, items, (result) => print(result, values.verbose ?? false))
    const impl = { name, version }
    const out = values.out ?? path.join(resultsFolder, `${name}.json`)
    const date = new Date().toISOString()
    writeReport(out, { runner: 'browser', impl, list: lists.join(','), timeout: 60, date, results })
    console.log(`\n${results.reduce((sum, result) => sum + passedOf(result), 0)} subtests passed; written to ${out}`)
  } finally {
    await browser.quit()
  }
}

function print(result: FileResult, verbose: boolean): void {
  const { status, subtests, file, variant, ms } = result
  const counts = `${passedOf(result)}/${subtests.length}`
  console.log(`${status.padEnd(7)} ${counts.padStart(7)} ${file}${variant} ${ms} ms`)
  if (verbose)
    for (const { status, name, message } of subtests) console.log(`        ${status} ${name} ${message ?? ''}`)
}

await main()
