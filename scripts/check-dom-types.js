/**
 * Holds our declarations against those of lib.dom, and compiles the snippets of test/types with both.
 *
 * Every name that both have is compared, so that a new export is looked at by itself: a value of ours must do where
 * lib.dom's is wanted, and the other way round but for what test/types/lib-dom-lacks.json gives a reason for. An entry
 * there without need is an error as well.
 */
import { execFileSync } from 'node:child_process'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { openClasses } from './declarations.js'

const FOLDER = '.cache/dom-types'
const require = createRequire(import.meta.url)
const compile = (...args) =>
  execFileSync(process.execPath, [require.resolve('typescript/bin/tsc'), ...args], { stdio: 'inherit' })

/** Names of interfaces, types and variables with a constructor. */
function declared(text) {
  const names = (pattern) => new Set([...text.matchAll(pattern)].map(([, name]) => name))
  return {
    types: names(/^(?:export )?(?:interface|type|(?:declare )?(?:abstract )?class) (\w+)/gm),
    constructors: names(/^declare var (\w+): \{\n\s+prototype: \w+;\n\s+new\s?\(/gm),
  }
}

function exported() {
  const { types } = declared(readFileSync('etc/tincan-rtc.api.md', 'utf8'))
  return [...types].sort()
}

function comparison() {
  const dom = declared(readFileSync(require.resolve('typescript/lib/lib.dom.d.ts'), 'utf8'))
  const lacks = JSON.parse(readFileSync('test/types/lib-dom-lacks.json', 'utf8'))
  const both = exported().filter((name) => dom.types.has(name))
  const lines = ["import type * as ours from 'tincan-rtc'"]
  for (const name of both) {
    lines.push(`export const to${name} = (value: ours.${name}): ${name} => value`)
    if (name in lacks) lines.push('// @ts-expect-error')
    lines.push(`export const from${name} = (value: ${name}): ours.${name} => value`)
  }
  const unknown = Object.keys(lacks).filter((name) => !both.includes(name))
  if (unknown.length > 0) throw new Error(`test/types/lib-dom-lacks.json: ${unknown.join(', ')} is not in both`)
  return lines.join('\n')
}

rmSync(FOLDER, { recursive: true, force: true })
mkdirSync(FOLDER, { recursive: true })
compile('-p', 'tsconfig.build.json', '--emitDeclarationOnly', '--outDir', `${FOLDER}/package`)
openClasses(`${FOLDER}/package`)
writeFileSync(`${FOLDER}/comparison.ts`, comparison())
compile('-p', 'test/types')
