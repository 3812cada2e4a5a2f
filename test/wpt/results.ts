import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'

/** How a subtest ended; the first five are those of testharness.js, in its numbering. */
export const SUBTEST_STATUS = ['PASS', 'FAIL', 'TIMEOUT', 'NOTRUN', 'PRECONDITION_FAILED', 'CRASH'] as const
export type SubtestStatus = (typeof SUBTEST_STATUS)[number]

/** How a file ended; the first four are those of testharness.js, in its numbering. */
export const FILE_STATUS = ['OK', 'ERROR', 'TIMEOUT', 'PRECONDITION_FAILED', 'CRASH', 'SKIP'] as const
export type FileStatus = (typeof FILE_STATUS)[number]

export interface SubtestResult {
  readonly name: string
  readonly status: SubtestStatus
  readonly message?: string | undefined
}

export interface FileResult {
  readonly file: string
  /** `?…` of the address, for files that want to be run once for each of several; else empty. */
  readonly variant: string
  readonly status: FileStatus
  readonly message?: string | undefined
  readonly subtests: readonly SubtestResult[]
  readonly ms: number
}

/** What a run writes down. The same shape for Node.js and browsers, so that they can be compared. */
export interface Report {
  readonly runner: 'node' | 'browser'
  readonly impl: { readonly name: string; readonly version?: string | undefined }
  readonly list: string
  readonly timeout: number
  readonly date: string
  readonly results: readonly FileResult[]
}

export const keyOf = ({ file, variant }: { file: string; variant: string }): string => file + variant

/** Status by name; a name used twice gets a number. */
export function statusByName(subtests: readonly SubtestResult[]): Map<string, SubtestResult> {
  const byName = new Map<string, SubtestResult>()
  for (const subtest of subtests) {
    let name = subtest.name
    for (let n = 2; byName.has(name); n++) name = `${subtest.name} (${n})`
    byName.set(name, subtest)
  }
  return byName
}

export const passedOf = (result: FileResult): number => result.subtests.filter(({ status }) => status === 'PASS').length

/** One line, not too long. */
export function short(text: string | null | undefined, length = 200): string | undefined {
  return text === null || text === undefined || text === '' ? undefined : text.replace(/\s+/g, ' ').slice(0, length)
}

export function readReport(file: string): Report {
  return JSON.parse(readFileSync(file, 'utf8')) as Report
}

export function writeReport(file: string, report: Report): void {
  mkdirSync(path.dirname(path.resolve(file)), { recursive: true })
  writeFileSync(file, JSON.stringify(report, null, 1) + '\n')
}
