// Builds dist/ anew: the library and the demo by two runs of the compiler, the demo's page by copying. Then the modules of the
// library become one, as four hundred files take longer to find and read than to run; with --modules they stay, for profiles.
import { execFileSync } from 'node:child_process'
import { cpSync, readdirSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { build } from 'esbuild'
import { openClasses } from './declarations.js'

const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc')
const compile = (project) => execFileSync(process.execPath, [tsc, '-p', project], { stdio: 'inherit' })

/** Neither minified nor renamed, so that stack traces and profiles can be read. What is imported when needed stays apart. */
async function bundle() {
  const { metafile } = await build({
    entryPoints: ['dist/index.js'],
    bundle: true,
    splitting: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    outdir: 'dist',
    allowOverwrite: true,
    metafile: true,
    logLevel: 'warning',
  })
  const kept = new Set([...Object.keys(metafile.outputs), 'dist/globals.js'])
  for (const file of readdirSync('dist', { recursive: true, encoding: 'utf8' })) {
    const path = `dist/${file.replaceAll('\\', '/')}`
    if (path.endsWith('.js') && !path.startsWith('dist/cli/') && !kept.has(path)) rmSync(path)
  }
}

rmSync('dist', { recursive: true, force: true })
compile('tsconfig.build.json')
openClasses('dist')
if (!process.argv.includes('--modules')) await bundle()
compile('src/cli/page/tsconfig.json')
for (const file of ['index.html', 'page.css']) cpSync(`src/cli/page/${file}`, `dist/cli/page/${file}`)
