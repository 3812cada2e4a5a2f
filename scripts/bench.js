// Bundles bench/<name>.ts (Node.js 20 does not run TypeScript) and runs it against dist/: node scripts/bench.js mux --peers 1000
// Without a name it is the benchmark against other implementations: bench/main.ts.
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const first = process.argv[2]
const name = first === undefined || first.startsWith('-') ? 'main' : process.argv.splice(2, 1)[0]
const entry = `${root}bench/${name}.ts`
if (!/^[\w-]+$/.test(name) || !existsSync(entry)) {
  console.error(`there is no benchmark '${name}'; npm run bench -- --help tells of what there is`)
  process.exit(2)
}
const outfile = `${root}.cache/bench/${name}-${process.pid}.mjs`
mkdirSync(`${root}.cache/bench`, { recursive: true })
process.chdir(root)
await build({
  entryPoints: [entry],
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  target: 'node20',
  outfile,
  logLevel: 'warning',
})
process.once('exit', () => rmSync(outfile, { force: true }))
process.argv[1] = outfile // what the benchmark may fork
await import(pathToFileURL(outfile).href)
