// Bundles bench/<name>.ts (Node.js 20 does not run TypeScript) and runs it against dist/: node scripts/bench.js mux --peers 1000
import { mkdirSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const [name] = process.argv.splice(2, 1)
const outfile = `${root}.cache/bench/${name}-${process.pid}.mjs`
mkdirSync(`${root}.cache/bench`, { recursive: true })
process.chdir(root)
await build({
  entryPoints: [`${root}bench/${name}.ts`],
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  target: 'node20',
  outfile,
  logLevel: 'warning',
})
process.argv[1] = outfile // what the benchmark may fork
await import(pathToFileURL(outfile).href)
