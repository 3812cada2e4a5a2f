/** Asks what NATs do, in a process on a host of the lab. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { NatBehavior } from '../../src/index.js'
import { bundledProgram } from './bundled-program.js'
import type { LabHost } from './nat-lab.js'

const run = promisify(execFile)

const PROJECT = fileURLToPath(new URL('../../', import.meta.url))

export async function askNatBehavior({ enter: [command, ...words] }: LabHost, url: string): Promise<NatBehavior[]> {
  const asking = run(command, [...words, process.execPath, '--input-type=module', '-', url], { cwd: PROJECT })
  asking.child.stdin!.end(bundledProgram('./nat-behavior-child.ts'))
  return JSON.parse((await asking).stdout) as NatBehavior[]
}
