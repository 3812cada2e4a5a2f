// Bundles one program of test/wpt (Node.js 20 does not run TypeScript) and runs it: node scripts/wpt.js main|browser|summary …
import { mkdirSync, rmSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const programs = { main: 'main.ts', browser: 'browser/main.ts', summary: 'summary.ts' }
const [name] = process.argv.splice(2, 1)
if (!Object.hasOwn(programs, name ?? '')) throw new Error(`usage: scripts/wpt.js ${Object.keys(programs).join('|')} …`)

const root = fileURLToPath(new URL('..', import.meta.url))
const outfile = `${root}.cache/wpt-runner/${name}-${process.pid}.mjs`
mkdirSync(`${root}.cache/wpt-runner`, { recursive: true })
await build({
  entryPoints: [`${root}test/wpt/${programs[name]}`],
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  target: 'node20',
  outfile,
  logLevel: 'warning',
})
try {
  await import(pathToFileURL(outfile).href)
} finally {
  rmSync(outfile)
}
