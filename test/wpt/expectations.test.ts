import { describe, expect, test } from 'vitest'
import { compareFile, countMissingReasons, describeProblem, updateExpectations } from './expectations.js'
import type { FileExpectation } from './expectations.js'
import type { FileResult, SubtestResult } from './results.js'

const reason = 'what a reader accepts'
const pass: SubtestResult = { name: 'passes', status: 'PASS' }
const fail: SubtestResult = { name: 'fails', status: 'FAIL', message: 'expected 1 but got 2' }
const expected: FileExpectation = { subtests: { fails: { status: 'FAIL', reason } } }

function result(subtests: readonly SubtestResult[], fields: Partial<FileResult> = {}): FileResult {
  return { file: 'a/b.html', variant: '', status: 'OK', subtests, ms: 1, ...fields }
}
const problems = (...args: Parameters<typeof compareFile>): string[] => compareFile(...args).map(describeProblem)

describe('comparing a file with what is expected of it', () => {
  test('as expected', () => {
    expect(problems(result([pass]))).toEqual([])
    expect(problems(result([pass, fail]), expected)).toEqual([])
  })

  test('a failure that nobody expects is a regression, with its message', () => {
    expect(problems(result([fail]))).toEqual(['regression: a/b.html: fails — FAIL: expected 1 but got 2'])
  })

  test('a pass that nobody expects is a problem as well', () => {
    expect(problems(result([{ name: 'fails', status: 'PASS' }]), expected)).toEqual([
      'unexpected pass: a/b.html: fails — was FAIL',
    ])
  })

  test('a failure that becomes a hang on a slow machine is as expected; one that becomes a crash is not', () => {
    expect(problems(result([{ name: 'fails', status: 'TIMEOUT' }]), expected)).toEqual([])
    expect(problems(result([{ name: 'fails', status: 'NOTRUN' }]), expected)).toEqual([])
    expect(problems(result([{ name: 'fails', status: 'CRASH' }]), expected)).toEqual([
      'other status: a/b.html: fails — CRASH, was FAIL',
    ])
  })

  test('an expected failure that is not declared any more is gone', () => {
    expect(problems(result([pass]), expected)).toEqual(['gone: a/b.html: fails'])
  })

  test('an entry without a reason does not count', () => {
    expect(problems(result([fail]), { subtests: { fails: { status: 'FAIL', reason: ' ' } } })).toEqual([
      'no reason: a/b.html: fails',
    ])
  })

  test('the end of the file is compared too', () => {
    const crashed = result([], { status: 'CRASH', message: 'exit SIGSEGV', variant: '?x' })
    expect(problems(crashed)).toEqual(['regression: a/b.html?x — CRASH: exit SIGSEGV'])
    expect(problems(crashed, { file: { status: 'CRASH', reason } })).toEqual([])
    expect(problems(result([]), { file: { status: 'CRASH', reason } })).toEqual([
      'unexpected pass: a/b.html — was CRASH',
    ])
  })

  test('a name used twice is two subtests', () => {
    const second: FileExpectation = { subtests: { 'fails (2)': { status: 'FAIL', reason } } }
    expect(problems(result([{ name: 'fails', status: 'PASS' }, fail]), second)).toEqual([])
    expect(problems(result([fail, fail]), second)).toHaveLength(1)
  })
})

describe('updating expectations', () => {
  test('keeps reasons, drops what passes, asks for new reasons', () => {
    const old = {
      'a/b.html': { subtests: { fails: { status: 'TIMEOUT', reason }, passes: { status: 'FAIL', reason } } },
    } as const
    const fresh: SubtestResult = { name: 'new', status: 'NOTRUN' }
    const updated = updateExpectations(old, [result([pass, fail, fresh])])
    expect(updated).toEqual({
      'a/b.html': { subtests: { fails: { status: 'FAIL', reason }, new: { status: 'NOTRUN', reason: '' } } },
    })
    expect(countMissingReasons(updated)).toBe(1)
  })

  test('forgets a file that passes, keeps those that were not run, sorted', () => {
    const old = { 'z.html': expected, 'a/b.html': expected, 'c.html': expected }
    expect(Object.keys(updateExpectations(old, [result([pass])]))).toEqual(['c.html', 'z.html'])
  })

  test('a skipped file says why by itself, a crashed one does not', () => {
    const skipped = result([], { file: 's.html', status: 'SKIP', message: 'needs a service worker' })
    const crashed = result([], { file: 'c.html', status: 'CRASH', message: 'exit 1' })
    expect(updateExpectations({}, [skipped, crashed])).toEqual({
      'c.html': { file: { status: 'CRASH', reason: '' } },
      's.html': { file: { status: 'SKIP', reason: 'needs a service worker' } },
    })
  })

  test('what was just updated compares without a problem but missing reasons', () => {
    const results = [result([pass, fail, fail]), result([], { file: 'c.html', status: 'TIMEOUT' })]
    const updated = updateExpectations({}, results)
    const kinds = results.flatMap((each) => compareFile(each, updated[each.file])).map(({ kind }) => kind)
    expect(kinds).toEqual(['no reason', 'no reason', 'no reason'])
  })
})
