import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import { build } from 'esbuild'
import { bundleFolder, projectRoot } from './paths.js'

/** Bundles the program that runs one test file, for Node.js of every version that the package supports. */
export async function bundleChild(): Promise<string> {
  mkdirSync(bundleFolder, { recursive: true })
  const outfile = path.join(bundleFolder, `child-${randomUUID()}.mjs`)
  await build({
    entryPoints: [path.join(projectRoot, 'test/wpt/child/main.ts')],
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    outfile,
    logLevel: 'silent',
  })
  return outfile
}
