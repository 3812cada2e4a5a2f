import { statusByName } from './results.js'
import type { FileResult, Report } from './results.js'

export interface Count {
  readonly total: number
  /** Of each report. */
  readonly passed: readonly number[]
  readonly totalOfBrowsers: number
  readonly passedOfBrowsers: readonly number[]
}

type Passes = readonly boolean[]

/**
 * Reports side by side. A file's total is the union of the subtests that any of them saw, so a file that crashes at once
 * counts as nothing of that union, not as nothing of nothing.
 */
export class Comparison {
  readonly reports: readonly Report[]
  /** By file and subtest, all variants of a file together: who passes. */
  readonly #passes = new Map<string, Map<string, boolean[]>>()

  constructor(reports: readonly Report[]) {
    this.reports = reports
    for (const [index, { results }] of reports.entries()) for (const result of results) this.#add(index, result)
  }

  count(files: readonly string[]): Count {
    const all = files.flatMap((file) => [...(this.#passes.get(file)?.values() ?? [])])
    const ofBrowsers = all.filter((passes) => this.#isPassedByBrowser(passes))
    const passed = (subtests: readonly Passes[]): number[] =>
      this.reports.map((_, index) => subtests.filter((passes) => passes[index] === true).length)
    return {
      total: all.length,
      passed: passed(all),
      totalOfBrowsers: ofBrowsers.length,
      passedOfBrowsers: passed(ofBrowsers),
    }
  }

  #add(index: number, { file, variant, subtests }: FileResult): void {
    const known = this.#passes.get(file) ?? new Map<string, boolean[]>()
    this.#passes.set(file, known)
    for (const [name, { status }] of statusByName(subtests)) {
      const key = `${variant} ${name}`
      const passes = known.get(key) ?? []
      known.set(key, passes)
      passes[index] = status === 'PASS'
    }
  }

  #isPassedByBrowser(passes: Passes): boolean {
    return this.reports.some(({ runner }, index) => runner === 'browser' && passes[index] === true)
  }
}
