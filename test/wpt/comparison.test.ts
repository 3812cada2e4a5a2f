import { expect, test } from 'vitest'
import { substitute, wrapperPage } from './browser/served-scripts.js'
import { Comparison } from './comparison.js'
import { parseOptions } from './options.js'
import type { FileResult, Report, SubtestStatus } from './results.js'

function report(name: string, runner: Report['runner'], files: Record<string, Record<string, SubtestStatus>>): Report {
  const results = Object.entries(files).map(([file, subtests]): FileResult => {
    const list = Object.entries(subtests).map(([subtest, status]) => ({ name: subtest, status }))
    return { file, variant: '', status: 'OK', subtests: list, ms: 1 }
  })
  return { runner, impl: { name }, list: 'open', timeout: 60, date: '2026-01-01', results }
}

test('a comparison counts the union of what was seen', () => {
  const comparison = new Comparison([
    report('crashed', 'node', { 'a.html': {}, 'b.html': { z: 'PASS' } }),
    report('browser', 'browser', { 'a.html': { x: 'PASS', y: 'FAIL' } }),
    report('other', 'node', { 'a.html': { x: 'PASS', y: 'PASS', w: 'TIMEOUT' } }),
  ])
  expect(comparison.count(['a.html'])).toEqual({ total: 3, passed: [0, 1, 2] })
  expect(comparison.count(['a.html'], comparison.isPassedBy('browser'))).toEqual({ total: 1, passed: [0, 1, 1] })
  expect(comparison.count(['a.html', 'b.html', 'none.html'])).toMatchObject({ total: 4, passed: [1, 1, 2] })
})

test('options: only our own package, in the time of the tests, is compared with the expectations', () => {
  const options = (...args: string[]) => parseOptions(['--implementation', 'package.json', ...args])
  expect(options('close', '--verbose')).toMatchObject({ filter: 'close', compare: true, verbose: true })
  expect(options('--list', 'checked').compare).toBe(true)
  expect(options('--list', 'open')).toMatchObject({ compare: true, lists: ['open'] })
  expect(options('--subtest-timeout', '3')).toMatchObject({ compare: false, subtestTimeoutMillis: 3000 })
  expect(parseOptions(['--implementation', 'werift'])).toMatchObject({ compare: false, implementation: 'werift' })
  expect(() => options('--jobs', 'many')).toThrow('--jobs wants a number above zero')
  expect(() => options('a', 'b')).toThrow('one filter at most')
  expect(() => options('--nonesuch')).toThrow()
})

test('pages around scripts, and the substitutions of .sub. files', () => {
  const wrapped = wrapperPage('/webrtc/a.window.js', '// META: title=A\n// META: script=helper.js\n')
  expect(wrapped).toContain('<title>A</title>')
  expect(wrapped.indexOf('src="helper.js"')).toBeLessThan(wrapped.indexOf('src="/webrtc/a.window.js"'))
  const url = new URL('http://localhost:8123/a/b.sub.html?x=1')
  const text = '{{host}} {{hosts[alt][www]}} {{ports[https][0]}} {{GET[x]}} {{location[path]}} {{unknown}}'
  expect(substitute(text, url)).toBe('localhost 127.0.0.1 8123 1 /a/b.sub.html {{unknown}}')
})
