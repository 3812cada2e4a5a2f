// Bundles bench/soak.ts (Node.js 20 does not run TypeScript) and runs it against dist/: node scripts/soak.js --cycles 10000
import { mkdirSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const outfile = `${root}.cache/soak/soak-${process.pid}.mjs`
mkdirSync(`${root}.cache/soak`, { recursive: true })
process.chdir(root)
await build({
  entryPoints: [`${root}bench/soak.ts`],
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  target: 'node20',
  outfile,
  logLevel: 'warning',
})
await import(pathToFileURL(outfile).href)
