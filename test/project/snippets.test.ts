import { readdirSync, readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import ts from 'typescript'
import { expect, test } from 'vitest'

// What the papers show of our API fits the declarations that are published, as the build before these tests made them.

/** What snippets take for granted: what a reader has, and what the snippet before has made. */
const CONTEXT = `
declare const { RTCPeerConnection, UdpMux }: typeof import('tincan-rtc')
declare const certificate: import('tincan-rtc').RTCCertificate
declare const connection: import('tincan-rtc').RTCPeerConnection
declare const channel: import('tincan-rtc').RTCDataChannel
declare const username: string, credential: string, pem: string
declare const signaling: { send(message: unknown): void }
declare const file: { readable: ReadableStream<Uint8Array>; writable: WritableStream<Uint8Array> }
declare function accept(connection: import('tincan-rtc').RTCPeerConnection, name: string): void
`
const CONTEXT_PATH = resolve('docs/context.d.ts')

/** A compiler's work, which waits for nothing: seconds where the machine is idle. */
const LIMIT_MILLIS = 120_000

const OPTIONS: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  lib: ['lib.es2023.d.ts', 'lib.esnext.disposable.d.ts'],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  moduleDetection: ts.ModuleDetectionKind.Force,
  types: ['node'],
  allowJs: true,
  checkJs: true,
  // Readers of JavaScript need neither annotations nor proofs that there is a description by now.
  strict: false,
  noEmit: true,
  skipLibCheck: true,
}

/** Those in JavaScript that show something of ours, by a path that tells where they stand. */
function snippets(): Map<string, string> {
  const papers = ['README.md', ...readdirSync('docs').flatMap((name) => (name.endsWith('.md') ? [`docs/${name}`] : []))]
  const found = papers.flatMap((paper) => {
    const text = readFileSync(paper, 'utf8')
    return [...text.matchAll(/^```js\n(.*?)^```$/gms)].map(({ 1: code = '', index }): [string, string] => {
      const line = text.slice(0, index).split('\n').length
      return [resolve(`${paper}-${line}.mjs`), code]
    })
  })
  return new Map(found.filter(([, code]) => /tincan|RTCPeerConnection|UdpMux|channel/.test(code)))
}

function problemsOf(modules: ReadonlyMap<string, string>): string[] {
  const host = ts.createCompilerHost(OPTIONS)
  const { fileExists, readFile, getSourceFile } = host
  host.fileExists = (path) => modules.has(path) || fileExists(path)
  host.readFile = (path) => modules.get(path) ?? readFile(path)
  host.getSourceFile = (path, version, ...rest) => {
    const text = modules.get(path)
    return text === undefined ? getSourceFile(path, version, ...rest) : ts.createSourceFile(path, text, version)
  }
  const program = ts.createProgram([...modules.keys()], OPTIONS, host)
  return [...modules.keys()].flatMap((path) => {
    const file = program.getSourceFile(path)!
    const diagnostics = [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]
    return diagnostics.map(({ messageText }) => `${path}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`)
  })
}

test(
  'the examples of the papers fit our declarations',
  () => {
    const modules = snippets()
    expect(modules.size).toBeGreaterThan(10)
    // One that does not, so that it is seen that they are looked at.
    const wrong = `import { UdpMux } from 'tincan-rtc'\nnew UdpMux({ prot: 4433 })\n`
    const problems = problemsOf(modules.set(CONTEXT_PATH, CONTEXT).set(resolve('docs/wrong.mjs'), wrong))
    expect(problems).toEqual([expect.stringMatching(/wrong\.mjs: .*'prot'/)])
  },
  LIMIT_MILLIS,
)
