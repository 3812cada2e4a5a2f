/** Asks what NATs do, in a process on a host of the lab. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { buildSync } from 'esbuild'
import type { NatBehavior } from '../../src/index.js'
import type { LabHost } from './nat-lab.js'

const run = promisify(execFile)

const PROJECT = fileURLToPath(new URL('../../', import.meta.url))

let program: string | undefined

function childProgram(): string {
  const entry = fileURLToPath(new URL('./nat-behavior-child.ts', import.meta.url))
  const { outputFiles } = buildSync({
    entryPoints: [entry],
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    write: false,
  })
  return outputFiles[0]!.text
}

export async function askNatBehavior({ enter: [command, ...words] }: LabHost, url: string): Promise<NatBehavior[]> {
  program ??= childProgram()
  const asking = run(command, [...words, process.execPath, '--input-type=module', '-', url], { cwd: PROJECT })
  asking.child.stdin!.end(program)
  return JSON.parse((await asking).stdout) as NatBehavior[]
}
