import { statusByName } from './results.js'
import type { FileResult, Report } from './results.js'

export interface Count {
  readonly total: number
  /** Of each report. */
  readonly passed: readonly number[]
}

/** One subtest, and what each report says of it. */
export interface ComparedSubtest {
  readonly file: string
  readonly variant: string
  readonly name: string
  /** By the index of the report; undefined where it did not see the subtest. */
  readonly passes: readonly (boolean | undefined)[]
}

export type SubtestFilter = (subtest: ComparedSubtest) => boolean

/**
 * Reports side by side. A file's total is the union of the subtests that any of them saw, so a file that crashes at once
 * counts as nothing of that union, not as nothing of nothing.
 */
export class Comparison {
  readonly reports: readonly Report[]
  /** By file, then by variant and name. */
  readonly #subtests = new Map<string, Map<string, ComparedSubtest & { readonly passes: boolean[] }>>()

  constructor(reports: readonly Report[]) {
    this.reports = reports
    for (const [index, { results }] of reports.entries()) for (const result of results) this.#add(index, result)
  }

  /** All variants of a file together. */
  count(files: readonly string[], isCounted: SubtestFilter = () => true): Count {
    const subtests = files.flatMap((file) => [...(this.#subtests.get(file)?.values() ?? [])]).filter(isCounted)
    const passed = this.reports.map((_, index) => subtests.filter(({ passes }) => passes[index] === true).length)
    return { total: subtests.length, passed }
  }

  /** What one of these reports passes, by the name of the implementation. */
  isPassedBy(...names: readonly string[]): SubtestFilter {
    const indexes = this.reports.flatMap(({ impl }, index) => (names.includes(impl.name) ? [index] : []))
    return ({ passes }) => indexes.some((index) => passes[index] === true)
  }

  #add(index: number, { file, variant, subtests }: FileResult): void {
    const known = this.#subtests.get(file) ?? new Map<string, ComparedSubtest & { readonly passes: boolean[] }>()
    this.#subtests.set(file, known)
    for (const [name, { status }] of statusByName(subtests)) {
      const key = `${variant} ${name}`
      const subtest = known.get(key) ?? { file, variant, name, passes: [] }
      known.set(key, subtest)
      subtest.passes[index] = status === 'PASS'
    }
  }
}
