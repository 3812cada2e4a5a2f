import { execFileSync } from 'node:child_process'
import { build } from 'esbuild'
import { expect, test } from 'vitest'

// What an import of the built package takes, counted: how long it takes depends on the machine.

/** The library, and what it shares with modules that are loaded when needed. */
const MAX_FILES = 3
/** Of Node's own modules that take milliseconds, those that a connection over UDP does without. */
const NEEDED_LATER = ['tls', 'https', 'http', 'child_process', 'worker_threads', 'http2']

test(`an import reads at most ${MAX_FILES} files, which need no package`, async () => {
  const { metafile } = await build({
    entryPoints: ['dist/index.js'],
    bundle: true,
    splitting: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    outdir: 'nowhere',
    write: false,
    metafile: true,
  })
  const read = new Set<string>()
  const outside = new Set<string>()
  const visit = (path: string): void => {
    if (read.has(path)) return
    read.add(path)
    for (const { path: next, kind, external } of metafile.inputs[path]!.imports) {
      if (kind !== 'import-statement') continue
      if (external === true) outside.add(next)
      else visit(next)
    }
  }
  visit('dist/index.js')
  expect(read.size).toBeLessThanOrEqual(MAX_FILES)
  expect([...outside].filter((name) => !name.startsWith('node:'))).toEqual([])
})

test('an import loads no module of Node that only TLS, TURN over TCP or child processes need', () => {
  const program = `import './dist/index.js'; console.log(JSON.stringify(process.moduleLoadList))`
  const loaded = JSON.parse(
    execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' }),
  ) as string[]
  const early = NEEDED_LATER.filter((name) => loaded.includes(`NativeModule ${name}`))
  expect(early).toEqual([])
})

test('interfaces have their names, however the build renames classes', () => {
  const program = `
    import * as library from './dist/index.js'
    const isWrong = ([name, value]) => /^(RTC|Media)/.test(name) && typeof value === 'function' && value.name !== name
    console.log(JSON.stringify(Object.entries(library).filter(isWrong).map(([name]) => name)))`
  const output = execFileSync(process.execPath, ['--input-type=module', '-e', program], { encoding: 'utf8' })
  expect(JSON.parse(output)).toEqual([])
})
