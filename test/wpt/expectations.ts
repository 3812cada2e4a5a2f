import { keyOf, statusByName } from './results.js'
import type { FileResult, FileStatus, SubtestStatus } from './results.js'

/** What is known not to pass, and why a reader of the specification accepts that. */
export interface Expectation<Status> {
  readonly status: Status
  readonly reason: string
}

export interface FileExpectation {
  /** Of the file as a whole, where it does not end with OK. */
  readonly file?: Expectation<FileStatus>
  readonly subtests?: Readonly<Record<string, Expectation<SubtestStatus>>>
}

/** By file and variant. Whatever is not in here passes. */
export type Expectations = Readonly<Record<string, FileExpectation>>

export type Problem =
  | { readonly kind: 'regression' | 'unexpected pass' | 'other status'; readonly what: string; readonly got: string }
  | { readonly kind: 'gone' | 'no reason'; readonly what: string }

export function describeProblem(problem: Problem): string {
  return `${problem.kind}: ${problem.what}${'got' in problem ? ` — ${problem.got}` : ''}`
}

/** What the result of one file has that its expectations do not say. */
export function compareFile(result: FileResult, expected: FileExpectation = {}): Problem[] {
  const key = keyOf(result)
  const file = { status: result.status === 'OK' ? 'PASS' : result.status, message: result.message }
  const problems = compareOne(key, file, expected.file)
  const got = statusByName(result.subtests)
  for (const [name, subtest] of got) problems.push(...compareOne(`${key}: ${name}`, subtest, expected.subtests?.[name]))
  for (const name of Object.keys(expected.subtests ?? {}))
    if (!got.has(name)) problems.push({ kind: 'gone', what: `${key}: ${name}` })
  return problems
}

function compareOne(
  what: string,
  { status, message }: { status: string; message?: string | undefined },
  expected: Expectation<string> | undefined,
): Problem[] {
  const got = message === undefined ? status : `${status}: ${message}`
  if (expected === undefined) return status === 'PASS' ? [] : [{ kind: 'regression', what, got }]
  if (status === 'PASS') return [{ kind: 'unexpected pass', what, got: `was ${expected.status}` }]
  if (!isLike(status, expected.status)) return [{ kind: 'other status', what, got: `${got}, was ${expected.status}` }]
  return expected.reason.trim() === '' ? [{ kind: 'no reason', what }] : []
}

/** What a slow machine turns into one another: a subtest fails in its own time, or in that of its file. */
const ALIKE = new Set(['FAIL', 'TIMEOUT', 'NOTRUN'])

function isLike(status: string, expected: string): boolean {
  return status === expected || (ALIKE.has(status) && ALIKE.has(expected))
}

/** The expectations that the results ask for: with the reasons that were given; empty ones where none was. */
export function updateExpectations(old: Expectations, results: readonly FileResult[]): Expectations {
  const updated = new Map(Object.entries(old))
  for (const result of results) {
    const key = keyOf(result)
    const entry = updateFile(result, old[key])
    if (entry === undefined) updated.delete(key)
    else updated.set(key, entry)
  }
  return Object.fromEntries([...updated].sort(([a], [b]) => (a < b ? -1 : 1)))
}

function updateFile(result: FileResult, old: FileExpectation = {}): FileExpectation | undefined {
  const subtests = [...statusByName(result.subtests)]
    .filter(([, { status }]) => status !== 'PASS')
    .map(([name, { status }]) => [name, { status, reason: old.subtests?.[name]?.reason ?? '' }] as const)
  if (result.status === 'OK' && subtests.length === 0) return undefined
  // Why a file is skipped the runner can say; everything else somebody has to.
  const known = result.status === 'SKIP' ? result.message : undefined
  const reason = old.file?.reason ?? known ?? ''
  return {
    ...(result.status !== 'OK' && { file: { status: result.status, reason } }),
    ...(subtests.length > 0 && { subtests: Object.fromEntries(subtests) }),
  }
}

/** Reasons that begin so are about packets of media or pictures, which do not flow. */
export const needsMedia = (reason: string): boolean => reason.startsWith('Media: ')

export function countMissingReasons(expectations: Expectations): number {
  return Object.values(expectations)
    .flatMap(({ file, subtests }) => [...(file === undefined ? [] : [file]), ...Object.values(subtests ?? {})])
    .filter(({ reason }) => reason.trim() === '').length
}
