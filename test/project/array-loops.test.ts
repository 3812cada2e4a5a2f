import ts from 'typescript'
import { expect, test } from 'vitest'

// The build walks through arrays by index. What that does to the code is seen here: the tests of the sources run them as they are written.

const { arrayLoops } = (await import(new URL('../../scripts/array-loops.js', import.meta.url).href)) as {
  arrayLoops: (program: ts.Program) => ts.TransformerFactory<ts.SourceFile>
}

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  lib: ['lib.es2022.d.ts'],
  types: [],
  strict: true,
}

function built(source: string): string {
  const host = ts.createCompilerHost(OPTIONS)
  const { getSourceFile } = host
  host.getSourceFile = (name, version) =>
    name === 'source.ts' ? ts.createSourceFile(name, source, version) : getSourceFile.call(host, name, version)
  let text = ''
  host.writeFile = (_, written) => (text = written)
  const program = ts.createProgram(['source.ts'], OPTIONS, host)
  expect(ts.getPreEmitDiagnostics(program).map(({ messageText }) => messageText)).toEqual([])
  program.emit(undefined, undefined, undefined, false, { before: [arrayLoops(program)] })
  return text
}

async function resultOf(code: string): Promise<unknown> {
  const module = (await import(`data:text/javascript,${encodeURIComponent(code)}`)) as { result: unknown }
  return module.result
}

const SAME = `
const said: unknown[] = []
const list: number[] = [1, 2, 3]
for (const one of list) if (list.length < 5) list.push(one * 10); else said.push(one)
const later: (() => number)[] = []
for (let one of list) { one += 1; later.push(() => one) }
said.push(later.map((call) => call()))
outer: for (const row of [[1, 2], [3, 4], [5, 6]]) {
  for (const cell of row) {
    if (cell === 2) continue
    if (cell === 4) continue outer
    if (cell === 6) break outer
    said.push(cell)
  }
}
for (const byte of new Uint8Array([7, 8])) said.push(byte)
for (const { name, of: [first, , third] } of [{ name: 'a', of: [1, 2, 3] }]) said.push(name, first, third)
for (const [key, value] of [['k', 1], ['l', 2]] as const) said.push(key, value)
for (const [key, value] of new Map([['m', 1]])) said.push(key, value)
for (const letter of 'xy') said.push(letter)
for (const one of new Set([1, 1, 2])) said.push(one)
for (const [index, one] of list.entries()) said.push(index, one)
const pair: readonly [number, { readonly deep: string }] = [9, { deep: 'd' }]
const [nine, { deep }] = pair
const [head = 0, ...tail] = list
let [left, right] = [nine, 4]
;[left, right] = [right, left]
const some: readonly string[] | undefined = list.length > 2 ? ['s'] : undefined
for (const one of some ?? []) said.push(one)
for (const shadowed of list) { const list = [shadowed]; for (const shadowed of list) said.push(shadowed) }
export const result = JSON.stringify([said, nine, deep, head, tail, left, right])
`

const code = built(SAME)

test('code means the same as before', async () => {
  const plain = ts.transpileModule(SAME, { compilerOptions: OPTIONS }).outputText
  expect(await resultOf(code)).toEqual(await resultOf(plain))
})

test('arrays are walked through by index, and everything else as it was', () => {
  const walked = [...code.matchAll(/for \((?:const|let) (.*?) of (.*)\)/g)].map(([, , what]) => what)
  expect(walked).toEqual([expect.stringContaining('new Map'), "'xy'", 'new Set([1, 1, 2])', 'list.entries()'])
  expect(code).toContain('const [head = 0, ...tail] = list')
  expect(code).not.toContain('const [nine')
})
