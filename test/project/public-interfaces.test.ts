import { readdirSync, readFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { expect, test } from 'vitest'

const files = readdirSync('src', { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.ts') && !path.includes('test'))
  .map((path) => ({ path, text: readFileSync(join('src', path), 'utf8') }))

/** What Node has for itself: bindings, the handles below its objects, symbols of its own, options that are not documented. */
const PRIVATE =
  /\b(process\.binding|internalBinding|_linkedBinding|_handle|_rawDebug|kHandle|getOwnPropertySymbols)\b|%[A-Z]\w+\(/

test('no source asks Node for anything that is private', () => {
  expect(files.length).toBeGreaterThan(300)
  expect(files.filter(({ text }) => PRIVATE.test(text)).map(({ path }) => path)).toEqual([])
})

test('modules of Node are imported by names that it documents', () => {
  const names = new Set(
    files.flatMap(({ text }) => [...text.matchAll(/from '(node:[^']+)'/g)].map(([, name]) => name!)),
  )
  expect(names.size).toBeGreaterThan(5)
  expect([...names].filter((name) => !isBuiltin(name) || /^node:_|internal/.test(name))).toEqual([])
})
